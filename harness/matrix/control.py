"""The A/A control: the cells of the baseline once more, under another name, to show how far apart equals can be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from harness.model.axes import BY_NAME, Value
from harness.model.plan import Cell, Launch, Pair

SUFFIX = " (A/A)"
"""The end of the name of a server that repeats cells of the baseline."""


def repeat_baseline(
    cells: Sequence[Cell], baseline: Mapping[str, Value], comparisons: Iterable[Pair] = ()
) -> tuple[list[Cell], tuple[Pair, ...]]:
    """Return the cells that come after the others, and each of them with the cell that it repeats.

    Repeated are the cells of the baseline that something is compared with, or all of them if nothing is. Without a
    baseline, or any cell of it, there are none.
    """

    @cache
    def renamed(launch: Launch) -> Launch:
        return replace(launch, server=f"{launch.server}{SUFFIX}")

    of_baseline = [index for index, cell in enumerate(cells) if baseline and agrees(cell, baseline)]
    compared = {pair.against for pair in comparisons}
    repeated = [index for index in of_baseline if index in compared] or of_baseline
    pairs = tuple(Pair(len(cells) + number, index) for number, index in enumerate(repeated))
    return [replace(cells[index], launch=renamed(cells[index].launch)) for index in repeated], pairs


def agrees(cell: Cell, values: Mapping[str, Value]) -> bool:
    """Return whether a cell has these values for these axes."""
    return all(BY_NAME[name].value(cell) == value for name, value in values.items())
