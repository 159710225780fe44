"""The README.md of a report."""

from collections.abc import Sequence
from pathlib import Path

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.report.charts.catalog import draw_charts
from harness.report.markdown import render_markdown
from harness.report.report import build_report


def render(findings: Findings, bursts: Sequence[Burst], _: Path) -> str:
    """Return the report as Markdown, its charts as links into the run folder."""
    return render_markdown(build_report(findings, draw_charts(findings, bursts)))
