"""When a run ends, and which cells it measures until then.

Rule 1: a run measures its fewest blocks, then goes on block by block until no question is open, or until its most
blocks. Open are declared comparisons that are undecided, and thresholds on ratios and knees. A run does not wait for a
comparison that cannot have a verdict.
Rule 2: after the fewest blocks, only the cells of open questions are measured, and the A/A control. Looking at the
figures to decide what to measure costs something, and the intervals of such a run have paid for it: each holds at every
look, whenever its cells are given up (statistics/estimates.py, Rule 2).
Rule 3: if a ratio has then broken a threshold, the fewest blocks, but at least six, are measured once more and judged
by themselves. A threshold is broken only if both break it.
"""

from collections.abc import Iterable, Iterator, Sequence

from harness.analysis.comparisons import judge_comparisons
from harness.analysis.control import find_control
from harness.analysis.findings import Comparison, Control
from harness.analysis.knees import find_knees
from harness.analysis.launches import summarize_launches
from harness.analysis.statistics.estimates import BLOCKS_FOR_AN_INTERVAL
from harness.analysis.statistics.verdicts import Judged, Verdict
from harness.analysis.tally import Tally
from harness.analysis.thresholds import find_undecided_cells, has_broken_a_ratio
from harness.model.plan import Course


def decide_course(tally: Tally) -> Course:
    """Decide after each block whether the run continues, and with which cells, from its journal so far."""
    plan, measured = tally.plan, tally.complete_blocks()
    if tally.rerun_from is not None:
        return Course(tally.rerun_from - 1 + count_rerun_blocks(plan.min_blocks), rerun=True)
    control = find_control(tally)
    compared = judge_comparisons(tally, control)
    if measured < plan.blocks and (undecided := set(_list_undecided(tally, compared, control))):
        undecided |= {cell for pair in plan.controls for cell in (pair.cell, pair.against)}
        return Course(measured + 1, cells=None if len(undecided) == len(plan.cells) else frozenset(undecided))
    if has_broken_a_ratio(tally, compared):
        return Course(measured + count_rerun_blocks(plan.min_blocks), rerun=True)
    return Course(measured)


def _list_undecided(tally: Tally, compared: Sequence[Comparison], control: Control | None) -> Iterator[int]:
    """Yield the cells of all open questions."""
    for pair, found in zip(tally.plan.comparisons, compared, strict=True):
        if not is_decided([found]):
            yield from (pair.cell, pair.against)
    knees = list(find_knees(tally, summarize_launches(tally), control))
    yield from find_undecided_cells(tally, compared, knees)


def count_rerun_blocks(min_blocks: int) -> int:
    """Return how many blocks a rerun takes."""
    return max(min_blocks, BLOCKS_FOR_AN_INTERVAL)


def is_decided(judged: Iterable[Comparison | Judged]) -> bool:
    """Return whether every comparison has a verdict or can have none: it is withheld, or one side gave no figure."""
    return all(found.verdict is not Verdict.UNDECIDED or found.ratio is None for found in judged)
