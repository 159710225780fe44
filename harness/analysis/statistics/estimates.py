"""Intervals for a quantity that was measured a few times; no shape of its noise is assumed.

Rule 1: each of n independent blocks falls below the true median with probability 1/2, so how many do is binomial. The
interval from the k-th smallest block to the k-th largest misses the median only where fewer than k blocks fell on one
side of it, which happens with probability 2 P(Binomial(n, 1/2) < k), exactly, and less often where values tie.
Rule 2: where what was seen so far decides whether to go on, the interval must hold at every look at once. Bet on each
block, one stake after the other, which side of a supposed median it will fall on, by the share s/n of the blocks before
(as Krichevsky and Trofimov do): if the supposed median is true, the stake is a fair game, and ever grows to 1/a with
probability a at most (Ville). It does so where k - 1 of n blocks fell on one side and 1/stake <= a, so a supposed
median beyond the k-th block is then given up. This holds for every rule of stopping: with a bound on the blocks or
without one, interrupted, resumed or prolonged.
Rule 3: k is the largest that misses with a probability of at most 1 less the confidence. Five blocks have no such k for
95%, by Rule 1: even their extremes cover 93.75% only. By Rule 2 it takes seven.
Rule 4: a percentile needs requests enough that the slowest of them lies beyond it with 95% confidence: share^n <= 5%.

Sources: W. J. Conover, Practical Nonparametric Statistics, 3rd edition, 1999, sections 3.2 (confidence intervals of
quantiles) and 3.3 (how many observations a one-sided tolerance limit takes). R. Krichevsky and V. Trofimov, The
performance of universal encoding, IEEE Transactions on Information Theory 27, 1981. J. Ville, Étude critique de la
notion de collectif, 1939. S. Howard and A. Ramdas, Sequential estimation of quantiles with applications to A/B testing
and best-arm identification, Bernoulli 28, 2022.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import count
from statistics import median

MAY_MISS = 0.05
"""The probability with which an interval may miss the truth: 5%."""

BLOCKS_FOR_AN_INTERVAL = 6
"""The fewest blocks that Rule 3 has an answer for."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A median with the bounds of its interval, which are None with too few blocks."""

    median: float
    low: float | None
    high: float | None


def estimate(blocks: Sequence[float], may_miss: float = MAY_MISS, *, sequential: bool = False) -> Estimate:
    """Return the median of one figure a block, at least one, in any order, and its interval.

    The interval misses the true median with a probability of at most `may_miss`: of this one look (Rule 1), or where it
    is `sequential`, of all looks that are ever taken (Rule 2).
    """
    rank = interval_rank(len(blocks), may_miss, sequential=sequential)
    if rank is None:
        return Estimate(median(blocks), None, None)
    ordered = sorted(blocks)
    return Estimate(median(ordered), ordered[rank - 1], ordered[-rank])


def exponentiate(found: Estimate) -> Estimate:
    """Return the estimate of a ratio whose logarithm was estimated."""
    low, high = (None if bound is None else math.exp(bound) for bound in (found.low, found.high))
    return Estimate(math.exp(found.median), low, high)


@cache
def interval_rank(blocks: int, may_miss: float = MAY_MISS, *, sequential: bool = False) -> int | None:
    """Return the k of Rule 3, counted from 1, or None if even the extremes miss too often."""
    missed = missed_ever if sequential else missed_once
    rank = 0
    while 2 * (rank + 1) <= blocks and missed(blocks, rank + 1) <= may_miss:
        rank += 1
    return rank or None


def blocks_for_an_interval(may_miss: float = MAY_MISS, *, sequential: bool = False) -> int:
    """Return the fewest blocks that Rule 3 has an answer for at this level."""
    return next(blocks for blocks in count(1) if interval_rank(blocks, may_miss, sequential=sequential))


def missed_once(blocks: int, rank: int) -> float:
    """Return how likely the interval from the k-th smallest to the k-th largest block misses the median (Rule 1)."""
    # Whole numbers as far as possible: their quotient is rounded once, however many blocks there are.
    return float(Fraction(2 * sum(math.comb(blocks, below) for below in range(rank)), 1 << blocks))


def missed_ever(blocks: int, rank: int) -> float:
    """Return how likely it is that at most k - 1 blocks ever fall beyond the median (Rule 2).

    It is the stake's inverse: 2^-n over the probability that Krichevsky and Trofimov give to these n outcomes.
    """
    few, many = rank - 1, blocks - rank + 1
    outcomes = math.factorial(blocks) * math.factorial(few) * math.factorial(many)
    return min(1.0, float(Fraction(outcomes << blocks, math.factorial(2 * few) * math.factorial(2 * many))))


def count_needed(share: float) -> int:
    """Return how many values a percentile needs (Rule 4): 59 for p95, 299 for p99."""
    return math.ceil(math.log(MAY_MISS) / math.log(share))
