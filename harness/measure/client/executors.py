"""How the engine offers load: one class per executor of `harness.model.executors`, in the registry `LOADS`.

Rule 1: a burst counts latency from the common start, a closed loop from when a request was sent, an open loop from when
it was due, even if it was sent later.
Rule 2: a closed loop that loses a connection opens another one, and counts it. An open loop opens none: its pool
shrinks.
Rule 3: a request of an open loop that is due while all connections are busy is sent as soon as one is free, and counted
as late. Those still waiting when the window ends are counted as dropped.
Rule 4: a window opens after the warm-up. When it ends nothing more is sent, and pending requests are waited for.
"""

import asyncio
import random
import time
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from time import monotonic_ns

from harness.measure.client.answers import Answer
from harness.measure.client.connection import Connection
from harness.measure.client.job import Job
from harness.measure.client.pool import ConnectionPool, make_connect_error
from harness.measure.client.results import AnswerLog
from harness.measure.client.timing import NS, Alarm, CpuMeter, measured_window
from harness.model.executors import BURST, CLOSED_LOOP, CONSTANT_RATE, POISSON_RATE
from harness.model.outcomes import RequestOutcome

MOST_RPS = 150_000
MOST_ROOM = 2_000_000
"""The memory reserved beforehand: one process hardly reaches the first per second, and few windows the second."""

WAKE_UP_NS = 60_000
"""How late a timer may wake us up: the alarm is set this much before a request is due, and the rest is a busy wait."""

MOST_SPINNING = 1 / 8
"""The share of a core that busy waiting may take; it also keeps answers waiting."""


class OfferedLoad:
    """The load of one job on an open pool: the base of all executors.

    `late` and `dropped` are those of rule 3, `lag_ns` is how late the client itself was with each request of an open
    loop, `cpu_s` is what this process spent on a burst, or in the window.
    """

    def __init__(self, pool: ConnectionPool, start_ns: int, room: int) -> None:
        self.job = pool.job
        self.start_ns = start_ns
        self.log = AnswerLog(room)
        self.late = 0
        self.dropped = 0
        self.lag_ns: list[int] = []
        self.send_span_s = 0.0
        self.cpu_s = 0.0
        self._pool = pool
        self._pending = 0
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._opening: set[asyncio.Task[None]] = set()
        for connection in pool.connections:
            connection.user = self

    async def run(self) -> None:
        """Offer the load until every request that was sent has its answer or has timed out."""
        raise NotImplementedError

    def take_answer(self, connection: Connection, answer: bytes | Answer, answered_ns: int) -> None:
        """Log the answer to the request of a connection, and decide what it does next."""
        raise NotImplementedError

    def _send(self, connection: Connection, due_ns: int) -> None:
        """Send one more request."""
        self._pending += 1
        self._send_next(connection, due_ns)

    def _send_next(self, connection: Connection, due_ns: int) -> None:
        """Send a request that is counted as pending, on a new connection if this one is no longer usable."""
        connection.of_class = of_class = next(self._pool.turns)
        if connection.usable:
            connection.send(self._pool.requests[of_class], due_ns)
        else:
            self._pool.discard(connection)
            task = asyncio.get_running_loop().create_task(self._send_on_new(connection, due_ns))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _send_on_new(self, old: Connection, due_ns: int) -> None:
        old.due_ns, old.sent_ns = due_ns, monotonic_ns()
        try:
            connection = await self._pool.reopen(self)
        except OSError as error:
            self.take_answer(old, make_connect_error(error, self.job), monotonic_ns())
        except asyncio.CancelledError:
            self.take_answer(old, self._make_timeout(), monotonic_ns())
        else:
            connection.of_class = old.of_class
            connection.send(self._pool.requests[old.of_class], due_ns)

    def _send_all(self, due_ns: int | None = None) -> None:
        """Send a request on each connection, due at `due_ns` or now."""
        # One more is counted as pending: the first request may fail at once, and must not be taken for the last.
        self._pending += 1
        for connection in list(self._pool.connections):
            self._send(connection, monotonic_ns() if due_ns is None else due_ns)
        self._count_answer()

    def _count_answer(self) -> None:
        self._pending -= 1
        if not self._pending and not self._over.done():
            self._over.set_result(None)

    async def _finish(self, last_sent_ns: int) -> None:
        """Wait for pending requests, up to the deadline."""
        if self._pending:
            await asyncio.wait([self._over], timeout=self.job.deadline_s + (last_sent_ns - monotonic_ns()) / NS)
        for task in list(self._opening):
            task.cancel()
            await asyncio.wait([task])
        for connection in list(self._pool.connections):
            connection.give_up(self._make_timeout())
            self.log.replace_if_stray(connection)

    def _make_timeout(self) -> Answer:
        return Answer(outcome=RequestOutcome.TIMEOUT, problem=f"no answer within {self.job.deadline_s:g} s")


class BurstLoad(OfferedLoad):
    """Every connection sends one request at the start."""

    def __init__(self, pool: ConnectionPool, start_ns: int) -> None:
        super().__init__(pool, start_ns, room=pool.job.concurrency)

    async def run(self) -> None:
        cpu_s = time.process_time()
        self._send_all(self.start_ns)
        self.send_span_s = (monotonic_ns() - self.start_ns) / NS
        await self._finish(monotonic_ns())
        self.cpu_s = time.process_time() - cpu_s

    def take_answer(self, connection: Connection, answer: bytes | Answer, answered_ns: int) -> None:
        self.log.add(connection, answer, answered_ns)
        self._count_answer()


class WindowLoad(OfferedLoad):
    """Load that goes on until the end of a window."""

    def __init__(self, pool: ConnectionPool, start_ns: int, room: int) -> None:
        super().__init__(pool, start_ns, room)
        self.window = measured_window(pool.job, start_ns)

    async def run(self) -> None:
        meter = CpuMeter(self.window)
        self._begin()
        await self._wait_until(self.window.end_ns)
        await self._finish(self.window.end_ns)
        self.cpu_s = meter.stop()

    def _begin(self) -> None:
        raise NotImplementedError

    async def _wait_until(self, end_ns: int) -> None:
        """Wait until the end of the window, or until nothing is pending any more."""
        await asyncio.wait([self._over], timeout=max(0, end_ns - monotonic_ns()) / NS)


class ClosedLoopLoad(WindowLoad):
    """Every connection sends its next request as soon as it has the answer to the one before."""

    def __init__(self, pool: ConnectionPool, start_ns: int) -> None:
        seconds = pool.job.warmup_s + pool.job.duration_s
        super().__init__(pool, start_ns, room=min(round(MOST_RPS * seconds), MOST_ROOM))
        self._per_request = pool.job.connections == "per-request"
        self._end_ns = self.window.end_ns

    def _begin(self) -> None:
        self._send_all()

    def take_answer(self, connection: Connection, answer: bytes | Answer, answered_ns: int) -> None:
        self.log.add(connection, answer, answered_ns)
        if self._per_request:
            connection.close()
        # Nothing is sent after a failure: another try would hide it.
        if answered_ns < self._end_ns and (isinstance(answer, bytes) or answer.outcome is None):
            # It takes the place of the answered one among the pending requests.
            self._send_next(connection, answered_ns)
        else:
            self._count_answer()


class OpenLoopLoad(WindowLoad):
    """Requests are sent when they are due, on any free connection. Subclasses have the schedule."""

    schedule: Callable[[Job, int, int], Iterator[int]]

    def __init__(self, pool: ConnectionPool, start_ns: int) -> None:
        window = measured_window(pool.job, start_ns)
        self._due_ns = array("q", self.schedule(pool.job, start_ns, window.end_ns))
        super().__init__(pool, start_ns, room=len(self._due_ns))
        self._next = 0
        self._blocked = False
        self._ended = False
        self._free = deque(pool.connections)
        self._early_ns = min(WAKE_UP_NS, round(MOST_SPINNING * NS * pool.job.parts / (pool.job.rate or 1)))
        self._alarm = Alarm(self._send_due)

    def _begin(self) -> None:
        self._send_due()

    async def _wait_until(self, end_ns: int) -> None:
        await asyncio.sleep(max(0, end_ns - monotonic_ns()) / NS)
        # The last request may have become due just now.
        self._send_due()
        self._ended = True
        self._alarm.close()
        self.dropped = sum(due_ns >= self.window.start_ns for due_ns in self._due_ns[self._next :])

    def take_answer(self, connection: Connection, answer: bytes | Answer, answered_ns: int) -> None:
        self.log.add(connection, answer, answered_ns)
        self._pending -= 1
        self._free.append(connection)
        if self._ended:
            if not self._pending:
                self._over.set_result(None)
        elif self._blocked:
            self._send_late(answered_ns)

    def _send_due(self) -> None:
        """Send what is due by now, and set the alarm for the next request."""
        while self._next < len(self._due_ns) and not self._ended:
            due_ns = self._due_ns[self._next]
            if due_ns - self._early_ns > monotonic_ns():
                self._alarm.set(due_ns - self._early_ns)
                return
            while monotonic_ns() < due_ns:
                pass
            if not (connection := self._take_connection()):
                self._blocked = True
                return
            self._next += 1
            self._send(connection, due_ns)
            if due_ns >= self.window.start_ns:
                self.lag_ns.append(connection.sent_ns - due_ns)

    def _send_late(self, now_ns: int) -> None:
        """Send what became due while every connection was busy."""
        while self._next < len(self._due_ns) and self._due_ns[self._next] <= now_ns:
            if not (connection := self._take_connection()):
                return
            due_ns = self._due_ns[self._next]
            self._next += 1
            self._send(connection, due_ns)
            self.late += due_ns >= self.window.start_ns
        self._blocked = False
        self._send_due()

    def _take_connection(self) -> Connection | None:
        """Return a free connection that is still usable."""
        while self._free:
            connection = self._free.popleft()
            if connection.usable:
                return connection
        return None


def schedule_evenly(job: Job, start_ns: int, end_ns: int) -> Iterator[int]:
    """Yield when the requests of this part are due: every `parts`-th of an even schedule."""
    assert job.rate is not None
    number = job.part
    while (due_ns := start_ns + round(number * NS / job.rate)) < end_ns:
        yield due_ns
        number += job.parts


def schedule_randomly(job: Job, start_ns: int, end_ns: int) -> Iterator[int]:
    """Yield when the requests of this part are due: several independent Poisson processes add up to one."""
    assert job.rate is not None
    chance = random.Random(f"{job.seed}/{job.part}")  # noqa: S311 - arrivals need no secrets
    due_ns = start_ns
    while True:
        due_ns += round(chance.expovariate(job.rate / job.parts) * NS)
        if due_ns >= end_ns:
            return
        yield due_ns


class ConstantRateLoad(OpenLoopLoad):
    """Evenly spaced requests."""

    schedule = staticmethod(schedule_evenly)


class PoissonRateLoad(OpenLoopLoad):
    """Requests at random times."""

    schedule = staticmethod(schedule_randomly)


LOADS: Mapping[str, Callable[[ConnectionPool, int], OfferedLoad]] = {
    BURST.name: BurstLoad,
    CLOSED_LOOP.name: ClosedLoopLoad,
    CONSTANT_RATE.name: ConstantRateLoad,
    POISSON_RATE.name: PoissonRateLoad,
}
"""The class that offers the load of each executor."""
