"""Whether the figures of a run may be trusted, and whether a server kept up with an open loop.

Rule 1: a run is valid if its A/A control does not differ from itself, and neither the engine nor the upstream was the
bottleneck. Other clients are measured to be compared with the engine, so one of them may be the bottleneck.
Rule 2: a server keeps up if the whole interval of its answers per second lies within 2% of the rate and no request was
dropped. What is under way when a window ends is not answered in it. Random arrivals may fall short by two standard
deviations of their number as well. A cell in which every block failed did not keep up.
Rule 3: this is a claim, so it takes an interval and a control that does not differ.
"""

import math
from collections.abc import Iterable

from harness.analysis.findings import CellFinding, Control, KeepsUp
from harness.model.executors import executor_of, load_of
from harness.model.flags import Flag
from harness.model.outcomes import Status

KEPT_UP_WITHIN = 0.02
_DEVIATIONS = 2


def is_valid(cells: Iterable[CellFinding], control: Control | None) -> bool:
    """Return whether the figures of a run say something about its servers (Rule 1)."""
    if control is not None and control.differs:
        return False
    return not any(
        Flag.UPSTREAM_BOUND in found.flags or (found.cell.client == "engine" and Flag.CLIENT_BOUND in found.flags)
        for found in cells
    )


def keeps_up(finding: CellFinding, duration_s: float, control: Control | None) -> KeepsUp | None:
    """Return whether a cell kept up with its rate in windows of `duration_s`, None if nothing may be claimed."""
    executor, rate = executor_of(finding.cell), load_of(finding.cell)
    if not executor.is_open_loop or finding.bound or (control is not None and control.differs):
        return None
    if not finding.blocks:
        return KeepsUp.NO if finding.status in (Status.FAILED, Status.TIMEOUT) else None
    if finding.rps_low is None or finding.rps_high is None:
        return None
    if finding.punctuality is None or finding.punctuality.dropped:
        return KeepsUp.NO
    missed = KEPT_UP_WITHIN
    if executor.has_random_arrivals:
        missed += _DEVIATIONS / math.sqrt(rate * duration_s * finding.blocks)
    least = (1 - missed) * rate
    if finding.rps_low >= least:
        return KeepsUp.YES
    return KeepsUp.UNDECIDED if finding.rps_high >= least else KeepsUp.NO
