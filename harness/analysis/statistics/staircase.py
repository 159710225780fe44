"""Fit a staircase, which bursts of blocking requests should follow, and a line to compare it with.

Rule 1: n requests on t threads take one delay for each wave, of which there are ceil(n / t), and an overhead for each
request. Threads and overhead are those with the least squares of relative errors: a burst counts the same whether long
or short.
Rule 2: between two measured numbers of requests any number of threads makes the same waves, so threads are an interval,
open above where no burst took a second wave.
Rule 3: the misfit is the root mean square of the relative errors: 0.02 is 2% off, typically. A line has two parameters
as well, so the two misfits may be compared.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from harness.model.groups import group_by

FEWEST_POINTS = 4
"""Two parameters go through any two points: four are the fewest that can speak against a model."""

Point = tuple[int, float]
"""A number of concurrent requests, and the seconds until the last answer."""


@dataclass(frozen=True, slots=True)
class Staircase:
    """A fitted staircase: the threads are at least `threads_low` and at most `threads_high`, None without an
    upper bound.

    `overhead_s` is what each request adds, `misfit` the typical relative error.
    """

    threads_low: int
    threads_high: int | None
    overhead_s: float
    misfit: float


def staircase(points: Sequence[Point], delay_s: float) -> Staircase | None:
    """Return the staircase fitted to one point for each of at least four numbers of requests, or None for fewer."""
    if len({requests for requests, _ in points}) < FEWEST_POINTS:
        return None
    most = max(requests for requests, _ in points)
    weight = sum((requests / took_s) ** 2 for requests, took_s in points)
    by_waves = _threads_by_waves(tuple(requests for requests, _ in points))
    fits = [(alike, *_overhead(points, waves, weight, delay_s)) for waves, alike in by_waves.items()]
    alike, overhead_s, misfit = min(fits, key=lambda fit: fit[2])
    return Staircase(alike[0], None if alike[-1] == most else alike[-1], overhead_s, misfit)


@lru_cache  # one block has the same numbers of requests as another
def _threads_by_waves(every: tuple[int, ...]) -> Mapping[tuple[int, ...], Sequence[int]]:
    """Return the waves that each number of requests may take, with all threads that make them, fewest first."""
    return group_by(
        range(1, max(every) + 1), lambda threads: tuple(math.ceil(requests / threads) for requests in every)
    )


def _overhead(points: Sequence[Point], waves: Sequence[int], weight: float, delay_s: float) -> tuple[float, float]:
    """Return the overhead of a request that fits these waves best, at least zero, and the misfit with it.

    `weight` is the sum of (n / t)^2 over the points, which is the same for all waves.
    """
    beyond = [
        (requests, took_s, took_s - wave * delay_s) for (requests, took_s), wave in zip(points, waves, strict=True)
    ]
    share = sum(requests * left_s / took_s**2 for requests, took_s, left_s in beyond)
    overhead_s = max(0.0, share / weight)
    errors = [(left_s - overhead_s * requests) / took_s for requests, took_s, left_s in beyond]
    return overhead_s, _root_mean_square(errors)


def line_misfit(points: Sequence[Point]) -> float:
    """Return the misfit of the line that fits best, by the same measure; at least two numbers of requests."""
    # Least squares of 1 - (a + b n) / t: each point has the weight 1 / t^2.
    weights = [1 / took_s**2 for _, took_s in points]
    total = sum(weights)
    mean_n = sum(weight * requests for weight, (requests, _) in zip(weights, points, strict=True)) / total
    mean_s = sum(weight * took_s for weight, (_, took_s) in zip(weights, points, strict=True)) / total
    spread = sum(weight * (n - mean_n) ** 2 for weight, (n, _) in zip(weights, points, strict=True))
    slope_s = sum(w * (n - mean_n) * (took_s - mean_s) for w, (n, took_s) in zip(weights, points, strict=True)) / spread
    return _root_mean_square([1 - (mean_s + slope_s * (n - mean_n)) / took_s for n, took_s in points])


def _root_mean_square(errors: Sequence[float]) -> float:
    return math.sqrt(sum(error**2 for error in errors) / len(errors))
