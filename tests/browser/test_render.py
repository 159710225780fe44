"""What the file is, before anybody opens it: the same bytes, one file, small, and closed to everything outside."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from harness.analysis.bursts import Burst
from harness.model import journal
from harness.report import page
from harness.report.charts.catalog import draw_charts
from harness.report.page import explorer
from harness.report.page.columns import COSTS, LATENCY, STARVES, TIME, TRUST, WHERE, columns, filters, left_out
from harness.report.page.markup import script
from harness.report.page.packed import packed
from harness.report.results import write_cell
from tests.browser.conftest import Page
from tests.builders.findings import Run, findings
from tests.builders.journals import analyse
from tests.builders.published import REPORTS
from tests.unit.report.charts.runs import bursts, whole

SERVERS = ("uvicorn", "hypercorn", "granian", "gunicorn", "h2corn")


def html(page: Page) -> str:
    return page.path.read_bytes().decode()


def data(page: Page, name: str) -> Any:
    """What a page tells its scripts."""
    found = re.search(f'<script type="application/json" id="{name}">(.*)</script>', html(page))
    assert found
    return json.loads(found[1])


def test_the_same_findings_give_the_same_bytes(small: Page) -> None:
    again = page.render(small.findings, draw_charts(small.findings, small.bursts), small.bursts)
    assert again == html(small)


def test_the_page_of_a_default_run_has_less_than_two_megabytes(default: Page) -> None:
    assert default.path.stat().st_size < 2_000_000


def test_a_page_of_very_many_cells_has_less_too_and_says_what_it_is_without() -> None:
    limits, concurrencies = (10, 40, 80, 100), tuple(range(4, 201, 4))
    some = whole(Run(servers=SERVERS, thread_limits=limits, concurrencies=concurrencies))
    assert len(some.cells) == 2_000
    every = bursts(some)
    many = page.render(some, draw_charts(some, every), every)

    assert len(many.encode()) < 2_000_000
    figures = [write_cell(one) for one in some.cells]
    assert (left_out(figures), left_out(figures[:100])) == ([COSTS, LATENCY, STARVES, TRUST], [])
    assert {column.group for column in columns(figures)} == {None, TIME, WHERE}
    assert "The figures of 2,000 cells are more than the 40,000 that this page holds." in many
    names = (
        "<em>What it cost</em>, <em>Latencies of requests</em>, <em>Who starves</em> and <em>Whether to believe it</em>"
    )
    assert f"it is without {names}, which are in " in many
    assert "Server by server" not in many


def test_the_page_runs_its_own_scripts_only_and_loads_nothing(small: Page) -> None:
    policy = re.search('Content-Security-Policy" content="([^"]*)"', html(small))
    assert policy
    rules = dict(rule.split(" ", 1) for rule in policy[1].split("; "))
    scripts = re.findall("<script>(.*?)</script>", html(small), re.DOTALL)
    digests = [b64encode(sha256(each.encode()).digest()).decode() for each in scripts]
    assert len(digests) == 2
    assert rules == {
        "default-src": "'none'",
        "script-src": " ".join(f"'sha256-{digest}'" for digest in digests),
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_whose_scripts_these_are_and_their_licences_stand_in_the_page(small: Page) -> None:
    assert "Vega: Copyright (c) 2015-2023, University of Washington Interactive Data Lab" in html(small)
    assert "Redistributions in binary form must reproduce the above copyright" in html(small)


def test_a_page_without_charts_and_bursts_is_without_vega() -> None:
    bare = page.render(findings(Run()), (), ())
    assert len(bare) < 100_000
    assert "University of Washington" not in bare


def test_a_script_that_would_end_early_is_refused() -> None:
    with pytest.raises(ValueError, match="ends early"):
        script("const end = '</SCRIPT>';")


def test_client_and_scenario_can_be_filtered_by_where_a_run_has_several() -> None:
    some = [write_cell(one) for run in (Run(), Run(client="aiohttp", workers=(2,))) for one in findings(run).cells]
    assert [(column.title, values) for column, values in filters(some)] == [
        ("server", ["uvicorn", "hypercorn", "granian"]),
        ("style", ["def", "async"]),
        ("thread limit", ["40"]),
        ("workers", ["1", "2"]),
        ("executor", ["burst"]),
        ("client", ["engine", "aiohttp"]),
    ]


def test_columns_that_have_nothing_to_say_are_left_out() -> None:
    paths = [
        column.path for column in columns([write_cell(one) for one in findings(Run(executor="closed-loop")).cells])
    ]
    assert "rps" in paths
    assert {"median_s", "vs_model", "lag_p99_ms", "rate", "loop", "client"}.isdisjoint(paths)


def test_many_requests_are_thinned_evenly_and_the_page_says_so(small: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    assert explorer.thinned(small.bursts) is None
    monkeypatch.setattr(explorer, "MOST_REQUESTS", 100)
    told = explorer.thinned(small.bursts)
    assert told is not None
    assert told.startswith("The bursts have 352 requests, more than the 100 that this page holds; ")
    kept = explorer.for_scripts(small.bursts, small.findings)["requests"]
    for burst, times in zip(small.bursts, kept, strict=True):
        (drawn,) = {len(column) for column in times}
        assert 0 < drawn <= -(-requests(burst) // 4)
    assert sum(len(times[0]) for times in kept) <= 100
    assert f'<p class="note">{told}</p>' in page.render(small.findings, (), small.bursts)


def requests(burst: Burst) -> int:
    return len(burst.requests.sent_us)


def test_rows_are_packed_in_the_shortest_form() -> None:
    rows = [{"a": 1, "b": at // 4, "c": at} for at in range(8)]
    assert packed([*rows, {"a": 1, "b": 1}]) == {
        "rows": 9,
        "columns": {
            "a": [1],
            "b": [[0, 1], [0, 0, 0, 0, 1, 1, 1, 1, 1]],
            "c": [[0, 1, 2, 3, 4, 5, 6, 7, None], None],
        },
    }


def test_the_requests_of_a_burst_can_be_told_again_from_their_columns(small: Page) -> None:
    """As the script of the explorer does it."""
    for burst, sent in zip(small.bursts, data(small, "bursts-data")["requests"], strict=True):
        started, times = 0, []
        for since, waited, worked, travelled, _ in zip(*sent, strict=True):
            started += since
            times.append((started - waited, started, started + worked, started + worked + travelled))
        of = burst.requests
        every = zip(of.sent_us, of.started_us, of.ended_us, of.answered_us, strict=True)
        assert times == sorted(every, key=lambda each: each[1])


@pytest.mark.parametrize("path", sorted(REPORTS.glob("*/journal.jsonl.gz")), ids=lambda path: path.parent.name)
def test_every_link_inside_a_page_leads_somewhere(path: Path) -> None:
    written = page.render(analyse(journal.read(path)), (), ())
    assert set(re.findall(r'href="#([^"]+)"', written)) <= set(re.findall(r'id="([^"]+)"', written))
