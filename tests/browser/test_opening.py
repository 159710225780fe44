"""The page opens in a real browser with the network cut, whatever the run and wherever the file lies."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.report.cells import COMPARED
from tests.browser.chromium import MISSING, Browser, executable
from tests.browser.conftest import Page, written
from tests.browser.reading import address, column, count, points, table, uncheck
from tests.builders.findings import Run, failed, findings
from tests.builders.journals import analyse
from tests.builders.many import many


def test_it_opens_from_a_file_without_a_complaint_and_asks_for_nothing_else(browser: Browser, default: Page) -> None:
    browser.open(default.url)
    assert browser.complaints() == []
    assert browser.requested() == [default.url]
    assert browser.evaluate("[...document.querySelectorAll('figure .chart')].every((it) => it.querySelector('svg'))")
    assert points(browser) == sum(one.cell.style in COMPARED for one in default.findings.cells)


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


def test_it_opens_from_a_server_without_a_complaint_and_asks_for_nothing_else(browser: Browser, small: Page) -> None:
    with served(small.path.parent) as url:
        browser.open(url, offline=False)
        assert browser.complaints() == []
        assert browser.requested() == [url]
        assert points(browser) == len(small.findings.cells)


@pytest.mark.parametrize(
    "run",
    [
        Run(executor="closed-loop", concurrencies=(32,)),
        Run(executor="constant-arrival-rate", rates=(100, 500)),
        Run(scenario="noop", delay_s=None, servers=("uvicorn",), workers=(1, 2)),
        Run(servers=("uvicorn",), styles=("async",), concurrencies=(1,), blocks=1),
    ],
    ids=["closed loop", "open loop", "no model", "a single cell"],
)
def test_a_run_of_any_kind_opens_without_a_complaint(browser: Browser, tmp_path: Path, run: Run) -> None:
    page = written(tmp_path, findings(run))
    browser.open(page.url)
    assert browser.complaints() == []
    assert count(browser).startswith(f"{len(page.findings.cells)} of ")
    assert browser.evaluate("document.getElementById('explorer')") is None


def test_a_run_of_many_scenarios_opens_with_what_endpoints_should_be(browser: Browser, tmp_path: Path) -> None:
    page = written(tmp_path, analyse(many(("uvicorn", "granian"), 2)))
    browser.open(page.url)
    assert browser.complaints() == []
    assert browser.evaluate("[...document.querySelectorAll('figure .chart')].every((it) => it.querySelector('svg'))")
    assert browser.evaluate("document.querySelector('figure').textContent").strip().startswith("What endpoints should")
    headings = browser.evaluate("[...document.querySelectorAll('h2')].map((it) => it.textContent)")
    assert headings[:3] == ["The answer", "Charts", "Every cell"]
    assert "What should my endpoints be?" in headings


def test_a_run_without_a_figure_opens_and_says_why_there_is_none(browser: Browser, tmp_path: Path) -> None:
    some = findings(Run(servers=("uvicorn",), concurrencies=(1,)))
    nothing = replace(some, cells=tuple(failed(one.cell) for one in some.cells), ratios=(), knees=())
    browser.open(written(tmp_path, nothing).url)
    assert browser.complaints() == []
    assert column(browser, "status") == ["failed: server exited with code 1"] * 2
    assert list(table(browser)[0]) == [
        "server", "style", "thread_limit", "concurrency", "status", "blocks", "ok", "gave_up", "errors",
        "measured_again", "flags",
    ]  # fmt: skip


def test_without_scripts_the_answer_and_every_figure_are_there_and_what_is_missing_is_said(
    browser: Browser, small: Page
) -> None:
    try:
        browser.open(small.url, scripts=False)
        browser.wait_for("document.readyState === 'complete'")
        assert len(column(browser, "median_s")) == len(small.findings.cells)
        assert len(browser.texts("#cells, .answer, noscript")) == 3
        assert browser.texts("#filters, #explorer, #themes, figure, [data-needs-scripts]") == []
        assert browser.texts("noscript")[0].startswith("Scripts are off")
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)


HOSTILE = (
    "</script><script>window.pwned = 1</script>",
    '"><img src=x onerror="window.pwned = 2">',
    "<!--<b>&amp;',=",
)


def test_hostile_names_are_shown_and_do_nothing(browser: Browser, tmp_path: Path) -> None:
    page = written(tmp_path, findings(Run(title=HOSTILE[0], servers=HOSTILE)))
    browser.open(page.url)
    assert browser.evaluate("[document.title, document.querySelector('h1').textContent]") == [HOSTILE[0]] * 2
    assert list(dict.fromkeys(column(browser, "server"))) == list(HOSTILE)
    for server in HOSTILE[1:]:
        uncheck(browser, "server", server)
    assert set(column(browser, "server")) == {HOSTILE[0]}
    browser.open(page.url + str(address(browser)))
    assert browser.complaints() == []
    assert browser.requested() == [page.url]
    assert browser.evaluate("window.pwned") is None


def test_where_there_is_no_chromium_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FileNotFoundError, match="apt install chromium") as missing:
        executable()
    assert str(missing.value) == MISSING
