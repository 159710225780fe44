"""One browser for all tests of the page, and the pages that they open in it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import pytest

from harness.analysis.bursts import Burst, find_typical_bursts
from harness.analysis.findings import Findings
from harness.model.journal import Requests, Window
from harness.model.plan import Launch, ThreadLimit
from harness.report import page
from harness.report.charts.catalog import draw_charts
from harness.report.folder import read
from tests.browser.chromium import Browser, browsing
from tests.builders.journals import FACTS, analyse, cell, good, plan, run
from tests.builders.published import folder

THREADS = 40
DELAY_US = 100_000
LIMITS: tuple[ThreadLimit, ...] = (THREADS, "default")


@dataclass(frozen=True)
class Page:
    """A page on disk, and what it was made from."""

    path: Path
    findings: Findings
    bursts: tuple[Burst, ...]

    @property
    def url(self) -> str:
        return self.path.as_uri()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("profile")) as browser:
        browser.size(1280)
        yield browser


def written(into: Path, findings: Findings, bursts: tuple[Burst, ...] = ()) -> Page:
    """The page of some findings, in a folder."""
    path = into / page.FILE_NAME
    path.write_text(page.render(findings, draw_charts(findings, bursts), bursts), encoding="utf-8")
    return Page(path, findings, bursts)


@pytest.fixture(scope="session")
def published() -> Path:
    """The folder of the newest published run of the default matrix."""
    return folder("default")


@pytest.fixture(scope="session")
def default(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of that run, made anew from its journal."""
    return written(tmp_path_factory.mktemp("default"), *read(published, FACTS))


SMALL = plan(
    *(
        cell(style, at_once, launch)
        for launch in (
            Launch("sleep", server, limit, 1, "uvloop", DELAY_US / 1e6)
            for server, limit in product(("uvicorn", "hypercorn"), LIMITS)
        )
        for style in ("def", "async")
        for at_once in (3, THREADS + 1)
    ),
    title="a small run",
    blocks=8,
)


def in_waves(block: int, launch: int, place: int) -> Window:
    """A burst as the model has it, each block and each request a little later than the one before."""
    asked = SMALL.cells[place]
    threads = THREADS if asked.style == "def" else asked.concurrency
    started = [2_000 + at // threads * DELAY_US + 10 * at + 100 * block for at in range(asked.concurrency)]
    answered = [us + DELAY_US + 900 for us in started]
    sample = good(block, launch, place, max(answered) / 1e6, process=[0] * asked.concurrency, answered_us=answered)
    assert sample.requests is not None
    requests = Requests(
        sent_us=[10 * at for at in range(asked.concurrency)],
        entered_us=[1_000 + 10 * at for at in range(asked.concurrency)],
        started_us=started,
        ended_us=[us + DELAY_US for us in started],
        answered_us=answered,
        thread=[at % threads if asked.style == "def" else 0 for at in range(asked.concurrency)],
        process=sample.requests.process,
        running=sample.requests.running,
    )
    return replace(sample, requests=requests)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of sixteen bursts on two servers under two thread limits."""
    findings = analyse(run(SMALL, in_waves))
    return written(tmp_path_factory.mktemp("small"), findings, find_typical_bursts(run(SMALL, in_waves), findings))
