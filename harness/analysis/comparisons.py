"""Judge the comparisons that the matrix declares, and describe `def` against `async` under all conditions.

Cells of one run are compared by the logarithm of a ratio, block by block. Both sides come from the same block, so
a slow block cancels out. Logarithms make a ratio and its inverse equally far from no difference.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import fmean

from harness.analysis.findings import Comparison, Control, Ratio, Withheld, Withholding
from harness.analysis.statistics.estimates import blocks_for_an_interval, estimate, exponentiate
from harness.analysis.statistics.verdicts import Judged, Verdict, judge
from harness.analysis.tally import SamplesByBlock, Tally, figures_by_block, find_bound_flag
from harness.model.flags import Flag
from harness.model.outcomes import RequestOutcome
from harness.model.plan import Cell, Pair, Plan

_MOST_FURTHER = 4
"""Nobody waits for more than this many times the blocks of a run."""


def judge_comparisons(tally: Tally, control: Control | None) -> tuple[Comparison, ...]:
    """Return every declared comparison with its verdict, judged together."""
    pairs = tally.plan.comparisons
    logs = [log_ratios(tally.cells[pair.cell], tally.cells[pair.against]) for pair in pairs]
    judged = judge(logs, tally.plan.practical_difference, sequential=tally.is_sequential)
    return tuple(compare(tally.plan, tally.cells, *each, control) for each in zip(pairs, judged, strict=True))


def compare(
    plan: Plan, cells: Sequence[SamplesByBlock], pair: Pair, judged: Judged, control: Control | None
) -> Comparison:
    """Return the comparison of two cells as judged, without its verdict if there is a reason to withhold it."""
    kept, against = cells[pair.cell], cells[pair.against]
    blocks, why = len(log_ratios(kept, against)), _withhold(kept, against, control)
    comparison = build_comparison(plan.cells[pair.cell], plan.cells[pair.against], blocks, judged, why)
    if comparison.verdict is not Verdict.UNDECIDED:
        return comparison
    return replace(comparison, more_blocks=blocks_to_decide(blocks, judged, sequential=plan.is_sequential))


def build_comparison(cell: Cell, against: Cell, blocks: int, judged: Judged, why: Withholding | None) -> Comparison:
    """Return a comparison as judged over this many blocks, without a verdict if there is a reason `why`."""
    verdict = None if why else judged.verdict
    return Comparison(cell, against, blocks, judged.ratio, judged.low, judged.high, judged.may_miss, verdict, why)


def blocks_to_decide(blocks: int, judged: Judged, *, sequential: bool) -> int | None:
    """Return about how many more blocks would keep an undecided interval off 1; None if that is out of reach.

    An interval of a median narrows with the square root of the number of blocks; without one, it takes the fewest
    blocks for an interval.
    """
    if judged.ratio is None or judged.ratio == 1:
        return None
    if judged.low is None or judged.high is None:
        return max(1, blocks_for_an_interval(judged.may_miss, sequential=sequential) - blocks)
    beyond = judged.low if judged.ratio > 1 else judged.high
    width, distance = abs(math.log(judged.ratio / beyond)), abs(math.log(judged.ratio))
    more = math.ceil(blocks * ((width / distance) ** 2 - 1))
    return max(1, more) if more <= _MOST_FURTHER * blocks else None


def _withhold(cell: SamplesByBlock, against: SamplesByBlock, control: Control | None) -> Withholding | None:
    """Return why two cells may have no verdict, None if they may."""
    kept = (*cell.values(), *against.values())
    lost, blocks = count_lost_blocks(cell, against), len({*cell, *against})
    if control is not None and control.differs:
        return Withholding(Withheld.CONTROL_DIFFERS)
    if control is not None and control.within is None and control.blocks < blocks - lost:
        return Withholding(Withheld.CONTROL_SILENT)
    if bound := withhold_if_bound(cell, against):
        return bound
    if any(Flag.LITTLES_LAW in each.flags for each in kept):
        return Withholding(Withheld.LITTLES_LAW)
    if any(each.outcomes.get(RequestOutcome.GAVE_UP) for each in kept):
        return Withholding(Withheld.GAVE_UP)
    return Withholding(Withheld.BLOCKS_LOST, lost, blocks) if lost else None


def withhold_if_bound(*cells: SamplesByBlock) -> Withholding | None:
    """Return why nothing may be claimed of cells that were limited by the client or the upstream, not the server."""
    bound = find_bound_flag(*cells)
    return None if bound is None else Withholding(Withheld(bound))


def describe_ratios(tally: Tally) -> Iterator[Ratio]:
    """Yield the ratio of `def` to `async` under all conditions that both were measured in: no claim, a description."""
    plan = tally.plan
    index_of = {cell: index for index, cell in enumerate(plan.cells)}
    for cell, index in index_of.items():
        in_async = replace(cell, style="async")
        if cell.style != "def" or in_async not in index_of or cell.launch.server in plan.control_names:
            continue
        if logs := log_ratios(tally.cells[index], tally.cells[index_of[in_async]]):
            found = exponentiate(estimate(logs, sequential=tally.is_sequential))
            yield Ratio(cell, in_async, len(logs), found.median, found.low, found.high)


def log_ratios(cell: SamplesByBlock, against: SamplesByBlock) -> list[float]:
    """Return the logarithm of one cell's cost over another's for each block in which both gave a figure."""
    return list(_log_ratio_by_block(cell, against).values())


def count_lost_blocks(cell: SamplesByBlock, against: SamplesByBlock) -> int:
    """Return in how many blocks one of two cells gave no figure, which may have been the worst of all."""
    return len({*cell, *against} - (costs_s(cell).keys() & costs_s(against).keys()))


def mean_log_ratios(pairs: Sequence[tuple[SamplesByBlock, SamplesByBlock]]) -> list[float]:
    """Return the mean over several pairs of cells for each block in which all of them gave a figure."""
    return _mean_by_block([_log_ratio_by_block(cell, against) for cell, against in pairs])


def mean_log_costs(cells: Sequence[SamplesByBlock]) -> list[float]:
    """Return the mean logarithm of the cost of several cells for each block in which all of them gave a figure."""
    return _mean_by_block([{block: math.log(cost_s) for block, cost_s in costs_s(cell).items()} for cell in cells])


def costs_s(blocks: SamplesByBlock) -> dict[int, float]:
    """Return the cost of a cell in each block that gave a figure, in seconds."""
    return {block: figures.cost_s for block, figures in figures_by_block(blocks).items() if figures.cost_s}


def _log_ratio_by_block(cell: SamplesByBlock, against: SamplesByBlock) -> dict[int, float]:
    own_s, others_s = costs_s(cell), costs_s(against)
    return {block: math.log(own_s[block] / others_s[block]) for block in own_s if block in others_s}


def _mean_by_block(every: Sequence[dict[int, float]]) -> list[float]:
    blocks = every[0] if every else ()
    return [fmean(each[block] for each in every) for block in blocks if all(block in each for each in every)]
