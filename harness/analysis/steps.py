"""Whether bursts of `def` follow the staircase of the model, or rather a line."""

import math
from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from harness.analysis.findings import Steps
from harness.analysis.statistics.estimates import estimate, of_logs
from harness.analysis.statistics.staircase import Point, line_misfit, staircase
from harness.analysis.tally import Blocks

LEAST_MISFIT = 1e-6
"""What is closer than this to a model fits it perfectly: a ratio needs something to divide by."""


def steps(bursts: Sequence[Blocks], delay_s: float | None, *, sequential: bool) -> Steps | None:
    """How the bursts of one launch fit a staircase, and a line; None where there are too few points for either.

    A point is what the busiest worker had to do: the others wait for nobody.
    """
    return None if delay_s is None else steps_of(_by_block(bursts), delay_s, sequential=sequential)


def steps_of(by_block: Sequence[Sequence[Point]], delay_s: float, *, sequential: bool) -> Steps | None:
    """The same, from the points of each block."""
    together = _medians([point for points in by_block for point in points])
    fit = staircase(together, delay_s)
    logs = [log for points in by_block if (log := _line_against_staircase(points, delay_s)) is not None]
    if fit is None or not logs:
        return None
    found = of_logs(estimate(logs, sequential=sequential))
    return Steps(fit, line_misfit(together), found.median, found.low, found.high)


def _by_block(bursts: Sequence[Blocks]) -> list[list[Point]]:
    """The points of each block."""
    points: dict[int, list[Point]] = defaultdict(list)
    for blocks in bursts:
        for block, kept in blocks.items():
            if kept.figures is not None:
                points[block].append((kept.figures.per_process[0], kept.figures.duration_s))
    return [points[block] for block in sorted(points)]


def _medians(points: Sequence[Point]) -> list[Point]:
    """One point for each number of requests."""
    took_s: dict[int, list[float]] = defaultdict(list)
    for requests, duration_s in points:
        took_s[requests].append(duration_s)
    return [(requests, median(took_s[requests])) for requests in sorted(took_s)]


def _line_against_staircase(points: Sequence[Point], delay_s: float) -> float | None:
    """The logarithm of how many times as far off a line is in one block, or None where there are too few points."""
    fit = staircase(points, delay_s)
    return None if fit is None else math.log(max(line_misfit(points), LEAST_MISFIT) / max(fit.misfit, LEAST_MISFIT))
