"""What a reader does in the page: filter, sort, choose columns, a burst and colours, and link to that."""

from dataclasses import replace
from pathlib import Path

from harness.report.numbers import NONE
from tests.browser.chromium import Browser
from tests.browser.conftest import Page, written
from tests.browser.reading import address, choose, column, count, drawn, points, uncheck
from tests.builders.findings import Run, findings


def test_a_filter_leaves_out_cells_in_table_and_charts_and_is_kept_in_the_address(
    browser: Browser, small: Page
) -> None:
    browser.open(small.url)
    assert (count(browser), points(browser)) == ("16 of 16 cells", 16)

    uncheck(browser, "server", "uvicorn")
    uncheck(browser, "thread_limit", "40")
    assert (count(browser), points(browser)) == ("4 of 16 cells", 4)
    assert column(browser, "server") == ["hypercorn"] * 4
    assert column(browser, "thread_limit") == ["default"] * 4
    assert address(browser) == "#server=hypercorn&thread_limit=default"

    browser.open(f"{small.url}{address(browser)}")
    assert (count(browser), points(browser)) == ("4 of 16 cells", 4)

    browser.click("#filters [type=reset]")
    browser.wait_for("document.getElementById('count').textContent === '16 of 16 cells'")
    drawn(browser)
    assert (points(browser), address(browser)) == (16, "")
    assert browser.complaints() == []


def test_a_filter_works_with_the_keyboard(browser: Browser, small: Page) -> None:
    browser.open(small.url)
    browser.evaluate("document.querySelector('#filters [value=async]').focus()")
    browser.press(" ", " ")
    assert (count(browser), address(browser)) == ("8 of 16 cells", "#style=def")


def test_a_chart_and_a_table_that_lose_everything_say_so(browser: Browser, small: Page) -> None:
    browser.open(small.url)
    uncheck(browser, "style", "def")
    uncheck(browser, "style", "async")
    charts = browser.evaluate("document.querySelectorAll('figure').length")
    assert browser.texts("figure .note") == ["Nothing of this chart passes the filters."] * charts
    assert browser.texts("#none") == ["No cell passes these filters. Reset the filters"]
    browser.click("#reset-filters")
    browser.wait_for("document.getElementById('count').textContent === '16 of 16 cells'")
    drawn(browser)
    assert points(browser) == 16
    assert browser.texts("figure .note, #none") == []


def test_an_address_that_names_nothing_of_the_run_filters_nothing(browser: Browser, small: Page) -> None:
    browser.open(f"{small.url}#style=none-of-this")
    assert (count(browser), points(browser), address(browser)) == ("16 of 16 cells", 16, "")


def test_words_on_all_that_was_measured_are_hidden_where_only_a_part_is_shown(browser: Browser, small: Page) -> None:
    browser.open(small.url)
    assert len(browser.texts("figcaption")) > 1
    uncheck(browser, "style", "def")
    assert browser.texts("figcaption") == []


def test_an_address_leads_to_its_heading_although_the_page_grows_meanwhile(browser: Browser, small: Page) -> None:
    browser.open(f"{small.url}#styles")
    browser.wait_for("Math.abs(document.getElementById('styles').getBoundingClientRect().top) < 200")


def test_a_link_to_a_heading_leaves_the_filters_alone(browser: Browser, small: Page) -> None:
    browser.open(f"{small.url}#server=hypercorn")
    browser.click("nav a[href='#styles']")
    browser.wait_for("scrollY > 500")
    assert (count(browser), address(browser)) == ("8 of 16 cells", "#server=hypercorn")


def test_whatever_a_run_varies_filters_its_charts_too(browser: Browser, tmp_path: Path) -> None:
    some = findings(Run(servers=("uvicorn",), workers=(1, 2), client="engine"))
    others = findings(Run(servers=("uvicorn",), client="aiohttp"))
    mixed = replace(some, cells=some.cells + others.cells, ratios=(), knees=())
    browser.open(written(tmp_path, mixed).url)
    assert (count(browser), points(browser)) == ("24 of 24 cells", 24)
    uncheck(browser, "workers", "2")
    assert (count(browser), points(browser)) == ("16 of 24 cells", 16)
    uncheck(browser, "client", "engine")
    assert (count(browser), points(browser)) == ("8 of 24 cells", 8)


def test_an_axis_with_one_value_is_shown_and_cannot_be_filtered(browser: Browser, small: Page) -> None:
    browser.open(small.url)
    boxes = "[...document.querySelectorAll('[name=executor] input')].map((it) => [it.value, it.checked, it.disabled])"
    assert browser.evaluate(boxes) == [["burst", True, True]]


def test_any_column_sorts_with_the_keyboard_too(browser: Browser, small: Page) -> None:
    browser.open(small.url)
    in_order = column(browser, "median_s")
    browser.evaluate("document.querySelector('#cells [data-path=median_s] button').focus()")
    sorted_by = "[...document.querySelectorAll('th[aria-sort$=scending]')].map((it) => [it.dataset.path, it.ariaSort])"

    browser.press("Enter", "\r")
    assert column(browser, "median_s") == sorted(in_order, key=float)
    assert browser.evaluate(sorted_by) == [["median_s", "ascending"]]
    browser.press(" ", " ")
    assert column(browser, "median_s") == sorted(in_order, key=float, reverse=True)
    assert browser.evaluate(sorted_by) == [["median_s", "descending"]]
    assert address(browser) == "#sort=-median_s"
    browser.press("Enter", "\r")
    assert column(browser, "median_s") == in_order


def test_words_sort_and_figures_that_are_missing_come_last_either_way(browser: Browser, default: Page) -> None:
    for sign in ("", "-"):
        browser.open(f"{default.url}#sort={sign}p99_ms")
        found = column(browser, "p99_ms")
        figures = [text for text in found if text != NONE]
        assert 0 < len(figures) < len(found)
        assert found == sorted(figures, key=float, reverse=bool(sign)) + [NONE] * (len(found) - len(figures))
    browser.click("#cells [data-path=server] button")
    assert list(dict.fromkeys(column(browser, "server"))) == ["granian", "hypercorn", "uvicorn"]


def test_columns_are_shown_in_groups_with_what_they_mean(browser: Browser, small: Page) -> None:
    browser.open(small.url)
    always = ["server", "style", "thread limit", "concurrent", "status"]
    time = ["median, s", "95% from, s", "95% to, s", "model, s", "measured / model", "requests/s"]
    assert browser.texts("#cells th[data-path]") == always + time
    choose(browser, "columns", "where")
    parts = ["waiting", "working", "outside"]
    figures = [f"{part} {percentile}, ms" for part in parts for percentile in ("p50", "p99")]
    assert browser.texts("#cells th[data-path]") == always + figures
    assert len(browser.texts("[data-explains]")) == 1
    assert browser.texts("[data-explains=where]")[0].startswith("Each latency in three parts")
    assert address(browser) == "#columns=where"
    choose(browser, "columns", "")
    assert set(always + time + figures) < set(browser.texts("#cells th[data-path]"))


def test_light_and_dark_follow_the_system_until_the_reader_chooses_and_the_choice_stays(
    browser: Browser, small: Page
) -> None:
    light, dark = ["rgb(255, 255, 255)", "light"], ["rgb(13, 17, 23)", "dark"]
    seen = (
        "[getComputedStyle(document.body).backgroundColor,"
        " document.querySelector('#chart-staircase .chart').dataset.theme]"
    )
    try:
        browser.media(prefers_color_scheme="dark")
        browser.open(small.url)
        assert browser.evaluate(seen) == dark
        browser.click("#themes [value=light]")
        drawn(browser)
        assert browser.evaluate(seen) == light
        browser.open(small.url)
        assert browser.evaluate(seen) == light
        browser.click("#themes [value=system]")
        drawn(browser)
        assert browser.evaluate(seen) == dark
        browser.media(prefers_color_scheme="light")
        browser.wait_for(f"{seen}[1] === 'light'")
        assert browser.evaluate(seen) == light
    finally:
        browser.media(prefers_color_scheme="light")
