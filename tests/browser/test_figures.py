"""Every figure of the page is that of results.json, as reports write it."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.analysis.bursts import Burst, find_typical_bursts
from harness.model.apps import OwnApp, OwnEndpoint
from harness.report.numbers import NONE, milliseconds, per_second, ratio, seconds, whole
from tests.browser.chromium import Browser
from tests.browser.conftest import Page, written
from tests.browser.reading import choose, marks, table
from tests.builders.journals import LAUNCH, analyse, cell, plan, run

WRITERS: dict[str, Callable[[Any], str]] = {
    "vs_model": ratio,
    "rps": per_second,
    "server_cpu": ratio,
    "client_cpu": ratio,
    "flags": lambda flags: ", ".join(flags) or NONE,
}


def as_written(path: str, cell: dict[str, Any]) -> str:
    """What the table has to say of a figure of results.json."""
    value: Any = cell
    for key in path.split("."):
        value = None if value is None else value[key]
    if value is None:
        return NONE
    if path in WRITERS:
        return WRITERS[path](value)
    if path.endswith(("_us_per_request", "_mb")):
        return whole(value)
    if path.endswith("_s"):
        return seconds(value)
    return milliseconds(value) if "_ms" in path else str(value)


def test_the_table_has_the_figures_of_results_json(browser: Browser, default: Page, published: Path) -> None:
    results = json.loads((published / "results.json").read_text())
    browser.open(default.url)
    rows = table(browser)
    assert {"median_s", "low_s", "rps", "p99_ms", "wait_ms.p50", "health_def_ms.max", "server_threads"} <= set(rows[0])
    assert rows == [{path: as_written(path, cell) for path in rows[0]} for cell in results["cells"]]


def test_the_sections_have_the_figures_of_results_json(browser: Browser, default: Page, published: Path) -> None:
    results = json.loads((published / "results.json").read_text())
    browser.open(default.url)
    (words,) = browser.texts("main")
    assert results["answer"].partition(". ")[0] in words
    for knee in results["knees"]:
        assert f"({knee['low']}, {knee['high']}]" in words
    for threshold in results["thresholds"]:
        assert f"{threshold['decided_by']}{threshold['reason']}" in words


def test_the_explorer_has_the_medians_of_results_json(browser: Browser, default: Page, published: Path) -> None:
    results = json.loads((published / "results.json").read_text())
    places = {finding.cell: place for place, finding in enumerate(default.findings.cells)}
    browser.open(f"{default.url}#burst=3")
    cell = results["cells"][places[default.bursts[3].cell]]
    parts = [cell[part]["p50"] for part in ("wait_ms", "work_ms", "wire_ms")]
    assert browser.texts("#burst-facts dd") == [f"{milliseconds(part)} ms" for part in parts]
    (says,) = browser.texts("#burst-says")
    assert f"Block {default.bursts[3].block}, the nearest to the median of {cell['blocks']} blocks: " in says
    assert f"where the median is {seconds(cell['median_s'])} s" in says


def test_the_explorer_shows_every_request_of_the_burst_that_is_chosen(browser: Browser, default: Page) -> None:
    browser.open(default.url)
    browser.click("#requests summary")
    browser.wait_for("document.querySelector('#requests tbody').rows.length")
    for place in (0, len(default.bursts) - 1):
        burst = default.bursts[place]
        choose(browser, "burst", str(place))
        assert marks(browser, "#burst-waves .mark-rect") == 3 * len(burst.requests.sent_us)
        shown = [
            [row[name] for name in ("request", "sent, ms", "started, ms", "ended, ms", "answered, ms")]
            for row in table(browser, "#requests table")
        ]
        assert shown == in_order_of_their_start(burst)


def test_the_explorer_tells_of_no_thread_and_no_waiting_in_an_app_that_is_measured_as_it_is(
    browser: Browser, tmp_path: Path
) -> None:
    shop = OwnApp("shop:app", None, (), {"page": OwnEndpoint("GET", "/")})
    own = cell("page", launch=replace(LAUNCH, scenario="shop", delay_s=None))
    some = plan(own, cell("def"), apps={"shop": shop})
    found = analyse(run(some))
    page = written(tmp_path, found, find_typical_bursts(run(some), found))
    browser.open(page.url)
    browser.click("#requests summary")

    times = ["sent, ms", "started, ms", "ended, ms", "answered, ms"]
    for place, parts, columns in (
        (0, ["in the application"], ["request", *times]),
        (1, ["waiting to be handled", "working"], ["request", "thread", *times]),
    ):
        choose(browser, "burst", str(place))
        assert browser.texts("#burst-facts dt") == [*parts, "outside"]
        assert browser.texts("#requests th[scope=col]") == columns
        (reading,) = browser.texts("#explorer > p[data-parts]")
        assert ("One colour per worker process" in reading, "One colour per thread" in reading) == (
            not place,
            bool(place),
        )


def in_order_of_their_start(burst: Burst) -> list[list[str]]:
    """When each request was sent, started, ended and answered, in milliseconds, with its number."""
    requests = burst.requests
    times = zip(requests.sent_us, requests.started_us, requests.ended_us, requests.answered_us, strict=True)
    ordered = sorted(times, key=lambda each: each[1])
    return [[str(number), *(f"{us / 1000:.3f}" for us in each)] for number, each in enumerate(ordered, start=1)]
