"""How far apart two samples lie that were measured separately; no shape of their noise is assumed.

Rule 1: nothing pairs a figure of one sample with a figure of the other, so each is held against each. How far apart the
samples lie is estimated by the median of all m x n differences (Hodges and Lehmann).
Rule 2: U counts the differences below a supposed shift. If that is the true one, and both samples are otherwise of one
kind, every order of the m + n figures is as likely as any other, and how many of them have which U is a matter of
counting (Mann and Whitney). The interval from the k-th smallest difference to the k-th largest misses the shift with
probability 2 P(U < k), exactly, and less often where figures tie (Moses).
Rule 3: k is the largest that misses with a probability of at most 1 less the confidence. Three against three have no
such k for 95%: even the extremes miss one time in ten.
Rule 4: where counting takes too long, U is taken for normal, with its own mean and variance and half a step of
continuity. Its distribution has lighter tails: beyond the square root of 3 standard deviations, the next term of the
expansion takes some of their probability away. So this k is the same or a little smaller, and such an interval misses
no more often than it says.
Rule 5: this promise is about one look, and about noise of one shape. It does not hold for samples whose sizes depended
on what they held. Nor does it for a sample that is noisier than the other: with a standard deviation three times as
large, an interval that is to miss 5% at most missed 5% at six against six, 6% at ten against ten, and 15% where six of
the noisier ones stood against thirty (simulated, normal noise: docs/simulations.md).

Sources: H. Mann and D. Whitney, On a test of whether one of two random variables is stochastically larger than the
other, Annals of Mathematical Statistics 18, 1947 (also the mean, the variance and the normal limit of U). M. Fix and
J. Hodges, Significance probabilities of the Wilcoxon test, Annals of Mathematical Statistics 26, 1955 (the next term of
the expansion). J. Hodges and E. Lehmann, Estimates of location based on rank tests, Annals of Mathematical Statistics
34, 1963. M. Hollander, D. Wolfe and E. Chicken, Nonparametric Statistical Methods, 3rd edition, 2014, sections 4.1 (the
distribution of U), 4.2 (the estimate) and 4.3 (the interval).
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from statistics import NormalDist, median

from harness.analysis.statistics.estimates import MAY_MISS, Estimate

STEPS_AT_MOST = 1_000_000
"""The steps that counting takes for 100 against 100 figures: a quarter of a second."""


def shift(sample: Sequence[float], against: Sequence[float], may_miss: float = MAY_MISS) -> Estimate:
    """Return how far a sample lies above another, and its interval; each has at least one figure, in any order."""
    differences = sorted(one - other for one in sample for other in against)
    rank = interval_rank(len(sample), len(against), may_miss)
    if rank is None:
        return Estimate(median(differences), None, None)
    return Estimate(median(differences), differences[rank - 1], differences[-rank])


@cache
def interval_rank(size: int, other: int, may_miss: float = MAY_MISS) -> int | None:
    """Return the k of Rule 3 for two samples of these sizes, from 1, or None if even the extremes miss too often.

    The critical value of U in the tables of the two-sided test is one less.
    """
    fewer, more = sorted((size, other))
    if fewer * size * other > STEPS_AT_MOST:
        return normal_rank(size, other, may_miss)
    return bisect_right(missed(fewer, more), may_miss) or None


@cache
def missed(size: int, other: int) -> tuple[float, ...]:
    """Return how likely the interval from the k-th smallest to the k-th largest difference misses the shift.

    In order of k, from 1 on as far as the middle.
    """
    every = math.comb(size + other, size)
    below = accumulate(orders(size, other)[: size * other // 2])
    # A quotient of whole numbers is rounded once, however large they are.
    return tuple(2 * number / every for number in below)


def normal_rank(size: int, other: int, may_miss: float) -> int | None:
    """Return the k of Rule 4."""
    mean, deviation = size * other / 2, math.sqrt(size * other * (size + other + 1) / 12)
    rank = math.floor(mean + deviation * NormalDist().inv_cdf(may_miss / 2) + 0.5)
    return rank if rank > 0 else None


def orders(size: int, other: int) -> tuple[int, ...]:
    """Return how many orders of the figures of two samples of these sizes have U = 0, 1, up to their product.

    These numbers are the coefficients of the Gaussian binomial, the product of (1 - q^(n + i)) / (1 - q^i) for i from 1
    to m: the solution of Mann and Whitney's recursion, without its depth.
    """
    counts = [1] + [0] * (size * other)
    for i in range(1, size + 1):
        for u in range(len(counts) - 1, other + i - 1, -1):
            counts[u] -= counts[u - other - i]
        for u in range(i, len(counts)):
            counts[u] += counts[u - i]
    return tuple(counts)
