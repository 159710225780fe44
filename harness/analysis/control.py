"""The A/A control: how far apart the same cells are when they are measured twice in each block under two names.

What the two differ by is nothing that a server did: it is the order, the machine, or this harness. Beyond the practical
difference it could be mistaken for one, so then nothing is ranked.
"""

from math import log1p

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
    found = estimate(logs, sequential=plan.is_sequential)
    enough = len(logs) >= BLOCKS_FOR_AN_INTERVAL
    within = abs(found.median) <= log1p(plan.practical_difference) if enough else None
    ratio = of_logs(found)
    return Control(cells, len(logs), ratio.median, ratio.low, ratio.high, within)
