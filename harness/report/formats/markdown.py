"""The README.md of a report."""

from collections.abc import Sequence
from pathlib import Path

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.report import readme
from harness.report.charts import draw_charts
from harness.report.charts.picture import picture


def render(findings: Findings, bursts: Sequence[Burst], _: Path) -> str:
    """Return the report as Markdown, its charts as links into the run folder."""
    return readme.render(findings, {chart.name: picture(chart) for chart in draw_charts(findings, bursts)})
