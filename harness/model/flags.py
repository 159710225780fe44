"""Reasons to doubt a window: a closed set, found from the window alone, so that measuring and reporting agree.

To add a flag, add a member to `Flag`, the rule that raises it to `find_flags`, and its words to report/wording.py.
"""

import math
from collections.abc import Iterable, Iterator
from enum import StrEnum
from statistics import median

from harness.model.executors import executor_of
from harness.model.journal import Ceiling, Distribution, Host, Upstream, Window
from harness.model.outcomes import RequestOutcome, Status
from harness.model.plan import Cell, Load


class Flag(StrEnum):
    """A reason to doubt a window."""

    CLIENT_BOUND = "client-bound"
    """The client used more than 70% of its cores, or answered more than 90% of the ceiling of the engine."""

    UPSTREAM_BOUND = "upstream-bound"
    """The upstream used more than 70% of a core, or the median of at least ten of its answers was `UPSTREAM_LATE`."""

    LATE = "late"
    """The 99th percentile of the client's lag is beyond 0.5 ms and beyond 5% of the median latency."""

    UPSTREAM_LATE = "upstream-late"
    """The upstream sent 1% of its answers more than 0.5 ms and more than 5% of the delay after they were due."""

    BUSY_HOST = "busy-host"
    """Others used more than 10% of the machine meanwhile."""

    RESTLESS_NEIGHBOUR = "restless-neighbour"
    """Another server that was alive but not measured used more than 2% of a core meanwhile."""

    LITTLES_LAW = "littles-law"
    """In a closed loop, throughput x mean latency is more than 5% off the concurrency, so one of them is wrong."""

    SHORT_WINDOW = "short-window"
    """All windows of a steady executor together last less than ten median latencies, so their edges weigh too much."""

    LATE_CONNECTIONS = "late-connections"
    """Connections were opened after the common start, so connecting is part of the figures."""


BOUNDS = (Flag.CLIENT_BOUND, Flag.UPSTREAM_BOUND)
"""The flags that say more about something else than about the server: they rank nothing."""

MOST_CLIENT_CPU = 0.7
MOST_OF_THE_CEILING = 0.9
MOST_UPSTREAM_CPU = 0.7
ANSWERS_FOR_A_MEDIAN = 10
LATE_BEYOND_US = 500
LATE_BEYOND_SHARE = 0.05
MOST_FOREIGN_CPU = 0.1
MOST_IDLE_CPU = 0.02
CLOCK_TICK_S = 0.01
"""Linux counts CPU time in hundredths of a second, so a few ticks of each core may be missing."""
LITTLE_WITHIN = 0.05
LATENCIES_A_SAMPLE = 10


def find_flags(cell: Cell, window: Window, load: Load, ceiling: Ceiling | None) -> tuple[Flag, ...]:
    """Return the reasons to doubt a good window, in the order of `Flag`; none for a window that is not ok."""
    return tuple(_find_flags(cell, window, load, ceiling)) if window.status is Status.OK else ()


def _find_flags(cell: Cell, window: Window, load: Load, ceiling: Ceiling | None) -> Iterator[Flag]:
    if _is_client_bound(cell, window, load, ceiling):
        yield Flag.CLIENT_BOUND
    if window.upstream and _is_upstream_bound(window.upstream, cell):
        yield Flag.UPSTREAM_BOUND
    if _is_late(window):
        yield Flag.LATE
    if window.upstream and _is_upstream_late(window.upstream, cell, 0.99):
        yield Flag.UPSTREAM_LATE
    if window.host and _is_busy(window.host):
        yield Flag.BUSY_HOST
    if window.idle_cpu is not None and window.idle_cpu > MOST_IDLE_CPU:
        yield Flag.RESTLESS_NEIGHBOUR
    if executor_of(cell).is_closed_loop and _breaks_littles_law(cell, window):
        yield Flag.LITTLES_LAW
    if count_latencies(window) * window.rounds < LATENCIES_A_SAMPLE:
        yield Flag.SHORT_WINDOW
    # The article's client opens a session per request, and `connections: per-request` asks for opening to be measured.
    if window.client and window.client.late_connections and not opens_connections(cell, load):
        yield Flag.LATE_CONNECTIONS


def count_latencies(window: Window) -> float:
    """Return how many median latencies a window is long; infinite for a burst."""
    median_us = percentile_us(window.steady.latency, 0.5) if window.steady else 0
    return window.steady.window_s * 1e6 / median_us if window.steady and median_us else math.inf


def bound_by(flags: Iterable[Flag]) -> Flag | None:
    """Return the first of `BOUNDS` among some flags, None if they hold none."""
    among = set(flags)
    return next((flag for flag in BOUNDS if flag in among), None)


def opens_connections(cell: Cell, load: Load) -> bool:
    """Return whether this cell is to measure the opening of connections, too."""
    return cell.client == "article" or (cell.client == "engine" and load.connections == "per-request")


def _is_client_bound(cell: Cell, window: Window, load: Load, ceiling: Ceiling | None) -> bool:
    if window.client is None or not window.duration_s:
        return False
    processes = load.processes if cell.client == "engine" else 1
    if window.client.cpu_s / window.duration_s / processes > MOST_CLIENT_CPU:
        return True
    answered = window.steady.answered if window.steady else (window.outcomes or {}).get(RequestOutcome.OK, 0)
    most_rps = ceiling.rps if ceiling and cell.client == "engine" else math.inf
    return answered / window.duration_s > MOST_OF_THE_CEILING * most_rps


def _is_upstream_bound(upstream: Upstream, cell: Cell) -> bool:
    if upstream.cpu_s > MOST_UPSTREAM_CPU * upstream.span_s:
        return True
    return upstream.answered >= ANSWERS_FOR_A_MEDIAN and _is_upstream_late(upstream, cell, 0.5)


def _is_upstream_late(upstream: Upstream, cell: Cell, share: float) -> bool:
    """Return whether at least this share of its answers is late by more than noise explains."""
    delay_us = (cell.launch.delay_s or 0.0) * 1e6
    return percentile_us(upstream.late, share) > max(LATE_BEYOND_US, LATE_BEYOND_SHARE * delay_us)


def _is_late(window: Window) -> bool:
    if window.steady:
        lag_us = percentile_us(window.steady.lag, 0.99)
        latency_us: float = percentile_us(window.steady.latency, 0.5)
    elif window.requests and window.requests.sent_us:
        sent_us = sorted(window.requests.sent_us)
        lag_us = sent_us[math.ceil(0.99 * len(sent_us)) - 1]
        latency_us = median(window.requests.answered_us)
    else:
        return False
    return lag_us > max(LATE_BEYOND_US, LATE_BEYOND_SHARE * latency_us)


def _is_busy(host: Host) -> bool:
    resolution_s = 2 * CLOCK_TICK_S * host.cores
    return host.foreign_cpu_s > max(MOST_FOREIGN_CPU * host.cores * host.watched_s, resolution_s)


def _breaks_littles_law(cell: Cell, window: Window) -> bool:
    in_flight = count_in_flight(window)
    return in_flight is not None and contradicts_concurrency(cell, in_flight)


def count_in_flight(window: Window) -> float | None:
    """Return how many requests were in flight on average, by throughput x mean latency; None for a burst."""
    steady = window.steady
    return steady.answered / steady.window_s * steady.mean_latency_us / 1e6 if steady else None


def contradicts_concurrency(cell: Cell, in_flight: float) -> bool:
    """Return whether so many requests in flight are more than 5% off the concurrency of a closed loop."""
    return abs(in_flight - cell.concurrency) > LITTLE_WITHIN * cell.concurrency


def percentile_us(times: Distribution, share: float) -> int:
    """Return the smallest time that at least this share of all does not exceed; 0 if there is none."""
    left = math.ceil(share * sum(times.count))
    for us, count in zip(times.us, times.count, strict=True):
        left -= count
        if left <= 0:
            return us
    return 0
