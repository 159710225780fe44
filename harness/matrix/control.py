"""The A/A control: the cells of the baseline once more, under another name, to show what differs where nothing does."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from harness.matrix.axes import Combination, Value, passes, test_of
from harness.model.plan import Cell, Launch, Pair

SUFFIX = " (A/A)"
"""What the name of a server ends in where it repeats cells of the baseline."""


def repetitions(
    cells: Sequence[Cell], places: Mapping[Combination, int], baseline: Mapping[str, Value]
) -> tuple[list[Cell], tuple[Pair, ...]]:
    """The cells that come after the others, and each of them with the cell that it repeats.

    `places` says where the cell of a combination is. Without a baseline, or any cell of it, there are none.
    """

    @cache
    def again(launch: Launch) -> Launch:
        return replace(launch, server=f"{launch.server}{SUFFIX}")

    agrees = test_of({name: (value,) for name, value in baseline.items()})
    repeated = [place for combination, place in places.items() if baseline and passes(combination, agrees)]
    pairs = (Pair(len(cells) + number, place) for number, place in enumerate(repeated))
    return [replace(cells[place], launch=again(cells[place].launch)) for place in repeated], tuple(pairs)
