"""The engine offers load as it was told to, against a server that does nothing wrong."""

import asyncio
import math
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import fmean, pstdev

import pytest
import uvloop

from bench.scripted_server import read_log
from bench.targets import make_bare_job, start_scripted_target
from harness.measure.client.answers import Answer
from harness.measure.client.executors import (
    LOADS,
    BurstLoad,
    ClosedLoopLoad,
    OfferedLoad,
    schedule_evenly,
    schedule_randomly,
)
from harness.measure.client.job import Job, RequestSpec
from harness.measure.client.pool import ConnectionPool
from harness.measure.client.timing import Span, measured_window
from harness.measure.load import Clients, LoadError, split_job
from harness.measure.process import raise_descriptor_limit, require_descriptors
from harness.measure.stop import Stop
from harness.measure.window_result import WindowResult
from harness.model.errors import InterruptedRunError
from harness.model.flags import LITTLE_WITHIN, percentile_us
from harness.model.journal import Steady
from tests.builders.executors import BURST, CLOSED_LOOP, CONSTANT_RATE, POISSON_RATE
from tests.commands import wait_until
from tests.servers.measure import misbehaving as server_side
from tests.servers.measure.misbehaving import DELAY_S, STYLE, TOKEN, Misbehaving, misbehaving

DELAY_US = round(DELAY_S * 1e6)
SECOND_NS = 1_000_000_000


@dataclass
class Watched:
    """Notes when the load began and ended; `then` is done as soon as it has begun."""

    then: Callable[[], object] = lambda: None
    start_ns: int = 0
    looks: int = 0
    ended: bool = field(default=False)

    def begin(self, start_ns: int) -> None:
        self.start_ns = start_ns
        self.then()

    def look(self) -> None:
        self.looks += 1

    def end(self) -> None:
        self.ended = True


@pytest.fixture
def server() -> Iterator[Misbehaving]:
    with misbehaving() as it:
        yield it


@pytest.fixture(scope="module")
def pair() -> Iterator[Clients]:
    """Two load processes that share the requests of the engine."""
    with Clients(Stop(), processes=2) as clients:
        yield clients


@dataclass(frozen=True)
class ScriptedRun:
    """What the engine measured, and what the log of the server says about it.

    A request is sent after the previous answer on its connection was written, and before it is read. Its answer arrives
    after it was written, and before the next request on the connection is read. So each latency is at least `least_ns`
    and at most `most_ns`. The sums are bounds of all latencies on a connection together.
    """

    steady: Steady
    least_ns: list[int] = field(default_factory=list)
    most_ns: list[int] = field(default_factory=list)
    least_sums_ns: list[int] = field(default_factory=list)
    most_sums_ns: list[int] = field(default_factory=list)


@pytest.fixture(scope="module", params=["load", "pair"])
def scripted_run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ScriptedRun:
    """A closed loop on a server that logs when it read each request and wrote its answer."""
    clients: Clients = request.getfixturevalue(request.param)
    watched = Watched()
    log = tmp_path_factory.mktemp("scripted") / "log.json"
    with start_scripted_target(1, log, cores=()) as port:
        job = replace(make_bare_job(port, "engine", duration_s=1.0), concurrency=16, warmup_s=0.0)
        run = ScriptedRun(steady_of(clients.run(job, watched)))
    for times in read_log(log):
        # The first request of each connection primed it, before the start. The last is answered after the window.
        read_ns, written_ns = times[2::2], times[3:-2:2]
        freed_ns = [watched.start_ns, *written_ns]
        run.least_ns.extend(written - read for read, written in zip(read_ns, written_ns, strict=False))
        run.most_ns.extend(read - freed for freed, read in zip(freed_ns, read_ns[1:], strict=False))
        run.least_sums_ns.append(written_ns[-1] - read_ns[0])
        run.most_sums_ns.append(read_ns[-1] - watched.start_ns)
    return run


@pytest.fixture(params=["load", "pair"])
def clients(request: pytest.FixtureRequest) -> Clients:
    """One load process, or two."""
    found: Clients = request.getfixturevalue(request.param)
    return found


def a_job(server: Misbehaving, executor: str, concurrency: int, rate: int | None = None, path: str = "/good") -> Job:
    return Job(
        port=server.port,
        requests=[RequestSpec(path, expected_style=STYLE, min_work_s=DELAY_S)],
        prime_path="/prime",
        client="engine",
        concurrency=concurrency,
        deadline_s=20.0,
        token=TOKEN,
        executor=executor,
        rate=rate,
        warmup_s=0.0 if executor == BURST else 0.1,
        duration_s=0.0 if executor == BURST else 0.4,
    )


def schedule(job: Job, start_ns: int, end_ns: int) -> Iterator[int]:
    """When the requests of an open loop are due."""
    return {CONSTANT_RATE: schedule_evenly, POISSON_RATE: schedule_randomly}[job.executor](job, start_ns, end_ns)


def steady_of(seen: WindowResult) -> Steady:
    """What was seen in the window; all was good."""
    assert seen.reason is None
    assert seen.duration_s is not None
    assert set(seen.outcomes) == {"ok"}
    assert seen.steady is not None
    return seen.steady


def entered_us(server: Misbehaving, start_ns: int) -> list[int]:
    """When each request entered, as the server has it, ascending."""
    return sorted((said["entered_ns"] - start_ns) // 1000 for said in server.said)


def offered(
    job: Job, make: Callable[[ConnectionPool, int], OfferedLoad], before: Callable[[], object] = lambda: None
) -> list[Answer]:
    """The answers to the load of a job, offered in this process; something may be done before the start."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        pool = ConnectionPool(job)

        async def offer() -> list[Answer]:
            it = make(pool, time.monotonic_ns())
            await it.run()
            await pool.close()
            return list(it.log.take_answers(pool.heads))

        runner.run(pool.open())
        before()
        return runner.run(offer())


# Bursts


def test_all_times_of_a_burst_count_from_the_one_moment_that_was_named(server: Misbehaving, clients: Clients) -> None:
    watched = Watched()
    seen = clients.run(a_job(server, BURST, 31), watched)

    assert seen.outcomes == {"ok": 31}
    assert seen.late_connections == 0
    assert watched.ended
    assert seen.requests is not None
    rows = seen.requests
    assert rows.entered_us == entered_us(server, watched.start_ns)
    assert min(rows.sent_us) >= 0
    assert all(sent <= entered for sent, entered in zip(rows.sent_us, rows.entered_us, strict=True))
    assert seen.duration_s is not None
    assert max(rows.answered_us) == round(seen.duration_s * 1e9) // 1000


def test_a_burst_sends_one_request_on_each_connection_in_the_order_of_their_opening(server: Misbehaving) -> None:
    answers = offered(a_job(server, BURST, 20), BurstLoad)

    assert len({answer.due_ns for answer in answers}) == 1
    sent_ns = sorted(answer.sent_ns for answer in answers)
    assert answers[0].due_ns <= sent_ns[0]
    assert sent_ns[-1] <= min(answer.answered_ns for answer in answers)
    assert sorted(arrival.connection for arrival in server.asked("/good")) == list(range(20))


def test_a_burst_of_many_processes_is_one_burst(server: Misbehaving, pair: Clients) -> None:
    seen = pair.run(a_job(server, BURST, 31))

    assert len(pair.pids("engine")) == 2
    assert len(server.opened_ns) == 31
    assert {arrival.open_connections for arrival in server.asked("/good")} == {31}
    assert seen.requests is not None
    columns = [column for name in seen.requests.__slots__ if (column := getattr(seen.requests, name)) is not None]
    assert {len(column) for column in columns} == {31}


def test_fewer_requests_than_processes_need_fewer_processes(server: Misbehaving, pair: Clients) -> None:
    assert pair.run(a_job(server, BURST, 1)).outcomes == {"ok": 1}


def test_the_requests_of_a_job_are_shared_out() -> None:
    job = a_job(Misbehaving(port=1), CONSTANT_RATE, 8, rate=100)

    assert split_job(job, 3) == [
        replace(job, concurrency=3, part=0, parts=3),
        replace(job, concurrency=3, part=1, parts=3),
        replace(job, concurrency=2, part=2, parts=3),
    ]


def test_fifteen_hundred_requests_at_once_have_a_connection_each(server: Misbehaving) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    raise_descriptor_limit()
    try:
        # The server in this process has as many as the client.
        require_descriptors(2000)
        with Clients(Stop()) as clients:
            seen = clients.run(replace(a_job(server, BURST, 1500), deadline_s=60.0))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)

    assert seen.outcomes == {"ok": 1500}
    assert seen.late_connections == 0
    assert len(server.opened_ns) == 1500
    assert server.asked("/good")[0].open_connections == 1500


def first_resets() -> server_side.Behaviour:
    """Answer all as soon as asked, and slam the door on the first a little later."""

    async def behave(exchange: server_side.Exchange) -> None:
        await (server_side.prime_then_resets if exchange.number == 0 else server_side.prime)(exchange)

    return behave


@pytest.mark.parametrize("make", [BurstLoad, ClosedLoopLoad])
def test_a_first_request_that_fails_as_it_is_sent_does_not_end_the_load(
    make: Callable[[ConnectionPool, int], OfferedLoad],
) -> None:
    """The connection has gone, and the loop has had no time to hear of it."""
    with misbehaving({"/first-resets": first_resets()}) as server:
        job = a_job(server, BURST if make is BurstLoad else CLOSED_LOOP, 3)
        answers = offered(
            replace(job, prime_path="/first-resets"),
            make,
            before=lambda: wait_until(lambda: server.open_connections == 2),
        )

    assert [answer.outcome for answer in answers if answer.outcome] == ["reset"]
    assert len(answers) == 3 if make is BurstLoad else len(answers) > 3


# Closed loops


def test_a_closed_loop_sends_the_next_request_at_the_moment_of_the_last_answer(server: Misbehaving) -> None:
    job = a_job(server, CLOSED_LOOP, 6)
    start_ns = time.monotonic_ns()
    answers = offered(job, ClosedLoopLoad)

    first, later = answers[:6], answers[6:]
    assert len(later) >= 6
    answered_ns = {answer.answered_ns for answer in answers}
    assert {answer.due_ns for answer in later} <= answered_ns
    assert not {answer.due_ns for answer in first} & answered_ns
    assert all(answer.due_ns <= answer.sent_ns < answer.answered_ns for answer in answers)
    # What came after the end is answered by nothing: six are under way until then, and none is sent any more.
    sent = {answer.due_ns for answer in later}
    unfollowed = [answer for answer in answers if answer.answered_ns not in sent]
    assert len(unfollowed) == 6
    window = measured_window(job, start_ns)
    assert min(answer.answered_ns for answer in unfollowed) >= window.end_ns
    assert server.peak_running == 6


def test_a_closed_loop_measures_what_is_answered_in_its_window(server: Misbehaving, clients: Clients) -> None:
    watched = Watched()
    job = a_job(server, CLOSED_LOOP, 6)
    seen = clients.run(job, watched)

    steady = steady_of(seen)
    least, most = answered_within(server, measured_window(job, watched.start_ns))
    assert least <= steady.answered <= most
    assert least > 0
    assert steady.answered == sum(steady.latency.count) == seen.outcomes["ok"] == sum(steady.per_process)
    assert seen.answered == len(server.asked("/good")) > steady.answered
    assert steady.window_s == seen.duration_s == 0.4
    assert (steady.late, steady.dropped, sum(steady.lag.count)) == (0, 0, 0)
    assert 0 < seen.cpu_s < len(clients.pids("engine"))
    assert seen.late_connections == 0
    assert server.peak_running <= 6
    assert steady.peak_running <= 6


def answered_within(server: Misbehaving, window: Span) -> tuple[int, int]:
    """The least and the most answers that the client can have had in a window.

    It has an answer at some time after the work for it, and before the next request on the same connection arrives.
    """
    surely = perhaps = 0
    for connection in {said["connection"] for said in server.said}:
        ended_ns = [said["ended_ns"] for said in server.said if said["connection"] == connection]
        asked = [arrival for arrival in server.asked("/good") if arrival.connection == connection]
        there_ns = [arrival.arrived_ns for arrival in asked[1:]] + [2 * window.end_ns]
        times = list(zip(ended_ns, there_ns, strict=True))
        surely += sum(window.start_ns <= ended and there < window.end_ns for ended, there in times)
        perhaps += sum(window.start_ns <= there and ended < window.end_ns for ended, there in times)
    return surely, perhaps


@pytest.mark.parametrize("client", ["engine", "aiohttp"])
def test_littles_law_holds_in_a_closed_loop(client: str, server: Misbehaving, load: Clients) -> None:
    too_few = []
    for _ in range(5):
        steady = steady_of(load.run(replace(a_job(server, CLOSED_LOOP, 8), client=client)))
        assert steady.latency.us[0] >= DELAY_US - 1000
        assert fmean_of(steady) == pytest.approx(steady.mean_latency_us, rel=0.01)

        in_flight = steady.answered / steady.window_s * steady.mean_latency_us / 1e6
        # What is under way at the ends of the window is counted in part: more than that would be a mistake.
        tolerance = max(LITTLE_WITHIN, steady.latency.us[-1] / 1e6 / steady.window_s)
        assert in_flight / 8 <= 1 + tolerance
        # A client that waits for a core has nothing in flight, which is not its mistake: it may try again.
        if in_flight / 8 >= 1 - tolerance:
            return
        too_few.append(in_flight)
    pytest.fail(f"8 connections had {too_few} requests in flight")


def fmean_of(steady: Steady) -> float:
    return fmean(steady.latency.us, weights=steady.latency.count)


def test_latency_is_made_of_waiting_working_and_all_outside_the_app(server: Misbehaving, load: Clients) -> None:
    steady = steady_of(load.run(a_job(server, CLOSED_LOOP, 4)))

    counts = {sum(times.count) for times in (steady.latency, steady.wait, steady.work, steady.wire)}
    assert counts == {steady.answered}
    means = [fmean(times.us, weights=times.count) for times in (steady.wait, steady.work, steady.wire)]
    assert sum(means) == pytest.approx(steady.mean_latency_us, rel=0.02)
    assert steady.work.us[0] >= DELAY_US - 1000


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99, 0.999])
def test_percentiles_are_those_that_the_log_of_the_server_allows(share: float, scripted_run: ScriptedRun) -> None:
    """The bounds are facts of the run, so a busy machine widens them and cannot break them."""
    least_us, most_us = (
        percentile_of(bounds, share) / 1000 for bounds in (scripted_run.least_ns, scripted_run.most_ns)
    )
    # Whole microseconds of three digits.
    assert least_us * 0.995 - 1 <= percentile_us(scripted_run.steady.latency, share) <= most_us * 1.005


def test_the_latencies_of_a_connection_leave_no_time_out_and_count_none_twice(scripted_run: ScriptedRun) -> None:
    steady = scripted_run.steady
    assert steady.answered == len(scripted_run.least_ns)
    least_us, most_us = (
        sum(sums) / 1000 / steady.answered for sums in (scripted_run.least_sums_ns, scripted_run.most_sums_ns)
    )
    assert least_us - 1 <= steady.mean_latency_us <= most_us


def percentile_of(values: list[int], share: float) -> int:
    return sorted(values)[math.ceil(share * len(values)) - 1]


# A connection a request


def test_a_connection_a_request_is_opened_before_a_burst_and_asked_nothing(server: Misbehaving, load: Clients) -> None:
    seen = load.run(replace(a_job(server, BURST, 5), connections="per-request"))

    assert seen.outcomes == {"ok": 5}
    assert seen.late_connections == 0
    assert server.asked("/prime") == []
    assert sorted(arrival.connection for arrival in server.asked("/good")) == list(range(5))
    assert server.asked("/good")[0].open_connections == 5


def test_a_connection_a_request_is_opened_again_and_again_in_a_closed_loop(
    server: Misbehaving, clients: Clients
) -> None:
    seen = clients.run(replace(a_job(server, CLOSED_LOOP, 4), connections="per-request"))

    steady_of(seen)
    asked = server.asked("/good")
    assert seen.answered == len(asked) > 4
    assert sorted(arrival.connection for arrival in asked) == list(range(len(asked)))
    assert seen.late_connections == len(asked) - 4
    assert server.peak_running <= 4
    wait_until(lambda: server.open_connections == 0)


# Open loops


@pytest.mark.parametrize("rate", [1, 3, 100, 333, 7919, 150_000])
@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_a_constant_rate_is_due_at_even_steps_whoever_sends_it(rate: int, count: int) -> None:
    job = a_job(Misbehaving(port=1), CONSTANT_RATE, 7, rate)
    start_ns, end_ns = 12_345, 12_345 + 2 * SECOND_NS

    by_part = [list(schedule(part, start_ns, end_ns)) for part in split_job(job, count)]

    due_ns = sorted(due_ns for part in by_part for due_ns in part)
    assert due_ns == [start_ns + round(number * SECOND_NS / rate) for number in range(2 * rate)]
    assert max(map(len, by_part)) - min(map(len, by_part)) <= 1


def test_poisson_arrivals_are_those_of_their_seed() -> None:
    job = replace(a_job(Misbehaving(port=1), POISSON_RATE, 6, 1000), seed=7)

    def due_ns(job: Job) -> list[int]:
        return list(schedule(job, 5, 5 + SECOND_NS))

    assert due_ns(job) == due_ns(job)
    assert due_ns(job) != due_ns(replace(job, seed=8))
    one, other = map(due_ns, split_job(job, 2))
    assert not set(one) & set(other)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_poisson_arrivals_have_their_rate_and_no_memory(count: int) -> None:
    job = a_job(Misbehaving(port=1), POISSON_RATE, 5, rate=2000)
    due_ns = sorted(due_ns for part in split_job(job, count) for due_ns in schedule(part, 0, 10 * SECOND_NS))

    # Their number has the variance of its mean; gaps are as wide as they are spread.
    assert abs(len(due_ns) - 20_000) < 4 * 20_000**0.5
    gaps_ns = [after - before for before, after in pairwise(due_ns)]
    assert pstdev(gaps_ns) / fmean(gaps_ns) == pytest.approx(1, abs=0.05)
    # As many come in one half of the time as in the other.
    early = sum(due < 5 * SECOND_NS for due in due_ns)
    assert abs(early - 10_000) < 4 * 10_000**0.5


@pytest.mark.parametrize("executor", [CONSTANT_RATE, POISSON_RATE])
def test_an_open_loop_sends_each_request_when_it_is_due_and_never_before(executor: str, server: Misbehaving) -> None:
    job = a_job(server, executor, 80, rate=100)
    starts: list[int] = []

    def noted(pool: ConnectionPool, start_ns: int) -> OfferedLoad:
        starts.append(start_ns)
        return LOADS[executor](pool, start_ns)

    answers = offered(job, noted)

    window = measured_window(job, starts[0])
    assert sorted(answer.due_ns for answer in answers) == list(schedule(job, starts[0], window.end_ns))
    assert all(answer.due_ns <= answer.sent_ns for answer in answers)
    assert [answer.outcome for answer in answers] == [None] * len(answers)


@pytest.mark.parametrize("executor", [CONSTANT_RATE, POISSON_RATE])
def test_an_open_loop_with_connections_enough_drops_nothing(
    executor: str, server: Misbehaving, clients: Clients
) -> None:
    watched = Watched()
    job = replace(a_job(server, executor, 120, rate=100), seed=3)
    seen = clients.run(job, watched)

    steady = steady_of(seen)
    window = measured_window(job, watched.start_ns)
    due_ns = [
        due
        for part in split_job(job, len(clients.pids("engine")))
        for due in schedule(part, watched.start_ns, window.end_ns)
    ]
    in_window = sum(due >= window.start_ns for due in due_ns)
    assert seen.answered == len(server.asked("/good")) == len(due_ns)
    assert seen.outcomes == {"ok": in_window}
    assert (steady.late, steady.dropped, seen.late_connections) == (0, 0, 0)
    assert sum(steady.lag.count) == sum(steady.latency.count) == in_window
    assert steady.lag.us[0] >= 0
    assert steady.answered <= seen.answered
    assert len(server.opened_ns) == 120
    for due, arrival in zip(sorted(due_ns), server.asked("/good"), strict=True):
        assert due <= arrival.arrived_ns


@pytest.mark.parametrize("executor", [CONSTANT_RATE, POISSON_RATE])
def test_nothing_is_forgotten_in_an_open_loop_that_asks_too_much(
    executor: str, server: Misbehaving, clients: Clients
) -> None:
    """Four connections cannot carry more than 200 requests of 20 ms a second, and 500 are due."""
    watched = Watched()
    # A window so long that no stall of the machine fills it.
    job = replace(a_job(server, executor, 4, rate=500), duration_s=1.5)
    seen = clients.run(job, watched)

    steady = steady_of(seen)
    window = measured_window(job, watched.start_ns)
    due_ns = [
        due
        for part in split_job(job, len(clients.pids("engine")))
        for due in schedule(part, watched.start_ns, window.end_ns)
    ]
    in_window = sum(due >= window.start_ns for due in due_ns)
    sent = seen.outcomes["ok"]
    assert sent + steady.dropped == in_window
    assert steady.dropped > 0
    assert steady.late > 0
    assert steady.late + sum(steady.lag.count) == sent == sum(steady.latency.count)
    assert server.peak_running <= 4
    assert len(server.opened_ns) == 4
    p50_us, p99_us = (percentile_us(steady.latency, share) for share in (0.5, 0.99))
    # A latency that counted from sending would be that of the server: what waited has waited for longer.
    assert p99_us > p50_us > 2 * DELAY_US


# The processes


def test_a_load_process_that_is_killed_is_an_error_and_another_takes_its_place(server: Misbehaving) -> None:
    with Clients(Stop(), processes=2) as clients:
        clients.run(a_job(server, BURST, 4))
        before = clients.pids("engine")
        watched = Watched(then=lambda: os.kill(before[1], signal.SIGKILL))
        with pytest.raises(LoadError, match="the load process has exited with code -9; it wrote no error"):
            clients.run(a_job(server, CLOSED_LOOP, 4), watched)

        assert clients.pids("engine") == []
        assert clients.run(a_job(server, BURST, 4)).outcomes == {"ok": 4}
        assert not set(before) & set(clients.pids("engine"))
        assert not watched.ended


def test_a_job_that_cannot_begin_in_one_process_is_called_off_in_the_other(server: Misbehaving, pair: Clients) -> None:
    pair.run(a_job(server, BURST, 2))
    processes = pair.pids("engine")
    watched = Watched()
    job = replace(a_job(server, BURST, 2), prime_path="/prime-once", deadline_s=1.5)
    asked = len(server.asked("/good"))

    seen = pair.run(job, watched)

    assert seen.outcomes == {"timeout": 1}
    assert (seen.duration_s, seen.requests, seen.steady) == (None, None, None)
    assert watched.start_ns == 0
    assert len(server.asked("/good")) == asked
    assert pair.run(a_job(server, BURST, 4)).outcomes == {"ok": 4}
    assert pair.pids("engine") == processes


def test_a_run_that_is_asked_to_stop_does_not_wait_for_the_load(server: Misbehaving) -> None:
    stop = Stop()
    with Clients(stop) as clients:
        job = replace(a_job(server, CLOSED_LOOP, 4), duration_s=120.0)
        began_s = time.monotonic()
        with pytest.raises(InterruptedRunError):
            clients.run(job, Watched(then=stop.request))
        assert time.monotonic() - began_s < 120
        assert clients.pids("engine") == []
    wait_until(lambda: server.open_connections == 0)
