"""The published runs, found by their profile, and what their reports are made from."""

from functools import cache
from pathlib import Path

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.matrix.catalog import read_facts
from harness.model import journal
from harness.report.folder import read

REPORTS = Path(__file__).parents[2] / "reports"
RUNS = sorted(path.parent for path in REPORTS.glob(f"*/{journal.PACKED_NAME}"))


def folder(profile: str) -> Path:
    """Return the folder of the newest published run of a profile."""
    return max(REPORTS.glob(f"*-{profile}"))


def published(profile: str) -> tuple[Findings, tuple[Burst, ...]]:
    """Return the findings and the typical bursts of the newest published run of a profile."""
    return report_of(folder(profile))


@cache
def report_of(run: Path) -> tuple[Findings, tuple[Burst, ...]]:
    """Return the findings and the typical bursts of a run, whose journal is read once in each process."""
    return read(run, read_facts())
