"""The charts of a report, the lead chart first."""

from collections.abc import Sequence

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.report.charts.chart import Chart
from harness.report.charts.endpoints import endpoints
from harness.report.charts.noise import control
from harness.report.charts.saturation import saturation
from harness.report.charts.servers import servers
from harness.report.charts.staircase import staircase
from harness.report.charts.starvation import health
from harness.report.charts.throughput import throughput
from harness.report.charts.times import times
from harness.report.charts.verdicts import verdicts
from harness.report.charts.waves import waves

NAMES = (
    "endpoints",
    "staircase",
    "throughput",
    "saturation",
    "waves",
    "verdicts",
    "time",
    "health",
    "servers",
    "control",
)
"""Of all charts that there are, in their order."""


def charts(findings: Findings, bursts: Sequence[Burst]) -> tuple[Chart, ...]:
    """Every chart that a run has something for; those that it has nothing for are left out."""
    drawn = (
        endpoints(findings),
        staircase(findings),
        throughput(findings),
        saturation(findings),
        waves(findings, bursts),
        verdicts(findings),
        times(findings),
        health(findings),
        servers(findings),
        control(findings),
    )
    return tuple(chart for chart in drawn if chart is not None)
