"""Drawings that are made once in each process: drawing is most of what a report costs."""

import json

from harness.report.chart import Chart
from harness.report.charts.svg import draw

_DRAWINGS: dict[tuple[str, str], str] = {}


def draw_once(chart: Chart, theme: str) -> str:
    """Return the drawing of a chart, made now unless the same chart was drawn before."""
    key = (json.dumps(chart.spec), theme)
    if key not in _DRAWINGS:
        _DRAWINGS[key] = draw(chart, theme)
    return _DRAWINGS[key]
