"""`--only`: the part of a plan that is asked for on the command line."""

from collections.abc import Iterable, Sequence

from harness.matrix.format import AXES, Value
from harness.matrix.nodes import nearest, shown, unknown
from harness.model.errors import InputError
from harness.model.plan import Cell

_CELL_AXES = frozenset(("client", "style", "concurrency", "rate"))
"""The axes in which cells of one launch may differ."""


def narrowed(cells: Sequence[Cell], only: Iterable[str]) -> list[Cell]:
    """The cells that every `axis=value,...` agrees with; several of the same axis add up."""
    wanted: dict[str, set[str]] = {}
    problems: list[str] = []
    for condition in only:
        axis, equals, values = condition.partition("=")
        if not equals or axis not in AXES:
            what = unknown("axis", axis, AXES) if equals else f"expected axis=value, found {shown(condition)}"
            problems.append(f"--only: {what}")
            continue
        there = {str(value): None for cell in cells if (value := _value(cell, axis)) is not None}
        for value in values.split(","):
            if value not in there:
                problems.append(f"--only: no cell has {axis} {shown(value)}; {nearest(value, there)}")
            wanted.setdefault(axis, set()).add(value)
    chosen = [cell for cell in cells if all(str(_value(cell, axis)) in values for axis, values in wanted.items())]
    if not problems and not chosen:
        problems.append(f"--only: no cell agrees with all of {' '.join(only)}; ask for less at a time")
    if problems:
        raise InputError("\n".join(problems))
    return chosen


def _value(cell: Cell, axis: str) -> Value:
    """What a cell has for an axis."""
    value: Value = getattr(cell if axis in _CELL_AXES else cell.launch, axis)
    return value
