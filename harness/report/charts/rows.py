"""The rows of a chart: the axes of a cell, which a page can filter by, and shortened figures."""

from collections.abc import Mapping
from typing import Any

from harness.model.axes import LOAD_AXES, Axis, Whole
from harness.model.plan import Cell
from harness.report.conditions import FILTER_AXES, write_axis_value

Row = dict[str, Any]
RowFigures = Mapping[str, float | None]

_DIGITS = 4
"""Significant digits: more than can be seen, or than the tables of the report show."""


def row(cell: Cell, figures: RowFigures) -> Row:
    """Return a row with the axes of a cell, spelled as in the filters of the page, and some figures of it."""
    carried = {axis.name: _axis_value(axis, cell) for axis in FILTER_AXES}
    load = {axis.name: axis.value(cell) for axis in LOAD_AXES}
    return {**carried, **load, **{name: figure(value) for name, value in figures.items()}}


def _axis_value(axis: Axis, cell: Cell) -> Any:
    value = axis.value(cell)
    # Words are among the values of some axes, and a filter compares all of them as text.
    is_plain = value is None or (isinstance(value, int) and not (isinstance(axis.kind, Whole) and axis.kind.word))
    return value if is_plain else write_axis_value(axis, value)


def figure(value: float | None) -> float | None:
    """Return a figure with as many significant digits as a chart can show; a whole number stays whole."""
    return value if value is None or isinstance(value, int) else float(f"{value:.{_DIGITS}g}")
