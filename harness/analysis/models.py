"""Ask the models of the scenarios what to expect of a cell, a style, a thread limit and a rate.

A journal outlives code: a scenario or a style that has since been removed has no model.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median

from harness.analysis.findings import Capacity, CellFinding, Choice, Curve, Knee, LaunchFinding, Option
from harness.model.executors import executor_of, load_of
from harness.model.groups import group_by
from harness.model.journal import InForce
from harness.model.plan import Cell, Launch, ThreadLimit
from harness.model.scenarios import Facts, Shape


def waits_for_the_limit(facts: Facts, cell: Cell) -> bool:
    """Return whether the requests of this cell take their threads from the thread limit."""
    return _find_shape(facts, cell.launch.scenario, cell.style) is Shape.LIMIT_WAVES


def bends_at_the_limit(facts: Facts, scenario: str) -> bool:
    """Return whether, by their models, only the thread limit makes `def` slower than `async` in a scenario."""
    shapes = _find_shape(facts, scenario, "def"), _find_shape(facts, scenario, "async")
    return shapes == (Shape.LIMIT_WAVES, Shape.AT_ONCE)


def _find_shape(facts: Facts, scenario: str, style: str) -> Shape | None:
    model = facts.models.get((scenario, style))
    return model.shape if model else None


def expect_s(facts: Facts, cell: Cell, in_force: InForce, busiest: int) -> float | None:
    """Return how long a burst should take, in seconds, if the busiest worker got `busiest` of its requests.

    More requests never take less time in a model, so the busiest worker is the last to finish.
    """
    model = facts.models.get((cell.launch.scenario, cell.style))
    if model is None or cell.launch.delay_s is None:
        return None
    return model.expect_s(cell.launch, busiest, in_force.limiter_tokens, in_force.executor_threads)


def measure_unevenness(workers: int, samples: Iterable[Sequence[int]]) -> float | None:
    """Return how many times an even share of the requests the busiest worker had, the median over samples.

    A sample is the requests of each worker, busiest first. None for a single worker, or without a request.
    """
    shares = [per_process[0] / sum(per_process) for per_process in samples if any(per_process)]
    return workers * median(shares) if workers > 1 and shares else None


def trace_curves(
    facts: Facts, cells: Iterable[CellFinding], launches: Mapping[Launch, LaunchFinding]
) -> Iterator[Curve]:
    """Yield a curve for each style and launch whose bursts have a model, up to the largest burst.

    Workers are assumed to share the requests evenly.
    """
    bursts = (one.cell for one in cells if one.model_s is not None and executor_of(one.cell).is_burst)
    for (launch, style), alike in group_by(bursts, lambda cell: (cell.launch, cell.style)).items():
        if in_force := launches[launch].in_force:
            sizes = range(1, max(cell.concurrency for cell in alike) + 1)
            points = [(requests, _expect_shared_s(facts, alike[0], in_force, requests)) for requests in sizes]
            yield Curve(launch, style, tuple(_keep_bends(points)))


def _keep_bends(points: Sequence[tuple[int, float]]) -> Iterator[tuple[int, float]]:
    """Yield the first point, the last, and each at which the slope changes by more than rounding."""
    yield points[0]
    for (_, before_s), point, (_, after_s) in zip(points, points[1:], points[2:], strict=False):
        if abs((point[1] - before_s) - (after_s - point[1])) > 1e-9 * max(point[1], 1e-9):
            yield point
    if len(points) > 1:
        yield points[-1]


def compare_options(
    facts: Facts,
    cells: Iterable[CellFinding],
    launches: Mapping[Launch, LaunchFinding],
    knees: Iterable[Knee],
    difference: float,
) -> Choice | None:
    """Return the options for one large burst, under the conditions of the largest burst of `def`.

    It is the largest that fills its last wave of threads, which tells limits apart and flatters none. The engine's
    bursts come before those of other clients. None if no burst of `def` has a model that bends at the limit.
    `difference` is the practical difference.
    """
    modelled = [
        finding
        for finding in cells
        if finding.model_s is not None
        and executor_of(finding.cell).is_burst
        and bends_at_the_limit(facts, finding.cell.launch.scenario)
    ]
    alike = group_by(modelled, _list_conditions)
    bursts = {
        conditions: size for conditions, found in alike.items() if (size := _find_largest_full(found)) is not None
    }
    if not bursts:
        return None
    chosen = max(bursts, key=lambda conditions: (bursts[conditions], conditions[-1] == "engine"))
    found, concurrency = alike[chosen], bursts[chosen]
    in_force = {launch: started.in_force for launch, started in launches.items() if started.in_force is not None}
    options = (
        *_list_measured(facts, found, in_force, concurrency),
        *_add_a_thread_each(facts, found, in_force, concurrency),
    )
    claimed = [knee for knee in knees if knee.claimed]
    dearest = max((ratio for knee in claimed for ratio in knee.ratios_up_to_low), default=0.0)
    return Choice(
        found[0].cell.launch,
        found[0].cell.client,
        concurrency,
        options,
        knees_agree=not any(knee.placement.contradicts_the_model for knee in claimed) if claimed else None,
        price=dearest if dearest > 1 + difference else None,
    )


def _list_conditions(finding: CellFinding) -> tuple[str, float | None, int, str]:
    launch = finding.cell.launch
    return launch.scenario, launch.delay_s, launch.workers, finding.cell.client


def _find_largest_full(found: Sequence[CellFinding]) -> int | None:
    """Return the most requests of `def` that fill their last wave, or the most of all if none do."""
    in_def = [finding for finding in found if finding.cell.style == "def" and finding.limiter_tokens]
    full = [finding.cell.concurrency for finding in in_def if finding.cell.concurrency % finding.threads == 0]
    return max(full or [finding.cell.concurrency for finding in in_def], default=None)


def _list_measured(
    facts: Facts, found: Iterable[CellFinding], in_force: Mapping[Launch, InForce], concurrency: int
) -> Iterator[Option]:
    """Yield each style as it was measured, once for each limit if it waits for the limit."""

    def find_limit(cell: Cell) -> ThreadLimit | None:
        return cell.launch.thread_limit if waits_for_the_limit(facts, cell) else None

    for (style, limit), those in group_by(found, lambda one: (one.cell.style, find_limit(one.cell))).items():
        cell = those[0].cell
        took_s = sorted(
            one.median_s
            for one in those
            if one.cell.concurrency == concurrency and one.median_s is not None and not one.bound
        )
        threads = None if limit is None else in_force[cell.launch].limiter_tokens
        yield Option(
            style, limit, threads, tuple(took_s), _expect_shared_s(facts, cell, in_force[cell.launch], concurrency)
        )


def _add_a_thread_each(
    facts: Facts, found: Iterable[CellFinding], in_force: Mapping[Launch, InForce], concurrency: int
) -> Iterator[Option]:
    """Yield `def` with a thread for each request, unless a measured limit is that high."""
    in_def = [finding.cell for finding in found if finding.cell.style == "def"]
    threads = math.ceil(concurrency / in_def[0].launch.workers)
    if all(in_force[cell.launch].limiter_tokens < threads for cell in in_def):
        started = replace(in_force[in_def[0].launch], limiter_tokens=threads)
        yield Option("def", threads, threads, (), _expect_shared_s(facts, in_def[0], started, concurrency))


def _expect_shared_s(facts: Facts, cell: Cell, in_force: InForce, concurrency: int) -> float:
    """Return how long the model expects a burst to take that the workers share evenly."""
    expected = expect_s(facts, cell, in_force, math.ceil(concurrency / cell.launch.workers))
    assert expected is not None  # only cells that have a model get here
    return expected


def find_capacity(facts: Facts, cells: Iterable[CellFinding]) -> Capacity | None:
    """Return the capacity of `def` at its highest rate in an open loop, None if no call takes time.

    By Little's law the calls under way are the rate times the time of one, and each of them has a thread.
    """
    asked = [
        finding
        for finding in cells
        if executor_of(finding.cell).is_open_loop
        and finding.cell.style == "def"
        and waits_for_the_limit(facts, finding.cell)
        and finding.limiter_tokens
        and finding.cell.launch.delay_s
    ]
    if not asked:
        return None
    first = max(asked, key=lambda finding: load_of(finding.cell))
    rate, delay_s, threads = load_of(first.cell), first.cell.launch.delay_s or 0.0, first.threads
    alike = [one for one in asked if (load_of(one.cell), one.cell.launch.delay_s) == (rate, delay_s)]
    answered = sorted(one.rps for one in alike if one.threads == threads and one.rps is not None and not one.bound)
    # A product that is whole but for rounding takes no further thread.
    needed = math.ceil(round(rate * delay_s, 6))
    return Capacity(delay_s, rate, threads, threads / delay_s, needed, tuple(answered))
