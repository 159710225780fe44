"""A chart as SVG: the same bytes on every machine and in every process, and nothing fetched to draw it."""

import vl_convert

from harness.report.chart import Chart
from harness.report.charts.theme import config


def draw(chart: Chart, theme: str) -> str:
    """Return the drawing of a chart in one theme, as a document that loads nothing and runs nothing."""
    svg: str = vl_convert.vegalite_to_svg(dict(chart.spec), config=config(theme), allowed_base_urls=[])
    return svg
