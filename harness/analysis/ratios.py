"""How many times as much one cell took as another, block by block: the one way in which cells of a run are compared.

Both sides of a ratio are of the same block, so that what slows a block down as a whole cancels out. Logarithms, since a
ratio and its inverse are then equally far from no difference.
"""

import math
from collections.abc import Sequence
from statistics import fmean

from harness.analysis.tally import Blocks


def log_ratios(cell: Blocks, against: Blocks) -> list[float]:
    """The logarithm of one cell's cost over another's, one for each block in which both gave a figure."""
    return list(_by_block(cell, against).values())


def lost_blocks(cell: Blocks, against: Blocks) -> int:
    """In how many blocks one of two cells was measured and gave no figure, which may have been the worst of all."""
    return len({*cell, *against} - (costs_s(cell).keys() & costs_s(against).keys()))


def mean_log_ratios(pairs: Sequence[tuple[Blocks, Blocks]]) -> list[float]:
    """The mean over several pairs of cells, one for each block in which all of them gave a figure."""
    every = [_by_block(cell, against) for cell, against in pairs]
    return [fmean(each[block] for each in every) for block in every[0] if all(block in each for each in every)]


def mean_log_costs(cells: Sequence[Blocks]) -> list[float]:
    """The mean logarithm of what several cells cost, one for each block in which all of them gave a figure."""
    every = [costs_s(cell) for cell in cells]
    return [
        fmean(math.log(each[block]) for each in every) for block in every[0] if all(block in each for each in every)
    ]


def _by_block(cell: Blocks, against: Blocks) -> dict[int, float]:
    own_s, others_s = costs_s(cell), costs_s(against)
    return {block: math.log(own_s[block] / others_s[block]) for block in sorted(own_s) if block in others_s}


def costs_s(blocks: Blocks) -> dict[int, float]:
    """What a cell cost in each block that gave a figure, in seconds."""
    return {
        block: kept.figures.cost_s for block, kept in blocks.items() if kept.figures is not None and kept.figures.cost_s
    }
