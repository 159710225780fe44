"""The charts of a report, the lead chart first.

To add a chart, add a module that draws it, and an entry to `CHARTS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.report.chart import Chart
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


@dataclass(frozen=True, slots=True)
class ChartEntry:
    """One chart that a report may have.

    `name` is that of the chart, `section` the section of README.md that shows it unless it leads, None if only the
    page does, and `draw` returns None if a run has nothing for it. A chart that `leads` is the first of its report.
    """

    name: str
    section: str | None
    draw: Callable[[Findings, Sequence[Burst]], Chart | None]
    leads: bool = False


CHARTS = (
    ChartEntry("endpoints", "endpoints", lambda findings, _: endpoints(findings), leads=True),
    ChartEntry("staircase", "figures", lambda findings, _: staircase(findings), leads=True),
    ChartEntry("throughput", "figures", lambda findings, _: throughput(findings), leads=True),
    ChartEntry("saturation", "figures", lambda findings, _: saturation(findings), leads=True),
    ChartEntry("waves", "time", waves),
    ChartEntry("verdicts", None, lambda findings, _: verdicts(findings)),
    ChartEntry("time", None, lambda findings, _: times(findings)),
    ChartEntry("health", "breaks", lambda findings, _: health(findings)),
    ChartEntry("servers", None, lambda findings, _: servers(findings)),
    ChartEntry("control", "trust", lambda findings, _: control(findings)),
)
"""Every chart, in the order in which a report has them."""


def draw_charts(findings: Findings, bursts: Sequence[Burst]) -> tuple[Chart, ...]:
    """Return the charts that a run has something for."""
    drawn = (entry.draw(findings, bursts) for entry in CHARTS)
    return tuple(chart for chart in drawn if chart is not None)
