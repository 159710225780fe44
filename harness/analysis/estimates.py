"""What may be said of a quantity that was measured a few times, whatever the shape of its noise.

Rule 1: each of n independent blocks falls below the true median with probability 1/2, so how many do is binomial. The
interval from the k-th smallest block to the k-th largest misses the median only where fewer than k blocks fell on one
side of it: it covers it with probability 1 - 2 P(Binomial(n, 1/2) < k), exactly, and with more where values tie.
Rule 2: k is the largest that still covers 95%. Five blocks have no such k: even their extremes cover 93.75% only.
Rule 3: a percentile needs requests enough that the slowest of them lies beyond it with 95% confidence: share^n <= 5%.

Source: W. J. Conover, Practical Nonparametric Statistics, 3rd edition, 1999, sections 3.2 (confidence intervals of
quantiles) and 3.3 (how many observations a one-sided tolerance limit takes).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median

CONFIDENCE = 0.95
BLOCKS_FOR_AN_INTERVAL = 6
"""The fewest blocks that Rule 2 has an answer for."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A median over blocks with the bounds of its interval, which are None where there are too few blocks."""

    median: float
    low: float | None
    high: float | None


def estimate(blocks: Sequence[float]) -> Estimate:
    """The median of one figure a block, at least one, in any order, and its interval."""
    rank = interval_rank(len(blocks))
    if rank is None:
        return Estimate(median(blocks), None, None)
    ordered = sorted(blocks)
    return Estimate(median(ordered), ordered[rank - 1], ordered[-rank])


@cache
def interval_rank(blocks: int) -> int | None:
    """The k of Rule 2, counted from 1, or None where even the extremes do not cover enough."""
    rank = 0
    while 2 * (rank + 1) <= blocks and coverage(blocks, rank + 1) >= CONFIDENCE:
        rank += 1
    return rank or None


def coverage(blocks: int, rank: int) -> float:
    """The probability that the interval from the k-th smallest to the k-th largest block holds the median (Rule 1)."""
    # Whole numbers as far as possible: their quotient is rounded once, however many blocks there are.
    outcomes = 1 << blocks
    missed = 2 * sum(math.comb(blocks, below) for below in range(rank))
    return (outcomes - missed) / outcomes


def needed_for(share: float) -> int:
    """How many values a percentile needs (Rule 3): 59 for p95, 299 for p99."""
    return math.ceil(math.log(1 - CONFIDENCE) / math.log(share))
