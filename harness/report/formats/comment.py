"""A report as the comment on a pull request, which GitHub takes up to 65,536 characters of."""

from collections.abc import Sequence
from pathlib import Path

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.report.formats.shorten import fit_document
from harness.report.report import build_report

MOST_CHARACTERS = 65_000


def render(findings: Findings, _: Sequence[Burst], folder: Path) -> str:
    """Return the report as Markdown of at most `MOST_CHARACTERS`."""
    return fit_document(build_report(findings, ()), MOST_CHARACTERS, len, folder)
