"""The order in which a block is measured: shuffled, so that no server is always first, and the same for the same seed.

A block depends on the plan and its own number only, so that any block can be measured alone, anywhere, again.
"""

from dataclasses import dataclass
from random import Random

from harness.model.plan import Launch, Plan


@dataclass(frozen=True, slots=True)
class Turn:
    """One launch of a block, and the cells (indexes in the plan) that are measured on it, in order."""

    launch: Launch
    cells: tuple[int, ...]


def order_block(plan: Plan, number: int) -> tuple[Turn, ...]:
    """Return the turns of one block, in order; blocks are numbered from 1."""
    # A fixed order of draws makes the shuffle the same everywhere; nothing secret hangs on it.
    shuffled = Random(f"{plan.seed}:{number}")  # noqa: S311
    cells: dict[Launch, list[int]] = {}
    for index, cell in enumerate(plan.cells):
        cells.setdefault(cell.launch, []).append(index)
    launches = list(cells)
    shuffled.shuffle(launches)
    for indexes in cells.values():
        shuffled.shuffle(indexes)
    return tuple(Turn(launch, tuple(cells[launch])) for launch in launches)
