"""The results.json of a report."""

from collections.abc import Sequence
from pathlib import Path

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.report import results


def render(findings: Findings, _: Sequence[Burst], __: Path) -> str:
    """Return the report as results.json."""
    return results.render(findings)
