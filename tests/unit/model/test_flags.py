"""Every reason to doubt a sample is found beyond its bound, and not at it."""

from dataclasses import replace

import pytest

from harness.model.flags import Flag, bound_by, find_flags, percentile_us
from harness.model.journal import Ceiling, ClientCost, Distribution, Host, Requests, Steady, Upstream, Window
from harness.model.outcomes import Status
from harness.model.plan import Cell, Load
from tests.builders.journals import cell
from tests.builders.launches import QUICK, a_launch

CEILING = Ceiling(rps=10_000.0, concurrency=64, processes=1, client_cpu=0.99)
IDLE = ClientCost(cpu_s=0.01, send_span_s=0.001, late_connections=0)
CALM = Host(watched_s=1.0, cores=2, foreign_cpu_s=0.0)
BURST = replace(cell("def", 4, a_launch()), concurrency=4)
CLOSED = replace(BURST, executor="closed-loop")
OPEN = replace(BURST, executor="constant-arrival-rate", rate=100)
NOTHING = Distribution([], [])


def a_burst(sent_us: int = 10, answered_us: int = 100_000) -> Window:
    """Four requests, the last of them sent so late, all answered at the same time."""
    zeros = [0] * 4
    requests = Requests([0, 0, 0, sent_us], zeros, zeros, zeros, [answered_us] * 4, zeros, zeros, zeros)
    return Window(1, 1, 0, Status.OK, None, 1.0, 1.0, {"ok": 4}, IDLE, host=CALM, requests=requests)


def steady(answered: int = 400, latency_us: int = 10_000, lag_us: int = 0, window_s: float = 1.0) -> Window:
    """So many answers in a window, all with the same latency; four in flight are 400 a second of 10 ms."""
    times = Distribution([latency_us], [answered])
    lag = Distribution([lag_us], [answered])
    measured = Steady(
        window_s, answered, float(latency_us), times, NOTHING, NOTHING, NOTHING, lag, 0, 0, [answered], peak_running=4
    )
    return Window(1, 1, 0, Status.OK, None, 1.0, window_s, {"ok": answered}, IDLE, host=CALM, steady=measured)


def flags_of(cell: Cell, sample: Window, load: Load = QUICK, ceiling: Ceiling | None = CEILING) -> tuple[str, ...]:
    return find_flags(cell, sample, load, ceiling)


def calling(sample: Window, late_us: int, answers: int = 100, late: int = 100, cpu_s: float = 0.0) -> Window:
    """The sample, with an upstream that sent so many of its answers so late."""
    times = Distribution([0, late_us], [answers - late, late])
    return replace(sample, upstream=Upstream(answers, 4, 4, times, span_s=1.0, cpu_s=cpu_s))


def spending(sample: Window, cpu_s: float) -> Window:
    return replace(sample, client=replace(IDLE, cpu_s=cpu_s))


@pytest.mark.parametrize(
    ("cell", "sample"), [(BURST, a_burst()), (CLOSED, steady()), (OPEN, steady(answered=100, lag_us=100))]
)
def test_a_calm_sample_is_not_in_doubt(cell: Cell, sample: Window) -> None:
    assert flags_of(cell, sample) == ()


@pytest.mark.parametrize(("cpu_s", "found"), [(0.7, ()), (0.701, ("client-bound",))])
def test_a_client_that_uses_more_than_70_percent_of_its_core_is_the_bound(cpu_s: float, found: tuple[str, ...]) -> None:
    assert flags_of(BURST, spending(a_burst(), cpu_s)) == found


def test_two_processes_have_two_cores_and_other_clients_one() -> None:
    two, busy = replace(QUICK, processes=2), spending(a_burst(), 1.39)

    assert flags_of(BURST, busy, two) == ()
    assert flags_of(replace(BURST, client="aiohttp"), busy, two) == ("client-bound",)


@pytest.mark.parametrize(("answered", "found"), [(9_000, ()), (9_001, ("client-bound",))])
def test_more_than_90_percent_of_the_ceiling_is_the_bound(answered: int, found: tuple[str, ...]) -> None:
    sample = steady(answered, latency_us=10_000)

    assert flags_of(OPEN, sample) == found
    assert flags_of(OPEN, sample, ceiling=None) == ()
    assert flags_of(replace(OPEN, client="aiohttp"), sample) == (), "the ceiling is the engine's"


@pytest.mark.parametrize(
    ("sent_us", "answered_us", "found"),
    [(500, 1_000, ()), (501, 1_000, ("late",)), (5_000, 100_000, ()), (5_001, 100_000, ("late",))],
)
def test_a_burst_that_was_sent_late_counts_in_milliseconds_and_in_share(
    sent_us: int, answered_us: int, found: tuple[str, ...]
) -> None:
    assert flags_of(BURST, a_burst(sent_us, answered_us)) == found


@pytest.mark.parametrize(("lag_us", "found"), [(500, ()), (501, ("late",))])
def test_an_open_loop_that_lags_is_late(lag_us: int, found: tuple[str, ...]) -> None:
    assert flags_of(OPEN, steady(answered=100, lag_us=lag_us)) == found


@pytest.mark.parametrize(("foreign_cpu_s", "found"), [(0.2, ()), (0.201, ("busy-host",))])
def test_others_that_use_more_than_a_tenth_of_the_machine_make_it_busy(
    foreign_cpu_s: float, found: tuple[str, ...]
) -> None:
    assert flags_of(BURST, replace(a_burst(), host=replace(CALM, foreign_cpu_s=foreign_cpu_s))) == found


def test_a_few_ticks_of_the_system_clock_are_nobodys() -> None:
    short = Host(watched_s=0.1, cores=2, foreign_cpu_s=0.04)

    assert flags_of(BURST, replace(a_burst(), host=short)) == ()
    assert flags_of(BURST, replace(a_burst(), host=replace(short, foreign_cpu_s=0.041))) == ("busy-host",)


@pytest.mark.parametrize(
    ("answered", "found"), [(381, ()), (379, ("littles-law",)), (419, ()), (421, ("littles-law",))]
)
def test_a_closed_loop_keeps_littles_law(answered: int, found: tuple[str, ...]) -> None:
    assert flags_of(CLOSED, steady(answered)) == found
    assert flags_of(OPEN, steady(answered)) == ()


@pytest.mark.parametrize(("window_s", "found"), [(0.1, ()), (0.0999, ("short-window",))])
def test_a_window_holds_ten_latencies_at_least(window_s: float, found: tuple[str, ...]) -> None:
    assert flags_of(CLOSED, steady(40, window_s=window_s)) == found


def test_connections_opened_late_are_told_unless_they_are_what_is_measured() -> None:
    late = replace(a_burst(), client=replace(IDLE, late_connections=1))

    assert flags_of(BURST, late) == ("late-connections",)
    assert flags_of(BURST, late, replace(QUICK, connections="per-request")) == ()
    assert flags_of(replace(BURST, client="article"), late) == ()
    assert flags_of(replace(BURST, client="aiohttp"), late) == ("late-connections",)


def test_a_sample_that_gave_nothing_is_not_in_doubt_but_failed() -> None:
    assert flags_of(BURST, replace(spending(a_burst(), 1.0), status=Status.FAILED)) == ()


def test_a_neighbour_that_uses_a_fiftieth_of_a_core_is_restless() -> None:
    assert flags_of(BURST, replace(a_burst(), idle_cpu=0.021)) == ("restless-neighbour",)
    assert flags_of(BURST, replace(a_burst(), idle_cpu=0.02)) == ()


def test_reasons_come_in_one_order() -> None:
    doubtful = replace(steady(1, latency_us=900_000, lag_us=50_000), host=replace(CALM, foreign_cpu_s=1.0))
    doubtful = replace(doubtful, client=ClientCost(cpu_s=1.0, send_span_s=0.0, late_connections=1))
    doubtful = replace(calling(doubtful, late_us=50_000, cpu_s=1.0), idle_cpu=0.5)

    assert flags_of(CLOSED, doubtful) == tuple(Flag)
    assert flags_of(CLOSED, replace(doubtful, status=Status.TIMEOUT)) == ()


@pytest.mark.parametrize(("late", "found"), [(1, ()), (2, ("late",))])
def test_one_request_in_a_hundred_may_be_late(late: int, found: tuple[str, ...]) -> None:
    sample = steady(answered=100)
    assert sample.steady is not None
    lag = Distribution([0, 50_000], [100 - late, late])

    assert flags_of(OPEN, replace(sample, steady=replace(sample.steady, lag=lag))) == found


@pytest.mark.parametrize(("cpu_s", "found"), [(0.7, ()), (0.701, ("upstream-bound",))])
def test_an_upstream_that_uses_more_than_70_percent_of_a_core_is_the_bound(
    cpu_s: float, found: tuple[str, ...]
) -> None:
    assert flags_of(BURST, calling(a_burst(), late_us=0, cpu_s=cpu_s)) == found


@pytest.mark.parametrize(
    ("delay_s", "late_us", "found"),
    [
        *((0.1, 5_000, ()), (0.1, 5_001, ("upstream-bound", "upstream-late"))),
        *(
            (0.001, 500, ()),
            (0.001, 501, ("upstream-bound", "upstream-late")),
            (None, 501, ("upstream-bound", "upstream-late")),
        ),
    ],
)
def test_an_upstream_that_is_late_with_half_of_its_answers_is_the_bound(
    delay_s: float | None, late_us: int, found: tuple[str, ...]
) -> None:
    cell = replace(BURST, launch=replace(BURST.launch, delay_s=delay_s))

    assert flags_of(cell, calling(a_burst(), late_us)) == found


@pytest.mark.parametrize(
    ("answers", "late", "found"),
    [
        *((100, 1, ()), (100, 2, ("upstream-late",)), (100, 50, ("upstream-late",))),
        *((100, 51, ("upstream-bound", "upstream-late")), (10, 6, ("upstream-bound", "upstream-late"))),
        *((9, 9, ("upstream-late",)), (1, 1, ("upstream-late",))),
    ],
)
def test_one_answer_in_a_hundred_may_be_late_and_few_answers_tell_no_median(
    answers: int, late: int, found: tuple[str, ...]
) -> None:
    assert flags_of(BURST, calling(a_burst(), 50_000, answers, late)) == found


def test_only_a_client_or_an_upstream_at_its_limit_bounds_a_sample() -> None:
    assert [flag for flag in Flag if bound_by([flag])] == ["client-bound", "upstream-bound"]
    assert bound_by(reversed(Flag)) == "client-bound"


def test_a_percentile_is_a_time_that_was_seen() -> None:
    times = Distribution([1, 5, 9], [50, 49, 1])

    assert [percentile_us(times, share) for share in (0.5, 0.51, 0.99, 1.0)] == [1, 5, 5, 9]
    assert percentile_us(NOTHING, 0.5) == 0
