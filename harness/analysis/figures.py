"""From a good sample to what is kept of it: a few numbers, and its times in compact columns."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import sub

from harness.analysis.models import expected_s
from harness.analysis.times import Times, of_column, of_distribution
from harness.model.errors import InputError
from harness.model.journal import (
    ClientCost,
    Health,
    Host,
    InForce,
    Requests,
    Sample,
    ServerCost,
    Steady,
    Upstream,
)
from harness.model.outcomes import RequestOutcome
from harness.model.plan import BURST, OPEN_LOOPS, Cell


@dataclass(frozen=True, slots=True)
class Punctuality:
    """How an open loop kept to its schedule: the lag of its sends, and how many had to wait or were never sent."""

    lag: Times
    late: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What a good sample measured.

    `duration_s` is the time until the last answer of a burst, for which there may be a model, or the window of a steady
    executor. `cost_s` is what cells are compared by, less being better: that time of a burst, the time per answer of a
    closed loop, the mean latency of an open loop, where requests that were dropped leave none. `answered` counts the
    checked answers in it, but for those that say that they gave up, `per_process` all answers of each worker process,
    busiest first, `peak_handlers` the most handlers that ran at once in one of them. `wait`, `work` and `wire` are the
    parts of `latency`, `by_class` has it by the class of the requests where there are several.
    """

    duration_s: float
    cost_s: float | None
    model_s: float | None
    answered: int
    per_process: tuple[int, ...]
    peak_handlers: int
    latency: Times
    wait: Times
    work: Times
    wire: Times
    punctuality: Punctuality | None
    client: ClientCost
    server: ServerCost | None
    host: Host | None
    health: Health | None
    upstream: Upstream | None
    by_class: Mapping[str, Times] = field(default_factory=dict)


def figures(cell: Cell, sample: Sample, in_force: InForce | None) -> Figures:
    """The figures of a sample that the journal calls ok; raises InputError where it lacks what makes it so."""
    if in_force is not None and sample.duration_s and sample.duration_s > 0 and sample.client is not None:
        if cell.executor == BURST and sample.requests is not None and sample.requests.process:
            return _of_burst(cell, sample, sample.duration_s, sample.client, sample.requests, in_force)
        if cell.executor != BURST and sample.steady is not None and sample.steady.answered and sample.steady.window_s:
            return _of_steady(cell, sample, sample.client, sample.steady)
    raise InputError(
        f"block {sample.block}, cell {sample.cell}: the journal calls a sample ok that lacks its duration, its "
        f"requests, its client's cost or what was in force; was it edited?"
    )


def _of_burst(
    cell: Cell, sample: Sample, duration_s: float, client: ClientCost, requests: Requests, in_force: InForce
) -> Figures:
    per_process = _busiest_first(Counter(requests.process).values())
    return Figures(
        duration_s=duration_s,
        cost_s=duration_s,
        model_s=expected_s(cell, in_force, busiest=per_process[0]),
        answered=(sample.outcomes or {}).get(RequestOutcome.OK, 0),
        per_process=per_process,
        peak_handlers=max(requests.running),
        latency=of_column(requests.answered_us),
        wait=of_column(map(sub, requests.started_us, requests.entered_us)),
        work=of_column(map(sub, requests.ended_us, requests.started_us)),
        wire=of_column(_outside_the_app(requests)),
        punctuality=None,
        client=client,
        server=sample.server,
        host=sample.host,
        health=sample.health,
        upstream=sample.upstream,
        by_class=_by_class(requests),
    )


def _of_steady(cell: Cell, sample: Sample, client: ClientCost, steady: Steady) -> Figures:
    lag = Punctuality(of_distribution(steady.lag), steady.late, steady.dropped)
    answered = _not_in_vain(sample.outcomes or {}, steady)
    return Figures(
        duration_s=steady.window_s,
        cost_s=_cost_s(cell, steady, answered),
        model_s=None,
        answered=answered,
        per_process=_busiest_first(steady.per_process),
        peak_handlers=steady.peak_running,
        latency=of_distribution(steady.latency),
        wait=of_distribution(steady.wait),
        work=of_distribution(steady.work),
        wire=of_distribution(steady.wire),
        punctuality=lag if cell.executor in OPEN_LOOPS else None,
        client=client,
        server=sample.server,
        host=sample.host,
        health=sample.health,
        upstream=sample.upstream,
        by_class={name: of_distribution(latency) for name, latency in (steady.by_class or {}).items()},
    )


def _not_in_vain(outcomes: Mapping[str, int], steady: Steady) -> int:
    """How many of the answers that came in the window did not say that they gave up.

    An open loop counts what became of the requests that were due in it instead: of these, the share is taken.
    """
    gave_up = outcomes.get(RequestOutcome.GAVE_UP, 0)
    return (
        round(steady.answered * (1 - gave_up / (gave_up + outcomes.get(RequestOutcome.OK, 0))))
        if gave_up
        else steady.answered
    )


def _cost_s(cell: Cell, steady: Steady, answered: int) -> float | None:
    if cell.executor not in OPEN_LOOPS:
        return steady.window_s / answered if answered else None
    # What was dropped would have had the longest latencies: without them the mean flatters.
    return None if steady.dropped or not steady.mean_latency_us else steady.mean_latency_us / 1e6


def _by_class(requests: Requests) -> dict[str, Times]:
    """When the requests of each class were answered, in the order in which the scenario names them."""
    if requests.classes is None or requests.of_class is None:
        return {}
    answered_us: list[list[int]] = [[] for _ in requests.classes]
    for of_class, us in zip(requests.of_class, requests.answered_us, strict=True):
        answered_us[of_class].append(us)
    return {name: of_column(us) for name, us in zip(requests.classes, answered_us, strict=True)}


def _busiest_first(requests: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(requests, reverse=True))


def _outside_the_app(requests: Requests) -> Iterable[int]:
    """What lies before the entry and after the end of each request; all times count from the common start."""
    return (
        entered + answered - ended
        for entered, ended, answered in zip(requests.entered_us, requests.ended_us, requests.answered_us, strict=True)
    )
