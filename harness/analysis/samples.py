"""Read the figures of good windows: a few numbers, and the times of their requests in compact columns."""

import math
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import accumulate, chain, repeat, zip_longest
from operator import sub
from statistics import geometric_mean, median

from harness.analysis.findings import Percentiles
from harness.analysis.models import expect_s
from harness.analysis.statistics.estimates import count_needed
from harness.model.errors import InputError
from harness.model.executors import executor_of
from harness.model.journal import ClientCost, Distribution, InForce, Requests, Steady, Window
from harness.model.outcomes import RequestOutcome
from harness.model.plan import Cell
from harness.model.scenarios import Facts

US_PER_MS = 1000


@dataclass(frozen=True, slots=True)
class Times:
    """Times in microseconds, in any order, and how often each was seen; `count` is None if each was seen once."""

    us: "array[int]"
    count: "array[int] | None" = None

    def __len__(self) -> int:
        """Return the number of times."""
        return len(self.us) if self.count is None else sum(self.count)


@dataclass(frozen=True, slots=True)
class SampleFigures:
    """The figures of good windows: of a single one, or of all windows of a cell in one block.

    `duration_s` is the time until the last answer of a burst, the median over its windows, or all measured time of a
    steady executor; `load_s` adds up all windows of either. `cost_s` is the time that cells are compared by, the
    geometric mean of `costs_s`, which has it by window: None for an open loop that dropped requests. `model_s` is what
    a burst should take. `answered` counts the checked answers, without those that say that they gave up; `per_process`
    counts all answers of each worker process, busiest first, in a typical burst or in all windows; `peak_handlers` is
    the most concurrent handlers in one of them. `wait`, `work` and `wire` are the parts of `latency`, `by_class` has it
    by class of requests. `lag` is that of an open loop. `client` is what the load generator spent. `windows` are those
    of the journal, without their answers.
    """

    duration_s: float
    load_s: float
    cost_s: float | None
    costs_s: tuple[float, ...]
    model_s: float | None
    answered: int
    per_process: tuple[int, ...]
    peak_handlers: int
    latency: Times
    wait: Times
    work: Times
    wire: Times
    client: ClientCost
    windows: tuple[Window, ...]
    lag: Times | None = None
    late: int = 0
    dropped: int = 0
    by_class: Mapping[str, Times] = field(default_factory=dict)


def read_figures(facts: Facts, cell: Cell, window: Window, in_force: InForce | None) -> SampleFigures:
    """Return the figures of a window that the journal calls ok; raise InputError if it lacks any of them."""
    rest, has_window = replace(window, requests=None, steady=None), executor_of(cell).has_window
    if in_force is not None and window.duration_s and window.duration_s > 0 and window.client is not None:
        if not has_window and window.requests is not None and window.requests.process:
            model = partial(expect_s, facts, cell, in_force)
            return _read_burst(rest, window.duration_s, window.client, window.requests, model)
        if has_window and window.steady is not None and window.steady.answered and window.steady.window_s:
            return _read_window(cell, rest, window.client, window.steady)
    raise InputError(
        f"block {window.block}, cell {window.cell}: the journal calls a window ok that lacks its duration, its "
        f"requests, its client's cost or what was in force; was it edited?"
    )


def merge_figures(cell: Cell, windows: Sequence[SampleFigures]) -> SampleFigures:
    """Return the figures of all windows of a cell in one block; times are pooled, so that percentiles are of all.

    What a block costs is the geometric mean of its windows; two cells are compared round by round (statistics/rounds).
    """
    first = windows[0]
    if len(windows) == 1:
        return first
    is_burst = executor_of(cell).is_burst
    load_s = sum(one.load_s for one in windows)
    duration_s = median(one.duration_s for one in windows) if is_burst else load_s
    typical = min(windows, key=lambda one: abs(one.duration_s - duration_s))
    answered = sum(one.answered for one in windows)
    costs_s = tuple(cost_s for one in windows for cost_s in one.costs_s)
    return SampleFigures(
        duration_s=duration_s,
        load_s=load_s,
        cost_s=geometric_mean(costs_s) if len(costs_s) == len(windows) else None,
        costs_s=costs_s,
        model_s=typical.model_s,
        answered=answered,
        per_process=typical.per_process if is_burst else _add_by_rank([one.per_process for one in windows]),
        peak_handlers=max(one.peak_handlers for one in windows),
        **{part: pool([getattr(one, part) for one in windows]) for part in ("latency", "wait", "work", "wire")},
        client=_add_client_costs([one.client for one in windows]),
        windows=tuple(window for one in windows for window in one.windows),
        lag=None if first.lag is None else pool([one.lag for one in windows if one.lag is not None]),
        late=sum(one.late for one in windows),
        dropped=sum(one.dropped for one in windows),
        by_class={
            name: pool([one.by_class[name] for one in windows if name in one.by_class])
            for name in dict.fromkeys(name for one in windows for name in one.by_class)
        },
    )


def _add_by_rank(per_process: Sequence[Sequence[int]]) -> tuple[int, ...]:
    return tuple(map(sum, zip_longest(*per_process, fillvalue=0)))


def _add_client_costs(costs: Sequence[ClientCost]) -> ClientCost:
    return ClientCost(
        cpu_s=sum(one.cpu_s for one in costs),
        send_span_s=median(one.send_span_s for one in costs),
        late_connections=sum(one.late_connections for one in costs),
        peak_memory_mb=max((one.peak_memory_mb for one in costs if one.peak_memory_mb is not None), default=None),
    )


def _read_burst(
    window: Window, duration_s: float, client: ClientCost, requests: Requests, model: Callable[[int], float | None]
) -> SampleFigures:
    per_process = tuple(sorted(Counter(requests.process).values(), reverse=True))
    # All times count from the common start: the time outside the app lies before the entry and after the end.
    after_end = map(sub, requests.answered_us, requests.ended_us)
    return SampleFigures(
        duration_s=duration_s,
        load_s=duration_s,
        cost_s=duration_s,
        costs_s=(duration_s,),
        model_s=model(per_process[0]),
        answered=(window.outcomes or {}).get(RequestOutcome.OK, 0),
        per_process=per_process,
        peak_handlers=max(requests.running),
        latency=pack_column(requests.answered_us),
        wait=pack_column(map(sub, requests.started_us, requests.entered_us)),
        work=pack_column(map(sub, requests.ended_us, requests.started_us)),
        wire=pack_column(map(int.__add__, requests.entered_us, after_end)),
        client=client,
        windows=(window,),
        by_class=_split_by_class(requests),
    )


def _read_window(cell: Cell, window: Window, client: ClientCost, steady: Steady) -> SampleFigures:
    answered, is_open_loop = _count_answers(window.outcomes or {}, steady), executor_of(cell).is_open_loop
    cost_s = steady.window_s / answered if answered else None
    if is_open_loop:
        # Requests that were dropped would have had the longest latencies: without them the mean flatters.
        cost_s = None if steady.dropped or not steady.mean_latency_us else steady.mean_latency_us / 1e6
    return SampleFigures(
        duration_s=steady.window_s,
        load_s=steady.window_s,
        cost_s=cost_s,
        costs_s=() if cost_s is None else (cost_s,),
        model_s=None,
        answered=answered,
        per_process=tuple(sorted(steady.per_process, reverse=True)),
        peak_handlers=steady.peak_running,
        latency=pack_distribution(steady.latency),
        wait=pack_distribution(steady.wait),
        work=pack_distribution(steady.work),
        wire=pack_distribution(steady.wire),
        client=client,
        windows=(window,),
        lag=pack_distribution(steady.lag) if is_open_loop else None,
        late=steady.late,
        dropped=steady.dropped,
        by_class={name: pack_distribution(latency) for name, latency in (steady.by_class or {}).items()},
    )


def _count_answers(outcomes: Mapping[str, int], steady: Steady) -> int:
    """Return how many of the answers in the window did not say that they gave up.

    An open loop counts outcomes of the requests that were due in the window: of these, the share is taken.
    """
    gave_up, good = outcomes.get(RequestOutcome.GAVE_UP, 0), outcomes.get(RequestOutcome.OK, 0)
    return round(steady.answered * (1 - gave_up / (gave_up + good))) if gave_up else steady.answered


def _split_by_class(requests: Requests) -> dict[str, Times]:
    """Return the latencies of each class of requests, in the order in which the scenario names them."""
    if requests.classes is None or requests.of_class is None:
        return {}
    answered_us: list[list[int]] = [[] for _ in requests.classes]
    for of_class, us in zip(requests.of_class, requests.answered_us, strict=True):
        answered_us[of_class].append(us)
    return {name: pack_column(us) for name, us in zip(requests.classes, answered_us, strict=True)}


def pack_column(us: Iterable[int]) -> Times:
    """Return times that are written down one by one."""
    column = list(us)
    try:
        return Times(array("i", column))
    except OverflowError:  # over half an hour: only these few samples pay twice the memory
        return Times(array("q", column))


def pack_distribution(times: Distribution) -> Times:
    """Return times that are counted."""
    return Times(array("q", times.us), array("q", times.count))


def pool(every: Sequence[Times]) -> Times:
    """Return all these times together, without counts if none of them has any."""
    if all(times.count is None for times in every):
        return pack_column(chain.from_iterable(times.us for times in every))
    ordered, up_to = _order(every)
    counts = map(sub, up_to, chain([0], up_to))
    return Times(array("q", ordered), array("q", counts))


def find_percentiles(every: Iterable[Times]) -> Percentiles | None:
    """Return the median and the tails of all these times together, None if there is not one."""
    ordered, up_to = _order(list(every))
    requests = up_to[-1] if up_to else 0
    if not requests:
        return None

    def at_rank_us(rank: int) -> int:
        return ordered[bisect_left(up_to, rank)]

    def tail_ms(share: float) -> float | None:
        return None if requests < count_needed(share) else at_rank_us(math.ceil(share * requests)) / US_PER_MS

    middle_us = (at_rank_us((requests + 1) // 2) + at_rank_us(requests // 2 + 1)) / 2
    return Percentiles(middle_us / US_PER_MS, tail_ms(0.95), tail_ms(0.99))


def _order(every: Sequence[Times]) -> tuple[Sequence[int], Sequence[int]]:
    """Return all these times in order, and how many there are up to each of them."""
    if all(times.count is None for times in every):
        ordered = sorted(chain.from_iterable(times.us for times in every))
        return ordered, range(1, len(ordered) + 1)
    counts: Counter[int] = Counter()
    for times in every:
        for us, count in zip(times.us, repeat(1) if times.count is None else times.count, strict=False):
            counts[us] += count
    ordered = sorted(counts)
    return ordered, list(accumulate(counts[us] for us in ordered))
