"""The A/A control: how far apart the same cells are when each block measures them twice, under two names.

No server caused that difference: it comes from the order, the machine or this harness. Beyond the practical difference
it could be mistaken for a difference between servers, so then nothing is ranked. That is the case if all pairs together
are further apart than that, or if one pair alone is found faster or slower, judged as if it had been declared.
"""

from collections.abc import Sequence
from math import exp, log1p
from statistics import median

from harness.analysis.findings import Control
from harness.analysis.ratios import log_ratios, mean_log_ratios
from harness.analysis.statistics.estimates import BLOCKS_FOR_AN_INTERVAL, estimate, exponentiate
from harness.analysis.statistics.verdicts import Verdict, judge
from harness.analysis.tally import SamplesByBlock, Tally
from harness.model.metrics import TIME
from harness.model.plan import Plan


def find_control(tally: Tally) -> Control | None:
    """Return the A/A control of a run, None if the plan has none."""
    return judge_control(tally.plan, tally.cells, sequential=tally.is_sequential)


def judge_control(
    plan: Plan, cells: Sequence[SamplesByBlock], metric: str = TIME.name, *, sequential: bool
) -> Control | None:
    """Return the A/A control by a metric in these blocks of all cells, None if the plan has none."""
    if not plan.controls:
        return None
    repeated = tuple(plan.cells[pair.against] for pair in plan.controls)
    pairs = [(cells[pair.cell], cells[pair.against]) for pair in plan.controls]
    logs = mean_log_ratios(pairs, metric)
    if not logs:
        return Control(repeated, 0, None, None, None, None)
    found, most = estimate(logs, sequential=sequential), log1p(plan.practical_difference)
    every = [log_ratios(*pair, metric) for pair in pairs]
    apart = find_apart(every, plan.practical_difference, sequential=sequential)
    within, ratio = is_within(logs, plan.practical_difference), exponentiate(found)
    return Control(
        cells=repeated,
        blocks=len(logs),
        ratio=ratio.median,
        low=ratio.low,
        high=ratio.high,
        within=within and not apart,
        apart=tuple(repeated[index] for index in apart),
        by_block=tuple(map(exp, logs)),
        ratio_within=abs(found.median) <= most,
        interval_within=all(bound is not None and abs(bound) <= most for bound in (found.low, found.high)),
    )


def is_within(log_ratios: Sequence[float], difference: float) -> bool | None:
    """Return whether the median of log ratios, one a block, lies within the practical difference.

    None with too few blocks.
    """
    return abs(median(log_ratios)) <= log1p(difference) if len(log_ratios) >= BLOCKS_FOR_AN_INTERVAL else None


def find_apart(pairs: Sequence[Sequence[float]], difference: float, *, sequential: bool = False) -> list[int]:
    """Return the indices of the pairs, given by their log ratios, that are faster or slower when judged together."""
    judged = judge(pairs, difference, sequential=sequential)
    return [index for index, one in enumerate(judged) if one.verdict in (Verdict.FASTER, Verdict.SLOWER)]
