"""What a reader gets of the page, in a real browser with the network cut."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.analysis.bursts import Burst
from harness.report.conditions import thread_limit
from harness.report.numbers import NONE, delay, milliseconds, per_second, ratio, seconds, whole
from tests.browser import MISSING, Browser, executable
from tests.report.builders import Run, failed, findings
from tests.report.page.conftest import Page

HIDDEN = "element => !element.checkVisibility()"


def click(browser: Browser, selector: str) -> None:
    browser.evaluate(f"document.querySelector({json.dumps(selector)}).click()")


def drawn(browser: Browser) -> None:
    """Wait until everything is as it was chosen."""
    browser.wait_for("document.documentElement.dataset.drawn")


def choose(browser: Browser, select: str, value: str) -> None:
    browser.evaluate(
        f"(select => {{ select.value = {json.dumps(value)}; select.dispatchEvent(new Event('change')); }})"
        f"(document.getElementById({json.dumps(select)}))"
    )
    drawn(browser)


def uncheck(browser: Browser, axis: str, value: str) -> None:
    click(browser, f"#filters fieldset[name={axis}] input[value={json.dumps(value)}]")
    drawn(browser)


def column(browser: Browser, path: str) -> list[str]:
    """What the rows in sight say in a column, from top to bottom."""
    found: list[str] = browser.evaluate(
        f"""(() => {{
          const place = [...document.querySelectorAll('#cells thead th')].findIndex((th) => th.dataset.path === '{path}');
          return [...document.querySelectorAll('#cells tbody tr:not([hidden])')].map((row) => row.cells[place].textContent);
        }})()"""
    )
    return found


def points(browser: Browser) -> int:
    """How many cells the lead chart shows."""
    return int(browser.evaluate("document.querySelectorAll('#chart-staircase .mark-symbol.role-mark path').length"))


def count(browser: Browser) -> str:
    return str(browser.evaluate("document.getElementById('count').textContent"))


def test_the_page_opens_from_a_file_without_a_complaint_and_asks_for_nothing_else(
    browser: Browser, default: Page
) -> None:
    browser.open(default.url)
    assert browser.complaints() == []
    assert browser.requested() == [default.url]
    assert browser.evaluate("[...document.querySelectorAll('figure .chart')].every(it => it.querySelector('svg'))")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder on a port of this machine, as a host of pages serves it."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/index.html"
        finally:
            server.shutdown()
            thread.join()


def test_the_page_opens_from_a_server_without_a_complaint_and_asks_for_nothing_else(
    browser: Browser, default: Page
) -> None:
    with served(default.path.parent) as url:
        browser.open(url, offline=False)
        assert browser.complaints() == []
        assert browser.requested() == [url]
        assert points(browser) == len(default.findings.cells)


def written(path: str, value: Any) -> str:
    """A figure of results.json as reports write it."""
    if value is None:
        return NONE
    writers: dict[str, Callable[[Any], str]] = {
        "thread_limit": thread_limit,
        "delay_s": delay,
        "vs_model": ratio,
        "rps": per_second,
        "server_cpu": ratio,
        "client_cpu": ratio,
        "flags": lambda flags: ", ".join(flags) or NONE,
    }
    if path in writers:
        return writers[path](value)
    if path.endswith(("_us_per_request", "_mb")):
        return whole(value)
    if path.endswith("_s"):
        return seconds(value)
    return milliseconds(value) if "_ms" in path else str(value)


def figure(cell: dict[str, Any], path: str) -> Any:
    value: Any = cell
    for key in path.split("."):
        value = None if value is None else value[key]
    return value


def test_every_figure_of_the_table_is_that_of_results_json(browser: Browser, default: Page, published: Path) -> None:
    results = json.loads((published / "results.json").read_text())
    browser.open(default.url)
    paths = browser.evaluate("[...document.querySelectorAll('#cells thead th')].map((th) => th.dataset.path)")
    rows = browser.evaluate(
        "[...document.querySelectorAll('#cells tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    assert {"median_s", "low_s", "rps", "wait_ms.p50", "health_def_ms.max", "server_threads", "flags"} <= set(paths)
    assert rows == [[written(path, figure(cell, path)) for path in paths] for cell in results["cells"]]


def test_the_sections_say_what_the_report_says(browser: Browser, default: Page, published: Path) -> None:
    browser.open(default.url)
    words = str(browser.evaluate("document.querySelector('main').textContent"))
    results = json.loads((published / "results.json").read_text())
    for comparison in results["comparisons"]:
        assert f"{comparison['low']:.2f} to {comparison['high']:.2f}" in words
    for knee in results["knees"]:
        assert f"({knee['low']}, {knee['high']}]" in words


def test_a_filter_leaves_out_cells_in_table_and_charts_and_is_kept_in_the_address(
    browser: Browser, default: Page
) -> None:
    browser.open(default.url)
    assert (count(browser), points(browser)) == ("78 of 78 cells", 78)

    uncheck(browser, "server", "uvicorn")
    uncheck(browser, "thread_limit", "100")
    seen = [
        finding.cell
        for finding in default.findings.cells
        if finding.cell.launch.server != "uvicorn" and finding.cell.launch.thread_limit != 100
    ]
    shown = (f"{len(seen)} of 78 cells", len(seen))
    assert (count(browser), points(browser)) == shown
    assert column(browser, "server") == [cell.launch.server for cell in seen]
    assert set(column(browser, "thread_limit")) == {"left unset"}
    address = browser.evaluate("location.hash")
    assert address == "#server=hypercorn,granian&thread_limit=left%20unset"

    browser.open(default.url + address)
    assert (count(browser), points(browser)) == shown

    click(browser, "#filters [type=reset]")
    browser.wait_for("document.getElementById('count').textContent === '78 of 78 cells'")
    drawn(browser)
    assert (points(browser), browser.evaluate("location.hash")) == (78, "")
    assert browser.complaints() == []


def test_a_chart_and_a_table_that_lose_everything_say_so(browser: Browser, default: Page) -> None:
    browser.open(f"{default.url}#style=none-of-this")
    assert count(browser) == "0 of 78 cells"
    said = browser.evaluate(
        "[...document.querySelectorAll('figure .note, #none')].filter((it) => it.checkVisibility()).map((it) => it.textContent)"
    )
    charts = browser.evaluate("document.querySelectorAll('figure').length")
    assert said == ["Nothing of this chart passes the filters."] * charts + [
        "No cell passes these filters. Reset the filters"
    ]
    click(browser, "#reset-filters")
    browser.wait_for("document.getElementById('count').textContent === '78 of 78 cells'")
    drawn(browser)
    assert points(browser) == 78


def test_a_link_to_a_heading_leaves_the_filters_alone(browser: Browser, default: Page) -> None:
    browser.open(f"{default.url}#server=granian")
    click(browser, "nav a[href='#knees']")
    browser.wait_for("scrollY > 500")
    assert count(browser) == "26 of 78 cells"


def test_an_axis_with_one_value_is_shown_and_cannot_be_filtered(browser: Browser, default: Page) -> None:
    browser.open(default.url)
    boxes = browser.evaluate(
        "[...document.querySelectorAll('[name=executor] input')].map((it) => [it.value, it.checked, it.disabled])"
    )
    assert boxes == [["burst", True, True]]


def test_any_column_sorts_and_the_keyboard_does_it(browser: Browser, default: Page) -> None:
    browser.open(default.url)
    in_order = column(browser, "median_s")
    browser.evaluate("document.querySelector('#cells [data-path=median_s] button').focus()")

    browser.press("Enter", "\r")
    assert column(browser, "median_s") == sorted(in_order, key=float)
    assert browser.evaluate("document.querySelector('[data-path=median_s]').ariaSort") == "ascending"
    browser.press(" ", " ")
    assert column(browser, "median_s") == sorted(in_order, key=float, reverse=True)
    assert browser.evaluate("location.hash") == "#sort=-median_s"
    assert browser.evaluate("[...document.querySelectorAll('th[aria-sort$=scending]')].length") == 1
    browser.press("Enter", "\r")
    assert column(browser, "median_s") == in_order


def test_figures_that_are_missing_come_last_whichever_way_a_column_is_sorted(browser: Browser, default: Page) -> None:
    for sign in ("", "-"):
        browser.open(f"{default.url}#sort={sign}p99_ms&columns=")
        found = column(browser, "p99_ms")
        figures = [text for text in found if text != NONE]
        assert found == figures + [NONE] * (len(found) - len(figures))
        assert figures == sorted(figures, key=float, reverse=bool(sign))


def test_columns_are_shown_in_groups_with_their_meaning(browser: Browser, default: Page) -> None:
    browser.open(default.url)

    def shown() -> list[str]:
        names: list[str] = browser.evaluate(
            "[...document.querySelectorAll('#cells th[data-path]')].filter((it) => it.checkVisibility()).map((it) => it.dataset.path)"
        )
        return names

    always = ["server", "style", "thread_limit", "concurrency", "status"]
    assert shown()[: len(always) + 1] == [*always, "median_s"]
    choose(browser, "columns", "starves")
    assert shown()[len(always) :] == [
        "health_async_ms.p50",
        "health_async_ms.max",
        "health_def_ms.p50",
        "health_def_ms.max",
        "health_unanswered",
    ]
    said = "[...document.querySelectorAll('[data-explains]')].filter((it) => it.checkVisibility()).map((it) => it.dataset.explains)"
    assert browser.evaluate(said) == ["starves"]


def test_the_explorer_shows_every_request_of_the_burst_that_is_chosen(browser: Browser, default: Page) -> None:
    browser.open(default.url)
    for place in (0, len(default.bursts) - 1):
        burst = default.bursts[place]
        choose(browser, "burst", str(place))
        requests = len(burst.requests.sent_us)
        assert browser.evaluate("document.querySelectorAll('#burst-waves .mark-rect path').length") == 3 * requests
        assert f"Block {burst.block}, the nearest to the median of 12 blocks" in told(browser)

    click(browser, "#requests summary")
    browser.wait_for("document.querySelector('#requests tbody').rows.length")
    rows = browser.evaluate(
        "[...document.querySelectorAll('#requests tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    assert [[row[0], *row[2:]] for row in rows] == in_order_of_their_start(burst)
    assert browser.complaints() == []


def told(browser: Browser) -> str:
    return str(browser.evaluate("document.getElementById('explorer').textContent"))


def in_order_of_their_start(burst: Burst) -> list[list[str]]:
    """When each request was sent, started, ended and answered, in milliseconds, with its number."""
    requests = burst.requests
    times = zip(requests.sent_us, requests.started_us, requests.ended_us, requests.answered_us, strict=True)
    ordered = sorted(times, key=lambda each: each[1])
    return [[str(number), *(f"{us / 1000:.3f}" for us in each)] for number, each in enumerate(ordered, start=1)]


def test_the_explorer_says_the_medians_that_results_json_has(
    browser: Browser, default: Page, published: Path
) -> None:
    results = json.loads((published / "results.json").read_text())
    places = {finding.cell: place for place, finding in enumerate(default.findings.cells)}
    browser.open(f"{default.url}#burst=3")
    cell = results["cells"][places[default.bursts[3].cell]]
    facts = browser.evaluate("[...document.querySelectorAll('#burst-facts dd')].map((it) => it.textContent)")
    assert facts == [f"{milliseconds(cell[part]['p50'])} ms" for part in ("wait_ms", "work_ms", "wire_ms")]
    assert f"the median is {seconds(cell['median_s'])} s" in told(browser)


def test_light_and_dark_follow_the_system_until_the_reader_chooses_and_the_choice_stays(
    browser: Browser, default: Page
) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    chart = "document.querySelector('#chart-staircase .chart').dataset.theme"
    try:
        browser.media(prefers_color_scheme="dark")
        browser.open(default.url)
        assert browser.evaluate(f"[{paper}, {chart}]") == ["rgb(13, 17, 23)", "dark"]
        click(browser, "#themes [value=light]")
        drawn(browser)
        assert browser.evaluate(f"[{paper}, {chart}]") == ["rgb(255, 255, 255)", "light"]
        browser.open(default.url)
        assert browser.evaluate(f"[{paper}, {chart}]") == ["rgb(255, 255, 255)", "light"]
        click(browser, "#themes [value=system]")
        drawn(browser)
        assert browser.evaluate(f"[{paper}, {chart}]") == ["rgb(13, 17, 23)", "dark"]
    finally:
        browser.media(prefers_color_scheme="light")


def test_nothing_makes_a_telephone_scroll_sideways(browser: Browser, default: Page) -> None:
    try:
        browser.size(390, 844)
        browser.open(default.url)
        browser.evaluate("document.querySelectorAll('details').forEach((it) => { it.open = true; })")
        assert browser.evaluate("document.documentElement.scrollWidth") == 390
        assert browser.evaluate("(scrollTo(500, 0), scrollX)") == 0
    finally:
        browser.size(1280)


NAMED = {"button", "checkbox", "combobox", "form", "image", "link", "navigation", "radio", "region", "table"}


def test_a_screen_reader_finds_landmarks_names_and_the_words_of_every_chart(browser: Browser, default: Page) -> None:
    browser.open(default.url)
    nodes = [node for node in browser.send("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
    named = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes]
    assert [role for role, name in named if role in NAMED and not name.strip()] == []
    roles = [role for role, _ in named]
    for landmark in ("banner", "navigation", "main", "contentinfo", "form"):
        assert roles.count(landmark) == 1, landmark
    charts = browser.evaluate("[...document.querySelectorAll('figure h3')].map((it) => it.textContent)")
    assert [name for role, name in named if role in ("image", "img")][: len(charts)] == charts
    described = browser.evaluate(
        "[...document.querySelectorAll('figure [role=img]')].map((it) => document.getElementById(it.getAttribute('aria-describedby')).textContent)"
    )
    assert all(len(words) > 40 for words in described)


def test_headings_come_in_order_and_every_link_in_the_page_leads_somewhere(browser: Browser, default: Page) -> None:
    browser.open(default.url)
    levels = browser.evaluate("[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((it) => Number(it.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    lost = browser.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map((it) => decodeURIComponent(it.hash.slice(1))).filter((id) => !document.getElementById(id))"
    )
    assert lost == []
    ids = browser.evaluate("[...document.querySelectorAll('main [id]:not(svg *)')].map((it) => it.id)")
    assert len(ids) == len(set(ids))


def test_the_first_stop_of_the_keyboard_skips_to_the_answer(browser: Browser, default: Page) -> None:
    browser.open(default.url)
    browser.press("Tab")
    assert browser.evaluate("document.activeElement.textContent") == "Skip to the answer"
    assert browser.evaluate("document.activeElement.getBoundingClientRect().left") >= 0


def test_without_scripts_the_answer_and_every_figure_are_there_and_what_is_missing_is_said(
    browser: Browser, default: Page
) -> None:
    try:
        browser.open(default.url, scripts=False)
        browser.wait_for("document.readyState === 'complete'")
        assert len(column(browser, "median_s")) == 78
        seen = browser.evaluate(
            "['.answer', '#cells', 'noscript', '#filters', '#explorer', '#themes'].map((it) => document.querySelector(it).checkVisibility())"
        )
        assert seen == [True, True, True, False, False, False]
        assert "Scripts are off" in browser.evaluate("document.querySelector('noscript').textContent")
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)


HOSTILE = (
    "</script><script>window.pwned = 1</script>",
    '"><img src=x onerror="window.pwned = 2">',
    "<!--<b>&amp;',=",
)


def test_hostile_names_are_shown_and_do_nothing(browser: Browser, page_of: Callable[..., Page]) -> None:
    page = page_of(findings(Run(title=HOSTILE[0], servers=HOSTILE)))
    browser.open(page.url)
    assert browser.evaluate("window.pwned") is None
    assert browser.complaints() == []
    assert browser.requested() == [page.url]
    assert browser.evaluate("[document.title, document.querySelector('h1').textContent]") == [HOSTILE[0]] * 2
    assert list(dict.fromkeys(column(browser, "server"))) == list(HOSTILE)
    for server in HOSTILE[1:]:
        uncheck(browser, "server", server)
    assert set(column(browser, "server")) == {HOSTILE[0]}
    browser.open(page.url + str(browser.evaluate("location.hash")))
    assert set(column(browser, "server")) == {HOSTILE[0]}
    assert browser.evaluate("window.pwned") is None


@pytest.mark.parametrize(
    "run",
    [
        Run(executor="closed-loop", concurrencies=(32,)),
        Run(executor="constant-arrival-rate", rates=(100, 500)),
        Run(servers=("uvicorn",), styles=("async",), concurrencies=(1,), blocks=1),
    ],
    ids=["closed loop", "open loop", "a single cell"],
)
def test_runs_of_every_kind_open_without_a_complaint(browser: Browser, page_of: Callable[..., Page], run: Run) -> None:
    page = page_of(findings(run))
    browser.open(page.url)
    assert browser.complaints() == []
    assert count(browser).startswith(f"{len(page.findings.cells)} of ")
    assert not browser.evaluate("document.getElementById('explorer')")


def test_a_cell_without_a_figure_says_why(browser: Browser, page_of: Callable[..., Page]) -> None:
    some = findings(Run(servers=("uvicorn",)))
    first, *others = some.cells
    page = page_of(_with_cells(some, (failed(first.cell), *others)))
    browser.open(page.url)
    assert column(browser, "status")[:2] == ["failed: server exited with code 1", "ok"]
    assert column(browser, "median_s")[0] == NONE


def _with_cells(some: Any, cells: tuple[Any, ...]) -> Any:
    from dataclasses import replace

    return replace(some, cells=cells)


def test_where_there_is_no_chromium_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FileNotFoundError, match="apt install chromium") as missing:
        executable()
    assert str(missing.value) == MISSING
