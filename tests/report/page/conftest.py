"""One browser for all tests of the page, and the pages that they open in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.analysis.analyse import analyse
from harness.analysis.bursts import Burst, typical
from harness.analysis.findings import Findings
from harness.model import journal
from harness.report import page
from harness.report.charts import charts
from tests.browser import Browser, browsing

REPORTS = Path(__file__).parents[3] / "reports"


@dataclass(frozen=True)
class Page:
    """A page on disk, and what it was made from."""

    path: Path
    findings: Findings
    bursts: tuple[Burst, ...]

    @property
    def url(self) -> str:
        return self.path.as_uri()

    @property
    def html(self) -> str:
        return self.path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("profile")) as browser:
        browser.size(1280)
        yield browser


@pytest.fixture(scope="session")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Page]:
    """Makes the page of some findings."""

    def write(findings: Findings, bursts: tuple[Burst, ...] = ()) -> Page:
        path = tmp_path_factory.mktemp("run") / page.FILE_NAME
        path.write_text(page.render(findings, charts(findings, bursts), bursts), encoding="utf-8")
        return Page(path, findings, bursts)

    return write


@pytest.fixture(scope="session")
def published() -> Path:
    """The folder of the newest published run of the default matrix."""
    return max(REPORTS.glob("*-default"))


@pytest.fixture(scope="session")
def default(page_of: Callable[..., Page], published: Path) -> Page:
    """The page of that run, made anew from its journal."""
    path = published / journal.FILE_NAME
    findings = analyse(journal.read(path), journal.sha256(path))
    return page_of(findings, typical(journal.read(path), findings))
