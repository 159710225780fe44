"""`--only`: the part of a plan that is asked for on the command line."""

from collections.abc import Sequence

from harness.matrix.axes import AXES, combination_of, values_of
from harness.matrix.nodes import nearest, shown, unknown
from harness.model.errors import InputError
from harness.model.plan import Cell


def narrowed(cells: Sequence[Cell], only: Sequence[str]) -> Sequence[Cell]:
    """The cells that every `axis=value,...` agrees with; several of the same axis add up."""
    if not only:
        return cells
    combinations = [combination_of(cell) for cell in cells]
    values_there = values_of(combinations)
    wanted: dict[str, set[str]] = {}
    problems: list[str] = []
    for condition in only:
        axis, equals, values = condition.partition("=")
        if not equals or axis not in AXES:
            what = unknown("axis", axis, AXES) if equals else f"expected axis=value, found {shown(condition)}"
            problems.append(f"--only: {what}")
            continue
        there = {str(value): None for value in values_there[axis] if value is not None}
        for value in values.split(","):
            if value not in there:
                problems.append(f"--only: no cell has {axis} {shown(value)}; {nearest(value, there)}")
            wanted.setdefault(axis, set()).add(value)
    chosen = [
        cell
        for cell, combination in zip(cells, combinations, strict=True)
        if all(str(getattr(combination, axis)) in values for axis, values in wanted.items())
    ]
    if not problems and not chosen:
        problems.append(f"--only: no cell agrees with all of {' '.join(only)}; ask for less at a time")
    if problems:
        raise InputError("\n".join(problems))
    return chosen
