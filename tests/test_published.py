"""Every published report can be derived again from its journal."""

from pathlib import Path

import pytest

from harness.analysis.analyse import analyse
from harness.model import journal
from harness.report import index, readme, results

REPORTS = Path(__file__).parents[1] / "reports"
PUBLISHED = sorted(path.parent for path in REPORTS.glob(f"*/{journal.FILE_NAME}"))


@pytest.mark.parametrize("folder", PUBLISHED, ids=lambda folder: folder.name)
def test_a_published_report_follows_from_its_journal_byte_for_byte(folder: Path) -> None:
    findings = analyse(journal.read(folder / journal.FILE_NAME))
    assert (folder / "README.md").read_text() == readme.render(findings)
    assert (folder / "results.json").read_text() == results.render(findings)
    assert (folder / "matrix.yaml").read_text() == findings.header.plan.matrix


def test_the_index_lists_all_published_reports() -> None:
    assert PUBLISHED
    assert (REPORTS / "README.md").read_text() == index.render(index.collect(REPORTS))
