"""When a run has measured enough: all declared comparisons are decided, and a broken threshold is confirmed.

Rule 1: a run measures its fewest blocks, then goes on block by block until no declared comparison is undecided, or
until its most blocks. It does not wait for a comparison that cannot have a verdict. Looking at the figures to decide
when to stop costs something, and the intervals of such a run have paid for it (statistics/estimates.py, Rule 2).
Rule 2: if a ratio has then broken a threshold, the fewest blocks, but at least six, are measured once more and judged
by themselves. A threshold is broken only if both break it.
"""

from collections.abc import Iterable

from harness.analysis.comparisons import judge_comparisons
from harness.analysis.control import find_control
from harness.analysis.findings import Comparison
from harness.analysis.statistics.estimates import BLOCKS_FOR_AN_INTERVAL
from harness.analysis.statistics.verdicts import Judged, Verdict
from harness.analysis.tally import Tally
from harness.analysis.thresholds import has_broken_a_ratio
from harness.model.plan import Course


def decide_course(tally: Tally) -> Course:
    """Decide after each block whether the run continues, from its journal so far."""
    plan, measured = tally.plan, tally.complete_blocks()
    if tally.rerun_from is not None:
        return Course(tally.rerun_from - 1 + count_rerun_blocks(plan.min_blocks), rerun=True)
    found = judge_comparisons(tally, find_control(tally))
    if measured < plan.blocks and not is_decided(found):
        return Course(measured + 1)
    if has_broken_a_ratio(tally, found):
        return Course(measured + count_rerun_blocks(plan.min_blocks), rerun=True)
    return Course(measured)


def count_rerun_blocks(min_blocks: int) -> int:
    """Return how many blocks a rerun takes."""
    return max(min_blocks, BLOCKS_FOR_AN_INTERVAL)


def is_decided(judged: Iterable[Comparison | Judged]) -> bool:
    """Return whether every comparison has a verdict or can have none: it is withheld, or one side gave no figure."""
    return all(found.verdict is not Verdict.UNDECIDED or found.ratio is None for found in judged)
