"""Published runs, as the formats take them."""

from functools import cache
from pathlib import Path

from harness.analysis.analyse import analyse
from harness.analysis.bursts import Burst, typical
from harness.analysis.findings import Findings
from harness.model import journal

REPORTS = Path(__file__).parents[3] / "reports"


def folder(profile: str) -> Path:
    """The oldest published run of a profile."""
    return next(iter(sorted(REPORTS.glob(f"*-{profile}"))))


@cache
def published(profile: str) -> tuple[Findings, tuple[Burst, ...]]:
    """The findings and the typical bursts of that run."""
    path = folder(profile) / journal.FILE_NAME
    findings = analyse(journal.read(path), journal.sha256(path))
    return findings, typical(journal.read(path), findings)
