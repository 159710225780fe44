"""Draw charts with one bar per server and one panel per style: a figure with its interval."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.analysis.findings import CellFinding
from harness.model.words import one_line
from harness.report.cells import BOUND, explain_bound
from harness.report.charts.looks import SHOWN_AS, colour
from harness.report.charts.palette import Look
from harness.report.charts.panels import Panel, describe_loads
from harness.report.charts.rows import Row, row
from harness.report.charts.scales import Scale, scales
from harness.report.charts.tooltips import tooltip

ROW = 24
"""Pixels of the row of a server."""

MARGINS = 104
"""Pixels that the names of the servers take beside a panel, with the gap after it."""

_ROOM_FOR_FIGURES = 1.35
"""How far the axis goes beyond the longest bar, for the figure behind it."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of cells.

    `title` names its axis, `figures` returns it with its bounds, `written` formats it.
    """

    title: str
    figures: Callable[[CellFinding], tuple[float | None, float | None, float | None]]
    written: Callable[[float], str]


def server_axis(looks: Sequence[Look]) -> dict[str, Any]:
    """Return an axis with a row for each server that has data, in the order of the run."""
    axis = {"title": None, "ticks": False, "domain": False, "grid": False, "labelLimit": 88, "labelPadding": 6}
    return {"field": SHOWN_AS, "type": "nominal", "sort": [look.server for look in looks], "axis": axis}


def panels(
    settings: Sequence[tuple[str, Mapping[str, Sequence[CellFinding]]]], measure: Measure, looks: Sequence[Look]
) -> list[list[Panel]]:
    """Return a row of panels for each setting, given its name and its cells by style."""
    peaks = [{style: _top(cells, measure) for style, cells in by_style.items()} for _, by_style in settings]
    return [
        [
            Panel(
                f"{style}, {describe_loads(cells)}",
                name,
                list(_rows(cells, measure)),
                _view(looks, measure, scale[style]),
            )
            for style, cells in by_style.items()
        ]
        for (name, by_style), scale in zip(settings, scales(peaks), strict=True)
    ]


def _top(cells: Sequence[CellFinding], measure: Measure) -> float:
    return max(float(one["end"]) for one in _rows(cells, measure))


def note(cells: Sequence[CellFinding]) -> str:
    """Return what the mark behind a figure means, empty if no cell has it."""
    return explain_bound(one.bound for one in cells)


def alt(panels: Sequence[Panel], unit: str) -> str:
    """Return a sentence with the lowest and the highest figure of each panel, and their servers."""
    told = []
    for panel in panels:
        ordered = sorted(panel.rows, key=lambda one: float(one["value"]))
        low, high = ordered[0], ordered[-1]
        told.append(
            f"{panel.title}: {low['written']} {unit} on {low['server']} to {high['written']} {unit} on {high['server']}"
        )
    return f"{'; '.join(told)}."


def _rows(cells: Sequence[CellFinding], measure: Measure) -> Iterator[Row]:
    """Yield a row for each cell that has the figure, with the figure as text."""
    for one in cells:
        value, low, high = measure.figures(one)
        if value is not None:
            figures = {"value": value, "low": low, "high": high, "end": max(value, high or 0.0)}
            server = one_line(one.cell.launch.server)
            bound = BOUND if one.bound else ""
            yield {**row(one.cell, figures), SHOWN_AS: server, "written": f"{measure.written(value)}{bound}"}


def _view(looks: Sequence[Look], measure: Measure, scale: Scale) -> dict[str, Any]:
    """Return bars from zero, each with its interval on it and its figure behind it."""
    y = server_axis(looks)
    x = scale.axis(measure.title, _ROOM_FOR_FIGURES, ticks=4)
    return {
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.62}},
                "encoding": {
                    "y": y,
                    "x": {"field": "value", **x},
                    "color": {**colour(looks), "legend": None},
                    "tooltip": tooltip(value=measure.title, low="from", high="to"),
                },
            },
            {
                "transform": [{"filter": "isValid(datum.low)"}],
                "mark": {"type": "rule", "style": "whisker"},
                "encoding": {"y": y, "x": {"field": "low", **x}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "text", "style": "note", "align": "left", "dx": 5},
                "encoding": {"y": y, "x": {"field": "end", **x}, "text": {"field": "written"}},
            },
        ]
    }
