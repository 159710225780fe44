"""The A/A control: how far apart the same cells are when they are measured twice in each block under two names.

What the two differ by is nothing that a server did: it is the order, the machine, or this harness. Beyond the practical
difference it could be mistaken for one, so then nothing is ranked: where all pairs together are further apart than
that, or where one pair by itself is found faster or slower, as if it had been declared to be compared.
"""

from collections.abc import Sequence
from math import exp, log1p
from statistics import median

from harness.analysis.comparisons import log_ratios, mean_log_ratios
from harness.analysis.findings import Control
from harness.analysis.statistics.estimates import BLOCKS_FOR_AN_INTERVAL, estimate, of_logs
from harness.analysis.statistics.verdicts import FASTER, SLOWER, judge
from harness.analysis.tally import Blocks, Tally


def control(tally: Tally) -> Control | None:
    """What the A/A control says, or None where the plan has none."""
    return control_of(tally, tally.cells, sequential=tally.is_sequential)


def control_of(tally: Tally, cells: Sequence[Blocks], *, sequential: bool) -> Control | None:
    """What it says in these blocks of all cells."""
    plan = tally.plan
    if not plan.controls:
        return None
    repeated = tuple(plan.cells[pair.against] for pair in plan.controls)
    pairs = [(cells[pair.cell], cells[pair.against]) for pair in plan.controls]
    logs = mean_log_ratios(pairs)
    if not logs:
        return Control(repeated, 0, None, None, None, None)
    ratio = of_logs(estimate(logs, sequential=sequential))
    each = [log_ratios(*pair) for pair in pairs]
    apart = tuple(repeated[place] for place in are_apart(each, plan.practical_difference, sequential=sequential))
    within = is_within(logs, plan.practical_difference)
    return Control(
        cells=repeated,
        blocks=len(logs),
        ratio=ratio.median,
        low=ratio.low,
        high=ratio.high,
        within=within and not apart,
        apart=apart,
        by_block=tuple(map(exp, logs)),
    )


def is_within(log_ratios: Sequence[float], difference: float) -> bool | None:
    """Whether the median of these, one a block, lies within the practical difference; None where they are too few."""
    return abs(median(log_ratios)) <= log1p(difference) if len(log_ratios) >= BLOCKS_FOR_AN_INTERVAL else None


def are_apart(pairs: Sequence[Sequence[float]], difference: float, *, sequential: bool = False) -> list[int]:
    """The places of those pairs, given by their log ratios, that are faster or slower when all are judged together."""
    judged = judge(pairs, difference, sequential=sequential)
    return [place for place, one in enumerate(judged) if one.verdict in (FASTER, SLOWER)]
