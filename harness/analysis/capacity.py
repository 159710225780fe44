"""How many requests a second a thread limit lets through, beside what came of the highest rate that was asked for."""

import math
from collections.abc import Iterable

from harness.analysis.expected import waits_for_the_limit
from harness.analysis.findings import Capacity, CellFinding


def capacity(cells: Iterable[CellFinding]) -> Capacity | None:
    """What the threads of `def` let through at its highest rate in an open loop; None where no call takes its time.

    By Little's law as many calls are under way as come in the time that one takes, and each of them has a thread.
    """
    asked = [
        finding
        for finding in cells
        if finding.cell.rate is not None
        and finding.cell.style == "def"
        and waits_for_the_limit(finding.cell)
        and finding.limiter_tokens
        and finding.cell.launch.delay_s
    ]
    if not asked:
        return None
    first = max(asked, key=lambda finding: finding.cell.rate or 0)
    rate, delay_s, threads = first.cell.rate or 0, first.cell.launch.delay_s or 0.0, _threads(first)
    answered = sorted(
        finding.rps
        for finding in asked
        if (finding.cell.rate, finding.cell.launch.delay_s, _threads(finding)) == (rate, delay_s, threads)
        and finding.rps is not None
        and not finding.bound
    )
    # A product that is whole but for rounding takes no further thread.
    needed = math.ceil(round(rate * delay_s, 6))
    return Capacity(delay_s, rate, threads, threads / delay_s, needed, tuple(answered))


def _threads(finding: CellFinding) -> int:
    return (finding.limiter_tokens or 0) * finding.cell.launch.workers
