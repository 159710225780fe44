"""Where `def` falls behind `async`: an interval of concurrencies, not a point.

Rule 1: both styles are compared at the same concurrency within the same block, as the logarithm of a ratio.
Rule 2: a concurrency is below if the interval of its median ratio lies below 1.25, above if it lies above, and
undecided otherwise. One with too few blocks for an interval is undecided, and so is one that lost a block, which may
have been the slowest.
Rule 3: the knee runs from the last concurrency that is below, before the first that is above, to that first one.
Anything undecided in between belongs to the inside.
Rule 4: the model expects the knee where the busiest worker has more requests than threads. Which requests that worker
had was measured: servers need not share them out evenly.
Rule 5: if Rule 2 lacks blocks to settle both ends, point medians replace all intervals, and nothing is claimed. Nor is
it if the figures are not the server's, or if the A/A control differs from itself.
"""

import math
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from harness.analysis.comparisons import withhold_if_bound
from harness.analysis.findings import Control, Explanation, Knee, LaunchFinding, Placement, Steps, Withheld, Withholding
from harness.analysis.models import bends_at_the_limit, measure_unevenness
from harness.analysis.ratios import count_lost_blocks, log_ratios
from harness.analysis.statistics.estimates import estimate, exponentiate
from harness.analysis.statistics.staircase import Point, line_misfit, staircase
from harness.analysis.tally import SamplesByBlock, Tally, figures_by_block
from harness.model.executors import executor_of
from harness.model.journal import InForce
from harness.model.plan import Launch

THRESHOLD = 1.25
"""Far above the noise of a burst, far below the 2.0 of the first step of the staircase."""

LEAST_MISFIT = 1e-6
"""The least misfit that counts: a ratio needs something to divide by."""

Bursts = dict[int, dict[str, SamplesByBlock]]
"""The blocks of both styles, by concurrency."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The requests of the busiest worker at each concurrency that a knee is read from, the median over blocks.

    `limit` is the threads of each of the `workers`, None if it is not known.
    """

    limit: int | None
    workers: int
    busiest: Mapping[int, float]

    @property
    def even(self) -> "Spread":
        """Return the same requests, shared out evenly."""
        return replace(self, busiest={at_once: math.ceil(at_once / self.workers) for at_once in self.busiest})

    def unevenness_at(self, at_once: int | None) -> float | None:
        """Return how many times an even share the busiest worker had, None for a single worker."""
        return None if at_once is None or self.workers == 1 else self.busiest[at_once] * self.workers / at_once


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a knee is: above `low` and no later than at `high`; None if no measured concurrency bounds it."""

    low: int | None
    high: int | None
    claimed: bool

    @property
    def measured_at(self) -> list[int]:
        """Return the loads that bound it."""
        return [load for load in (self.low, self.high) if load is not None]


def find_knees(tally: Tally, launches: Mapping[Launch, LaunchFinding], control: Control | None) -> Iterator[Knee]:
    """Yield the knee of every launch and client whose bursts of both styles should bend at the thread limit."""
    for (launch, client), bursts in _group_bursts(tally).items():
        logs = {
            concurrency: found
            for concurrency, styles in bursts.items()
            if (found := log_ratios(styles.get("def", {}), styles.get("async", {})))
        }
        if not logs:
            continue
        lost = {at_once for at_once in logs if count_lost_blocks(bursts[at_once]["def"], bursts[at_once]["async"])}
        bounds = find_bounds(logs, lost, sequential=tally.is_sequential)
        ratios = {concurrency: math.exp(median(logs[concurrency])) for concurrency in sorted(logs)}
        in_def = [styles["def"] for styles in bursts.values() if "def" in styles]
        in_force = launches[launch].in_force
        spread = spread_requests({at_once: bursts[at_once]["def"] for at_once in sorted(logs)}, in_force)
        why = withhold_if_bound(*(blocks for styles in bursts.values() for blocks in styles.values()))
        if control is not None and control.differs:
            why = Withholding(Withheld.CONTROL_DIFFERS)
        yield Knee(
            launch,
            client,
            low=bounds.low,
            high=bounds.high,
            expected=in_force.limiter_tokens * in_force.workers if in_force else None,
            claimed=bounds.claimed and why is None,
            placement=place_knee(bounds.low, bounds.high, spread),
            ratios=ratios,
            waves=None if bounds.high is None else _count_waves(bursts[bounds.high], ratios[bounds.high]),
            steps=fit_steps(in_def, launch.delay_s, sequential=tally.is_sequential),
            withheld=why if bounds.claimed else None,
            unevenness=spread.unevenness_at(bounds.low if bounds.high is None else bounds.high),
            explanation=explain_placement(bounds.low, bounds.high, spread),
            blocks=min(len(logs[load]) for load in bounds.measured_at or logs),
        )


def _group_bursts(tally: Tally) -> dict[tuple[Launch, str], Bursts]:
    """Return the bursts of every launch and client that should bend at the thread limit."""
    found: dict[tuple[Launch, str], Bursts] = {}
    for cell, blocks in zip(tally.plan.cells, tally.cells, strict=True):
        bends = cell.style in ("def", "async") and bends_at_the_limit(tally.facts, cell.launch.scenario)
        if bends and executor_of(cell).is_burst and cell.launch.server not in tally.plan.control_names:
            bursts = found.setdefault((cell.launch, cell.client), {})
            bursts.setdefault(cell.concurrency, {})[cell.style] = blocks
    return found


def find_bounds(
    log_ratios: Mapping[int, Sequence[float]], lost: Container[int] = (), *, sequential: bool = False
) -> Bounds:
    """Return the bounds of the knee, from the log ratios of `def` to `async` by concurrency, at least one each.

    A concurrency in `lost` has a block that gave no figure.
    """
    estimates = {
        concurrency: estimate(log_ratios[concurrency], sequential=sequential) for concurrency in sorted(log_ratios)
    }
    intervals = {
        concurrency: (found.low, found.high)
        for concurrency, found in estimates.items()
        if found.low is not None and found.high is not None and concurrency not in lost
    }
    low, high = _find_ends(intervals)
    if len(intervals) == len(estimates) or (low is not None and high is not None):
        return Bounds(low, high, claimed=True)
    low, high = _find_ends({concurrency: (found.median, found.median) for concurrency, found in estimates.items()})
    return Bounds(low, high, claimed=False)


def _find_ends(intervals: Mapping[int, tuple[float, float]]) -> tuple[int | None, int | None]:
    """Return the ends of the knee by Rule 3, from intervals of the log ratio in order of concurrency."""
    last_below = None
    for concurrency, (low, high) in intervals.items():
        if low > math.log(THRESHOLD):
            return last_below, concurrency
        if high < math.log(THRESHOLD):
            last_below = concurrency
    return last_below, None


def spread_requests(in_def: Mapping[int, SamplesByBlock], in_force: InForce | None) -> Spread:
    """Return how the bursts of `def` were split between the workers, by concurrency."""
    workers = in_force.workers if in_force else 1
    unevenness = {
        at_once: measure_unevenness(workers, [each.per_process for each in figures_by_block(blocks).values()])
        for at_once, blocks in in_def.items()
    }
    # Rounded, since a share of a count is a count again.
    busiest = {at_once: round((each or 1.0) * at_once / workers, 6) for at_once, each in unevenness.items()}
    return Spread(in_force.limiter_tokens if in_force else None, workers, busiest)


def place_knee(low: int | None, high: int | None, spread: Spread) -> Placement:  # noqa: PLR0911 - it reads as a table
    """Return how a knee lies to where the model expects it, which is where the busiest worker is out of threads."""
    if low is None and high is None:
        return Placement.UNDECIDED
    if spread.limit is None:
        return Placement.LIMIT_UNKNOWN
    if low is not None and spread.busiest[low] > spread.limit:
        return Placement.LATER
    if high is None:
        return Placement.NOT_REACHED
    if spread.busiest[high] <= spread.limit:
        return Placement.SOONER
    if low is None or any(low < at_once < high for at_once in spread.busiest):
        return Placement.UNDECIDED_BETWEEN
    return Placement.AS_EXPECTED


def explain_placement(low: int | None, high: int | None, spread: Spread) -> Explanation | None:
    """Return why a knee agrees with the model, if it would not had the workers had even shares."""
    agrees = not place_knee(low, high, spread).contradicts_the_model
    is_explained = agrees and place_knee(low, high, spread.even).contradicts_the_model
    return Explanation.UNEVEN_WORKERS if is_explained else None


def _count_waves(styles: Mapping[str, SamplesByBlock], ratio: float) -> int | None:
    """Return how many waves of threads `def` took, None if the models and the measured ratio disagree, or for one."""
    models_s = [
        [figures.model_s for figures in figures_by_block(styles[style]).values() if figures.model_s]
        for style in ("def", "async")
    ]
    if not all(models_s):
        return None
    waves = round(median(models_s[0]) / median(models_s[1]))
    return waves if waves == round(ratio) != 1 else None


def fit_steps(bursts: Sequence[SamplesByBlock], delay_s: float | None, *, sequential: bool) -> Steps | None:
    """Return how well the bursts of one launch fit a staircase and a line; None with too few points for either.

    A point is the load of the busiest worker: the others do not wait for anyone.
    """
    if delay_s is None:
        return None
    points: dict[int, list[Point]] = defaultdict(list)
    for blocks in bursts:
        for block, figures in figures_by_block(blocks).items():
            points[block].append((figures.per_process[0], figures.duration_s))
    return fit_points([points[block] for block in sorted(points)], delay_s, sequential=sequential)


def fit_points(by_block: Sequence[Sequence[Point]], delay_s: float, *, sequential: bool) -> Steps | None:
    """Return how well the points of each block fit a staircase and a line; None with too few points for either."""
    took_s: dict[int, list[float]] = defaultdict(list)
    for requests, duration_s in (point for points in by_block for point in points):
        took_s[requests].append(duration_s)
    together = [(requests, median(took_s[requests])) for requests in sorted(took_s)]
    fit = staircase(together, delay_s)
    logs = [
        math.log(max(line_misfit(points), LEAST_MISFIT) / max(of_block.misfit, LEAST_MISFIT))
        for points in by_block
        if (of_block := staircase(points, delay_s)) is not None
    ]
    if fit is None or not logs:
        return None
    found = exponentiate(estimate(logs, sequential=sequential))
    return Steps(fit, line_misfit(together), found.median, found.low, found.high)
