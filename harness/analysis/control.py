"""The A/A control: how far apart the same cells are when they are measured twice in each block under two names.

What the two differ by is nothing that a server did: it is the order, the machine, or this harness. Beyond the practical
difference it could be mistaken for one, so then nothing is ranked.
"""

from collections.abc import Sequence
from math import log1p
from statistics import median

from harness.analysis.findings import Control
from harness.analysis.ratios import mean_log_ratios
from harness.analysis.statistics.estimates import BLOCKS_FOR_AN_INTERVAL, estimate, of_logs
from harness.analysis.tally import Tally


def control(tally: Tally) -> Control | None:
    """What the A/A control says, or None where the plan has none."""
    plan = tally.plan
    if not plan.controls:
        return None
    cells = tuple(plan.cells[pair.against] for pair in plan.controls)
    logs = mean_log_ratios([(tally.cells[pair.cell], tally.cells[pair.against]) for pair in plan.controls])
    if not logs:
        return Control(cells, 0, None, None, None, None)
    ratio = of_logs(estimate(logs, sequential=plan.is_sequential))
    return Control(
        cells, len(logs), ratio.median, ratio.low, ratio.high, within=is_within(logs, plan.practical_difference)
    )


def is_within(log_ratios: Sequence[float], difference: float) -> bool | None:
    """Whether the median of these, one a block, lies within the practical difference; None where they are too few."""
    return abs(median(log_ratios)) <= log1p(difference) if len(log_ratios) >= BLOCKS_FOR_AN_INTERVAL else None
