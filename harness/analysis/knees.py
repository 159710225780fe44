"""Where `def` falls behind `async`: an interval of concurrencies, not a point.

Rule 1: both styles are compared at the same concurrency within the same block, as the logarithm of a ratio.
Rule 2: a concurrency is below where the interval of its median ratio lies below 1.25, above where it lies above it, and
undecided otherwise; one with too few blocks for an interval is undecided, and one that lost a block: what was lost may
have been the slowest.
Rule 3: the knee runs from the last concurrency that is below, before the first that is above, to that first one; what
is undecided between them belongs to the inside.
Rule 4: where Rule 2 lacks blocks to settle both ends, point medians take the place of all intervals, and nothing is
claimed. Nor is it where the figures are not the server's, or the A/A control differs from itself.
"""

import math
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from harness.analysis.comparisons import CONTROL_REASON, log_ratios, lost_blocks, reason_of_bound
from harness.analysis.findings import Control, Knee, LaunchFinding, Steps
from harness.analysis.models import bends_at_the_limit
from harness.analysis.statistics.estimates import estimate, of_logs
from harness.analysis.statistics.staircase import Point, line_misfit, staircase
from harness.analysis.tally import Blocks, Tally
from harness.model.plan import BURST, Launch

THRESHOLD = 1.25
"""Far above the noise of a burst, far below the 2.0 of the first step of the staircase."""

LEAST_MISFIT = 1e-6
"""What is closer than this to a model fits it perfectly: a ratio needs something to divide by."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a knee is: above `low` and no later than at `high`; None where no concurrency measured bounds it."""

    low: int | None
    high: int | None
    claimed: bool


def knees(tally: Tally, launches: Mapping[Launch, LaunchFinding], control: Control | None) -> Iterator[Knee]:
    """The knee of every launch and client that measured both styles in bursts, where the models put it at the limit."""
    for (launch, client), bursts in _bursts(tally).items():
        by_concurrency = {
            concurrency: logs
            for concurrency, styles in bursts.items()
            if (logs := log_ratios(styles.get("def", {}), styles.get("async", {})))
        }
        if not by_concurrency:
            continue
        lost = {at_once for at_once in by_concurrency if lost_blocks(bursts[at_once]["def"], bursts[at_once]["async"])}
        bounds = bounds_of(by_concurrency, lost, sequential=tally.is_sequential)
        reason = _reason(bursts.values(), control)
        yield Knee(
            launch,
            client,
            low=bounds.low,
            high=bounds.high,
            expected=_expected(launches[launch]),
            claimed=bounds.claimed and reason is None,
            ratios={concurrency: math.exp(median(logs)) for concurrency, logs in sorted(by_concurrency.items())},
            steps=steps(
                [styles["def"] for styles in bursts.values() if "def" in styles],
                launch.delay_s,
                sequential=tally.is_sequential,
            ),
            reason=reason if bounds.claimed else None,
        )


def _reason(bursts: Iterable[Mapping[str, Blocks]], control: Control | None) -> str | None:
    """Why nothing may be claimed of these bursts, however many blocks there are."""
    if control is not None and control.within is False:
        return CONTROL_REASON
    return reason_of_bound(*(blocks for styles in bursts for blocks in styles.values()))


def bounds_of(
    log_ratios: Mapping[int, Sequence[float]], lost: Container[int] = (), *, sequential: bool = False
) -> Bounds:
    """The bounds of the knee, from the log ratios of def to async by concurrency: one a block, at least one each.

    At the concurrencies in `lost`, some block gave no figure.
    """
    estimates = {
        concurrency: estimate(log_ratios[concurrency], sequential=sequential) for concurrency in sorted(log_ratios)
    }
    intervals = {
        concurrency: (found.low, found.high)
        for concurrency, found in estimates.items()
        if found.low is not None and found.high is not None and concurrency not in lost
    }
    low, high = _between(intervals)
    if len(intervals) == len(estimates) or (low is not None and high is not None):
        return Bounds(low, high, claimed=True)
    low, high = _between({concurrency: (found.median, found.median) for concurrency, found in estimates.items()})
    return Bounds(low, high, claimed=False)


def interval(knee: Knee) -> str:
    """A knee that has an end at least, as an interval, open below, closed above."""
    if knee.high is None:
        return f"above {knee.low}"
    return f"at most {knee.high}" if knee.low is None else f"({knee.low}, {knee.high}]"


def _between(intervals: Mapping[int, tuple[float, float]]) -> tuple[int | None, int | None]:
    """Rule 3, for intervals of the log ratio in order of concurrency."""
    last_below = None
    for concurrency, (low, high) in intervals.items():
        if low > math.log(THRESHOLD):
            return last_below, concurrency
        if high < math.log(THRESHOLD):
            last_below = concurrency
    return last_below, None


def _bursts(tally: Tally) -> dict[tuple[Launch, str], dict[int, dict[str, Blocks]]]:
    """What was kept of both styles, of every launch and client, by concurrency."""
    bursts: dict[tuple[Launch, str], dict[int, dict[str, Blocks]]] = {}
    for cell, kept in zip(tally.plan.cells, tally.cells, strict=True):
        bends = cell.style in {"def", "async"} and bends_at_the_limit(cell.launch.scenario)
        if cell.executor == BURST and bends and cell.launch.server not in tally.plan.control_names:
            of_launch = bursts.setdefault((cell.launch, cell.client), {})
            of_launch.setdefault(cell.concurrency, {})[cell.style] = kept
    return bursts


def _expected(launch: LaunchFinding) -> int | None:
    """Where the model puts the knee if the workers share the requests evenly: the limit in force x the workers."""
    return launch.in_force.limiter_tokens * launch.in_force.workers if launch.in_force else None


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
