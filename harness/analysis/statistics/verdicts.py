"""Judge comparisons: four verdicts, and the evidence that each of them takes.

Rule 1: a comparison is the median over blocks of the logarithm of a ratio, both sides measured in the same block. Its
verdict is read from its interval alone: *faster* or *slower* where the interval lies wholly beyond the practical
difference d, *same within d* where it lies inside, *differs, perhaps by less than d* where it leaves out 1 and ends on
both sides of d, and otherwise *undecided*. So a verdict is false only where the interval misses the truth.
Rule 2: the m comparisons that are declared together share what may be missed: each begins with 1/m of it (Bonferroni).
One that is faster or slower at its level gives its share to the others, which are judged again (Holm). One that is the
same, or differs a little, keeps its share, since its verdict could still be false.
Rule 3: with too few blocks for an interval, nothing is claimed.

Why that keeps its promise: let the truth of m' comparisons lie within d. Their intervals at the level 1/m' all hold the
truth with the promised probability. As long as they do, only other comparisons can be found faster or slower, so none
of the m' is judged at a laxer level. A comparison whose truth lies beyond d can only be called the same, or be turned
round, which takes a miss on one particular side. The simulations count all false verdicts (docs/simulations.md).

Sources: S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979.
D. Schuirmann on equivalence by two one-sided tests, Journal of Pharmacokinetics and Biopharmaceutics 15, 1987.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.analysis.statistics.estimates import MAY_MISS, Estimate, estimate, exponentiate


class Verdict(StrEnum):
    """The claim about two things that were compared; `d` is the practical difference."""

    FASTER = "faster"
    SLOWER = "slower"
    SAME = "same within d"
    DIFFERS = "differs, perhaps by less than d"
    UNDECIDED = "undecided"


FASTER, SLOWER, SAME, DIFFERS, UNDECIDED = Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """One comparison: its ratio and the interval, which may miss the truth with probability `may_miss`, and a verdict.

    `ratio` is None if no block measured both sides, `low` and `high` if too few did.
    """

    ratio: float | None
    low: float | None
    high: float | None
    may_miss: float
    verdict: Verdict


EstimateAt = Callable[[int, float], Estimate | None]
"""Estimates the log ratio of the comparison at an index, with an interval that misses with a given probability.

None if no block measured both sides.
"""


def judge(
    comparisons: Sequence[Sequence[float]], difference: float, *, sequential: bool = False, may_miss: float = MAY_MISS
) -> list[Judged]:
    """Judge comparisons that are declared together, each given as its log ratios, one a block.

    `difference` is the practical difference as a share: 0.05 is 5%. Together they may say something false with
    probability `may_miss`, at one look or, where it is `sequential`, at any look ever taken.
    """

    def estimate_at(index: int, share: float) -> Estimate | None:
        log_ratios = comparisons[index]
        return estimate(log_ratios, share, sequential=sequential) if log_ratios else None

    return judge_by(estimate_at, len(comparisons), difference, may_miss)


def judge_by(estimate_at: EstimateAt, comparisons: int, difference: float, may_miss: float = MAY_MISS) -> list[Judged]:
    """Judge comparisons that are declared together, from any kind of interval (Rule 2)."""
    judged: dict[int, Judged] = {}
    left = list(range(comparisons))
    while left:
        share = may_miss / len(left)
        judged |= {place: _judge_one(estimate_at(place, share), difference, share) for place in left}
        beyond = [place for place in left if judged[place].verdict in (FASTER, SLOWER)]
        if not beyond:
            break
        left = [place for place in left if place not in beyond]
    return [judged[place] for place in range(comparisons)]


def _judge_one(found: Estimate | None, difference: float, may_miss: float) -> Judged:
    if found is None:
        return Judged(None, None, None, may_miss, UNDECIDED)
    ratio = exponentiate(found)
    return Judged(ratio.median, ratio.low, ratio.high, may_miss, verdict_of(found, difference))


def verdict_of(log_ratio: Estimate, difference: float) -> Verdict:
    """Return the verdict on an estimated log ratio of times; `difference` is the practical difference as a share."""
    low, high, beyond = log_ratio.low, log_ratio.high, math.log1p(difference)
    if low is None or high is None:
        return UNDECIDED
    if low > beyond:
        return SLOWER
    if high < -beyond:
        return FASTER
    if low > -beyond and high < beyond:
        return SAME
    return DIFFERS if low > 0 or high < 0 else UNDECIDED
