"""Where `def` falls behind `async`: an interval of concurrencies, not a point.

Rule 1: both styles are compared at the same concurrency within the same block, as the logarithm of a ratio.
Rule 2: a concurrency is below where the interval of its median ratio lies below 1.25, above where it lies above it, and
undecided otherwise; one with too few blocks for an interval is undecided.
Rule 3: the knee runs from the last concurrency that is below, before the first that is above, to that first one; what
is undecided between them belongs to the inside.
Rule 4: where Rule 2 lacks blocks to settle both ends, point medians take the place of all intervals, and nothing is
claimed.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from harness.analysis.estimates import estimate
from harness.analysis.expected import model_of
from harness.analysis.findings import Knee, LaunchFinding
from harness.analysis.tally import Kept, Tally
from harness.model.plan import BURST, Launch

THRESHOLD = 1.25
"""Far above the noise of a burst, far below the 2.0 of the first step of the staircase."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a knee is: above `low` and no later than at `high`; None where no concurrency measured bounds it."""

    low: int | None
    high: int | None
    claimed: bool


def knees(tally: Tally, launches: Mapping[Launch, LaunchFinding]) -> Iterator[Knee]:
    """The knee of every launch and client that measured both styles in bursts, where both have a model."""
    for (launch, client), log_ratios in _log_ratios(tally).items():
        bounds = bounds_of(log_ratios)
        yield Knee(
            launch,
            client,
            low=bounds.low,
            high=bounds.high,
            expected=_expected(launches[launch]),
            claimed=bounds.claimed,
            ratios={concurrency: math.exp(median(log_ratios[concurrency])) for concurrency in sorted(log_ratios)},
        )


def bounds_of(log_ratios: Mapping[int, Sequence[float]]) -> Bounds:
    """The bounds of the knee, from the log ratios of def to async by concurrency: one a block, at least one each."""
    estimates = {concurrency: estimate(log_ratios[concurrency]) for concurrency in sorted(log_ratios)}
    intervals = {
        concurrency: (found.low, found.high)
        for concurrency, found in estimates.items()
        if found.low is not None and found.high is not None
    }
    low, high = _between(intervals)
    if len(intervals) == len(estimates) or (low is not None and high is not None):
        return Bounds(low, high, claimed=True)
    low, high = _between({concurrency: (found.median, found.median) for concurrency, found in estimates.items()})
    return Bounds(low, high, claimed=False)


def _between(intervals: Mapping[int, tuple[float, float]]) -> tuple[int | None, int | None]:
    """Rule 3, for intervals of the log ratio in order of concurrency."""
    last_below = None
    for concurrency, (low, high) in intervals.items():
        if low > math.log(THRESHOLD):
            return last_below, concurrency
        if high < math.log(THRESHOLD):
            last_below = concurrency
    return last_below, None


def _log_ratios(tally: Tally) -> dict[tuple[Launch, str], dict[int, list[float]]]:
    """The log ratios of every launch and client, by concurrency, one for each block that measured both styles."""
    styles: dict[tuple[Launch, str, int], dict[str, dict[int, float]]] = {}
    for cell, kept in zip(tally.plan.cells, tally.cells, strict=True):
        if cell.executor == BURST and cell.style in {"def", "async"} and model_of(cell.launch.scenario, cell.style):
            key = (cell.launch, cell.client, cell.concurrency)
            styles.setdefault(key, {})[cell.style] = _durations_s(kept)
    log_ratios: dict[tuple[Launch, str], dict[int, list[float]]] = {}
    for (launch, client, concurrency), durations_s in styles.items():
        in_def, in_async = durations_s.get("def", {}), durations_s.get("async", {})
        both = [math.log(in_def[block] / in_async[block]) for block in in_def if block in in_async]
        if both:
            log_ratios.setdefault((launch, client), {})[concurrency] = both
    return log_ratios


def _durations_s(kept: Mapping[int, Kept]) -> dict[int, float]:
    return {block: sample.figures.duration_s for block, sample in kept.items() if sample.figures is not None}


def _expected(launch: LaunchFinding) -> int | None:
    """Where the model puts the knee if the workers share the requests evenly: the limit in force x the workers."""
    return launch.in_force.limiter_tokens * launch.in_force.workers if launch.in_force else None
