"""Judge the comparisons that the matrix declares, and describe `def` against `async` under all conditions.

Declared comparisons of all metrics are judged together: verdicts on time and on CPU share one error budget. Which
reasons withhold a verdict depends on its metric (metrics.py).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from harness.analysis.control import judge_control
from harness.analysis.findings import Comparison, Control, Ratio, Withheld, Withholding
from harness.analysis.metrics import READERS, read_metric
from harness.analysis.ratios import count_lost_blocks, log_ratios
from harness.analysis.statistics.estimates import blocks_for_an_interval, estimate, exponentiate
from harness.analysis.statistics.verdicts import Judged, Verdict, judge
from harness.analysis.tally import SamplesByBlock, Tally, figures_by_block, find_bound_flag
from harness.model.flags import Flag
from harness.model.metrics import TIME
from harness.model.outcomes import RequestOutcome
from harness.model.plan import Cell, Pair, Plan

_MOST_FURTHER = 4
"""Nobody waits for more than this many times the blocks of a run."""


Controls = Mapping[str, Control | None]
"""The A/A control of a run by each metric that it compares by; None if it has none."""


def judge_comparisons(tally: Tally, control: Control | None) -> tuple[Comparison, ...]:
    """Return every declared comparison with its verdict, judged together; `control` is that of the time."""
    pairs = tally.plan.comparisons
    logs = [log_ratios(tally.cells[pair.cell], tally.cells[pair.against], pair.metric) for pair in pairs]
    judged = judge(logs, tally.plan.practical_difference, sequential=tally.is_sequential)
    controls = judge_controls(tally.plan, tally.cells, control, sequential=tally.is_sequential)
    return tuple(compare(tally.plan, tally.cells, *each, controls) for each in zip(pairs, judged, strict=True))


def judge_controls(
    plan: Plan, cells: Sequence[SamplesByBlock], control: Control | None, *, sequential: bool
) -> Controls:
    """Return the A/A control by each metric of the plan's comparisons; `control` is that of the time."""
    others = {pair.metric for pair in plan.comparisons} - {TIME.name}
    return {
        TIME.name: control,
        **{metric: judge_control(plan, cells, metric, sequential=sequential) for metric in others},
    }


def compare(plan: Plan, cells: Sequence[SamplesByBlock], pair: Pair, judged: Judged, controls: Controls) -> Comparison:
    """Return the comparison of two cells as judged, without its verdict if there is a reason to withhold it."""
    kept, against = cells[pair.cell], cells[pair.against]
    blocks, why = len(log_ratios(kept, against, pair.metric)), _withhold(kept, against, pair.metric, controls)
    comparison = build_comparison(plan.cells[pair.cell], plan.cells[pair.against], blocks, judged, why)
    comparison = replace(comparison, metric=pair.metric)
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


def _withhold(cell: SamplesByBlock, against: SamplesByBlock, metric: str, controls: Controls) -> Withholding | None:
    """Return why two cells may have no verdict by a metric, None if they may."""
    reader = READERS[metric]
    if reader.without and not all(read_metric(side, metric) for side in (cell, against) if figures_by_block(side)):
        return Withholding(reader.without)
    lost, blocks = count_lost_blocks(cell, against, metric), len(cell.keys() & against.keys())
    of_time, control = controls[TIME.name], controls[metric]
    if of_time is not None and of_time.differs:
        return Withholding(Withheld.CONTROL_DIFFERS)
    if control is not None and control.differs:
        return Withholding(Withheld.CONTROL_DIFFERS_IN_METRIC)
    if control is not None and control.within is None and control.blocks < blocks - lost:
        return Withholding(Withheld.CONTROL_SILENT)
    distorted = (why for why in _list_distortions(cell, against) if why.code in reader.withheld_by)
    return next(distorted, Withholding(Withheld.BLOCKS_LOST, lost, blocks) if lost else None)


def _list_distortions(cell: SamplesByBlock, against: SamplesByBlock) -> Iterator[Withholding]:
    """Yield what went wrong with the load of one of two cells."""
    kept = (*cell.values(), *against.values())
    if bound := withhold_if_bound(cell, against):
        yield bound
    if any(Flag.LITTLES_LAW in each.flags for each in kept):
        yield Withholding(Withheld.LITTLES_LAW)
    if any(each.outcomes.get(RequestOutcome.GAVE_UP) for each in kept):
        yield Withholding(Withheld.GAVE_UP)


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
