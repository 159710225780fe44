"""The order in which a block is measured: which launches are alive together, and which window follows which.

Rule 1: all launches of a group are alive at once. Cells that are compared belong to one group, however large it gets;
otherwise a group has at most as many launches as the plan allows.
Rule 2: a group is measured in rounds, each of one window per cell; cells that no question is about have their one
window in the first. Noise is slow compared with a window, so it hits both sides of a comparison alike.
Rule 3: launches, and the cells of each round, are shuffled, the same for the same seed, but both sides of a comparison
follow each other.
Rule 4: a block depends on the plan and its own number only, so that any block can be measured alone, anywhere, again.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TypeVar

from harness.matrix import database
from harness.model.executors import executor_of
from harness.model.groups import group_by
from harness.model.plan import Launch, Pair, Plan

Item = TypeVar("Item", bound=Hashable)

ALIVE = 8
"""How many launches are alive at once, unless the matrix says otherwise or memory is short."""


STARTED_TOGETHER = 2
"""How many launches start at the same time: more of them would slow each other down."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One launch of a block, and the cells (indexes in the plan) that are measured on it."""

    launch: Launch
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Launches that are alive together, in the order of their start, and the cells of each round, in order."""

    turns: tuple[Turn, ...]
    rounds: tuple[tuple[int, ...], ...]


def count_windows(plan: Plan, cell: int) -> int:
    """Return in how many windows a cell is measured in each block.

    An open loop has one: a backlog takes the whole time to build up.
    """
    in_one = cell not in plan.focus or executor_of(plan.cells[cell]).is_open_loop
    return 1 if in_one else plan.rounds


class BlockOrder:
    """The order of every block of a plan; what is the same in all of them is found once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        pairs = list(_list_pairs(plan))
        self._windows = [count_windows(plan, cell) for cell in range(len(plan.cells))]
        self._together = list(_join(range(len(plan.cells)), [(pair.cell, pair.against) for pair in pairs]))
        launches = dict.fromkeys(cell.launch for cell in plan.cells)
        sides = ((plan.cells[pair.cell].launch, plan.cells[pair.against].launch) for pair in pairs)
        self._companions = list(_join(launches, {both: None for both in sides if both[0] is not both[1]}))

    def order_block(self, number: int, cells: Collection[int] | None = None) -> tuple[Group, ...]:
        """Return the groups of one block, in order; blocks are numbered from 1. `cells` are measured, None for all."""
        # A fixed order of draws makes the shuffle the same everywhere; nothing secret hangs on it.
        chance = Random(f"{self._plan.seed}:{number}")  # noqa: S311
        wanted = range(len(self._plan.cells)) if cells is None else sorted(cells)
        by_launch = group_by(wanted, lambda cell: self._plan.cells[cell].launch)
        turns = {launch: Turn(launch, tuple(own)) for launch, own in by_launch.items()}
        companions = [[launch for launch in launches if launch in turns] for launches in self._companions]
        chance.shuffle(companions)
        group_of: dict[int, int] = {}
        groups = []
        for place, launches in enumerate(_pack(self._plan, [each for each in companions if each])):
            chance.shuffle(launches)
            groups.append(tuple(turns[launch] for launch in launches))
            group_of |= {cell: place for turn in groups[-1] for cell in turn.cells}
        together: list[list[list[int]]] = [[] for _ in groups]
        for members in self._together:
            if measured := [cell for cell in members if cell in group_of]:
                together[group_of[measured[0]]].append(measured)
        return tuple(
            Group(turns, tuple(self._order_rounds(cells, chance)))
            for turns, cells in zip(groups, together, strict=True)
        )

    def _order_rounds(self, together: list[list[int]], chance: Random) -> Iterator[tuple[int, ...]]:
        """Yield the cells of each round; those that are compared follow each other."""
        for number in range(max(self._windows[cell] for members in together for cell in members)):
            chance.shuffle(together)
            for members in together:
                chance.shuffle(members)
            yield tuple(cell for members in together for cell in members if self._windows[cell] > number)


def order_block(plan: Plan, number: int, cells: Collection[int] | None = None) -> tuple[Group, ...]:
    """Return the groups of a single block, as `BlockOrder` does."""
    return BlockOrder(plan).order_block(number, cells)


def _list_pairs(plan: Plan) -> Iterator[Pair]:
    """Yield the cells that have to be measured next to each other: what is compared, and `def` with `async`."""
    yield from plan.comparisons
    yield from plan.controls
    index_of = {cell: index for index, cell in enumerate(plan.cells)}
    for cell, index in index_of.items():
        if cell.style == "def" and (in_async := index_of.get(replace(cell, style="async"))) is not None:
            yield Pair(index, in_async)


def _join(items: Iterable[Item], links: Iterable[tuple[Item, Item]]) -> Iterator[list[Item]]:
    """Yield the items in sets of those that are linked, directly or through others."""
    sets = {item: [item] for item in items}
    for one, other in links:
        if one in sets and other in sets and sets[one] is not sets[other]:
            joined = sets[one] + sets[other]
            sets |= dict.fromkeys(joined, joined)
    yield from {id(members): members for members in sets.values()}.values()


def _pack(plan: Plan, companions: Sequence[list[Launch]]) -> Iterator[list[Launch]]:
    """Yield groups as large as the plan allows. Launches with pools on a database share theirs with nothing else."""
    most = plan.alive or ALIVE
    group: list[Launch] = []
    for launches in companions:
        is_alone = any(database.needs_postgres(launch.scenario) for launch in launches)
        if group and (is_alone or len(group) + len(launches) > most):
            yield group
            group = []
        group = group + launches
        if is_alone:
            yield group
            group = []
    if group:
        yield group
