"""Ways to make one log ratio of the windows of a block.

Each takes the figures of both sides, at least one, in the order of the rounds: figures at the same place were measured
next to each other. If one side takes twice as long in every window, each returns the logarithm of two.
"""

import math
from collections.abc import Callable, Sequence
from statistics import fmean, harmonic_mean, median, quantiles

from harness.analysis.statistics.rounds import compare_rounds

Combine = Callable[[Sequence[float], Sequence[float]], float]


def ratio_of_totals(figures: Sequence[float], against: Sequence[float]) -> float:
    """Compare all answers over all windows: figures are times per answer in windows of the same length."""
    return math.log(harmonic_mean(figures) / harmonic_mean(against))


def ratio_of_means(figures: Sequence[float], against: Sequence[float]) -> float:
    """Compare arithmetic means."""
    return math.log(fmean(figures) / fmean(against))


def ratio_of_medians(figures: Sequence[float], against: Sequence[float]) -> float:
    """Compare medians."""
    return math.log(median(figures) / median(against))


def ratio_of_upper_quartiles(figures: Sequence[float], against: Sequence[float]) -> float:
    """Compare the 75th percentiles."""
    return math.log(_quartile(figures, 3) / _quartile(against, 3))


def ratio_of_lower_quartiles(figures: Sequence[float], against: Sequence[float]) -> float:
    """Compare the 25th percentiles."""
    return math.log(_quartile(figures, 1) / _quartile(against, 1))


def ratio_of_minima(figures: Sequence[float], against: Sequence[float]) -> float:
    """Compare the fastest windows."""
    return math.log(min(figures) / min(against))


def paired_mean(figures: Sequence[float], against: Sequence[float]) -> float:
    """Return the mean of the log ratios of the rounds, which is the log ratio of geometric means."""
    return fmean(compare_rounds(figures, against))


def paired_median(figures: Sequence[float], against: Sequence[float]) -> float:
    """Return the median of the log ratios of the rounds."""
    return median(compare_rounds(figures, against))


def _quartile(figures: Sequence[float], number: int) -> float:
    return quantiles(figures, n=4, method="inclusive")[number - 1] if len(figures) > 1 else figures[0]
