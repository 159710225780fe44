"""A chart as SVG: the same bytes on every machine and in every process, and nothing fetched to draw it."""

import re

import vl_convert

from harness.report.chart import Chart
from harness.report.charts.theme import config

_INVISIBLE = re.compile(
    r'<path class="(?:foreground|background)"[^>]* (?:display="none"|d="M0,0h0v0h0Z"(?: pointer-events="none")?)/>'
    r'| (?:class|role|aria-roledescription|aria-hidden|pointer-events)="[^"]*"'
    r'| opacity="1"'
)
"""What nobody sees or hears: a report shows its drawings as images, so that nothing inside has a role or a pointer."""

_PLACES = re.compile(r' (?:d|transform)="[^"]*"')
_BELOW_A_PIXEL = re.compile(r"(\.\d\d)\d+")


def draw(chart: Chart, theme: str) -> str:
    """Return the drawing of a chart in one theme, as a document that loads nothing and runs nothing."""
    svg: str = vl_convert.vegalite_to_svg(dict(chart.spec), config=config(theme), allowed_base_urls=[])
    return _PLACES.sub(lambda place: _BELOW_A_PIXEL.sub(r"\1", place[0]), _INVISIBLE.sub("", svg))
