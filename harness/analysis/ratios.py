"""Put two cells into a ratio, block by block.

Both sides come from the same block, so a slow block cancels out. Logarithms make a ratio and its inverse equally far
from no difference.
"""

import math
from collections.abc import Sequence
from statistics import fmean

from harness.analysis.metrics import read_metric
from harness.analysis.statistics.rounds import combine_rounds
from harness.analysis.tally import KeptSample, SamplesByBlock
from harness.model.metrics import TIME


def log_ratios(cell: SamplesByBlock, against: SamplesByBlock, metric: str = TIME.name) -> list[float]:
    """Return the logarithm of one cell's figure over another's for each block in which both gave one."""
    return list(_log_ratio_by_block(cell, against, metric).values())


def count_lost_blocks(cell: SamplesByBlock, against: SamplesByBlock, metric: str = TIME.name) -> int:
    """Return in how many blocks that measured both cells one gave no figure, which may have been the worst of all."""
    both = read_metric(cell, metric).keys() & read_metric(against, metric).keys()
    return len((cell.keys() & against.keys()) - both)


def mean_log_ratios(pairs: Sequence[tuple[SamplesByBlock, SamplesByBlock]], metric: str = TIME.name) -> list[float]:
    """Return the mean over several pairs of cells for each block in which all of them gave a figure."""
    return _mean_by_block([_log_ratio_by_block(cell, against, metric) for cell, against in pairs])


def mean_log_costs(cells: Sequence[SamplesByBlock]) -> list[float]:
    """Return the mean logarithm of the cost of several cells for each block in which all of them gave a figure."""
    return _mean_by_block([{block: math.log(cost_s) for block, cost_s in costs_s(cell).items()} for cell in cells])


def costs_s(blocks: SamplesByBlock) -> dict[int, float]:
    """Return the cost of a cell in each block that gave a figure, in seconds."""
    return read_metric(blocks, TIME.name)


def _log_ratio_by_block(cell: SamplesByBlock, against: SamplesByBlock, metric: str) -> dict[int, float]:
    own, others = read_metric(cell, metric), read_metric(against, metric)
    both = [block for block in own if block in others]
    if metric == TIME.name:
        return {block: combine_rounds(*_pair_windows(cell[block], against[block])) for block in both}
    return {block: math.log(own[block] / others[block]) for block in both}


def _pair_windows(kept: KeptSample, against: KeptSample) -> tuple[Sequence[float], Sequence[float]]:
    """Return the costs of both samples round by round, or as a whole if they have other numbers of windows."""
    assert kept.figures is not None
    assert against.figures is not None
    one, other = kept.figures, against.figures
    if len(one.costs_s) == len(other.costs_s):
        return one.costs_s, other.costs_s
    return [one.cost_s or math.nan], [other.cost_s or math.nan]


def _mean_by_block(every: Sequence[dict[int, float]]) -> list[float]:
    blocks = every[0] if every else ()
    return [fmean(each[block] for each in every) for block in blocks if all(block in each for each in every)]
