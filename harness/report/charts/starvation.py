"""Who starves: how long a health check took while each style was under its highest load."""

from collections.abc import Iterator, Sequence
from typing import Any

from harness.analysis.findings import CellFinding, Findings
from harness.model.words import one_line
from harness.report.cells import busiest
from harness.report.chart import Chart
from harness.report.charts.bars import MARGINS, ROW, server_axis
from harness.report.charts.logarithmic import milliseconds_axis
from harness.report.charts.looks import SHOWN_AS, colour
from harness.report.charts.palette import Look, looks
from harness.report.charts.panels import Panel, Setting, cut, describe_loads, grid, heading, rows_of_bars, settings
from harness.report.charts.rows import Row, row
from harness.report.charts.tooltips import tooltip
from harness.report.questions.breaks import describe_blocked_loop

IN_ASYNC, IN_DEF = CHECKS = ("async def check", "def check")
_TITLE = "Who starves: how long a health check took while the load was on"
_READING = (
    "From the median of the checks to the slowest of them, on a logarithmic scale. The async def check waits for the "
    "event loop only, the def check for a thread as well."
)
_LEAST_MS = 0.01
"""The least time that is drawn: a logarithmic scale has no zero."""


def health(findings: Findings) -> Chart | None:
    """Draw a panel per style and setting, with two lines per server; return None if no check was answered."""
    cells = busiest(one for one in findings.cells if one.health and (one.health.in_async or one.health.in_def))
    if not cells:
        return None
    look = looks([one.cell for one in findings.cells])
    drawn, left = cut(settings(cells, findings), rows_of_bars(len(look)))
    view = _view(look, [one[end] for one in _rows(cells) for end in ("p50_ms", "max_ms")])
    beside = [[_panel(style, cells, setting, view) for style, cells in setting.by_style().items()] for setting in drawn]
    spec = grid("health", heading(_TITLE, _READING, left), beside, (ROW + 4) * len(look), MARGINS)
    return Chart("health", _TITLE, f"{_TITLE}. {describe_blocked_loop(findings) or _alt(cells)}", spec)


def _panel(style: str, cells: Sequence[CellFinding], setting: Setting, view: dict[str, Any]) -> Panel:
    return Panel(f"{style}, {describe_loads(cells)}", setting.name, list(_rows(cells)), view)


def _rows(cells: Sequence[CellFinding]) -> Iterator[Row]:
    for one in cells:
        assert one.health is not None
        for check, found in zip(CHECKS, (one.health.in_async, one.health.in_def), strict=True):
            if found is not None:
                figures = {"p50_ms": max(found.p50_ms, _LEAST_MS), "max_ms": max(found.max_ms, _LEAST_MS)}
                yield {
                    **row(one.cell, figures),
                    SHOWN_AS: one_line(one.cell.launch.server),
                    "check": check,
                    "checks": found.checks,
                }


def _view(look: Sequence[Look], times_ms: Sequence[float]) -> dict[str, Any]:
    y = {"y": server_axis(look), "yOffset": {"field": "check", "type": "nominal", "sort": list(CHECKS)}}
    x = milliseconds_axis(times_ms)
    seen = {"color": {**colour(look), "legend": None}}
    shapes = {"field": "check", "type": "nominal", "scale": {"domain": list(CHECKS), "range": ["circle", "diamond"]}}
    told = tooltip(check="check", p50_ms="median, ms", max_ms="slowest, ms", checks="checks")
    return {
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {**y, **seen, "x": {"field": "p50_ms", **x}, "x2": {"field": "max_ms"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 46, "opacity": 1},
                "encoding": {**y, **seen, "x": {"field": "p50_ms", **x}, "shape": shapes, "tooltip": told},
            },
            {
                "mark": {"type": "tick", "thickness": 2, "size": 9},
                "encoding": {**y, **seen, "x": {"field": "max_ms", **x}, "tooltip": told},
            },
        ]
    }


def _alt(cells: Sequence[CellFinding]) -> str:
    slowest = max(_rows(cells), key=lambda one: float(one["max_ms"]))
    return f"The slowest was a {slowest['check']} of {slowest['max_ms']:g} ms on {slowest['server']}."
