"""The charts of a report, the lead chart first."""

from collections.abc import Sequence

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.report.charts.chart import Chart


def charts(findings: Findings, bursts: Sequence[Burst]) -> tuple[Chart, ...]:
    """Every chart that a run has something for; those that it has nothing for are left out."""
    del findings, bursts
    return ()
