"""How the engine offers load: all at once, so many always in flight, or in an open loop that waits for nobody.

Rule 1: a burst counts latency from the common start, a closed loop from when a request was sent, an open loop from when
it was due, whatever kept it from being sent.
Rule 2: a closed loop that loses a connection opens another one, and says so. An open loop opens none: its pool shrinks.
Rule 3: what is due in an open loop while all connections are taken is sent as soon as one is free, and counted as late;
what is still waiting when the window ends is counted as dropped. Nothing is forgotten.
Rule 4: the window of a steady executor begins after the warm-up. When it ends nothing more is sent, and what is under
way is waited for.
"""

import asyncio
import random
import time
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from time import monotonic_ns

from harness.measure.client.answers import Answer
from harness.measure.client.connection import Connection
from harness.measure.client.job import Job
from harness.measure.client.pool import ConnectionPool, make_connect_error
from harness.measure.client.results import AnswerLog
from harness.measure.client.timing import NS, Alarm, CpuMeter, measured_window
from harness.model.outcomes import RequestOutcome
from harness.model.plan import BURST, CLOSED_LOOP, CONSTANT_RATE, OPEN_LOOPS

MOST_RPS = 150_000
MOST_ROOM = 2_000_000
"""Answers a second that one process of this engine hardly reaches, and answers that few windows bring: what there is
room for beforehand.
"""

WAKES_UP_WITHIN_NS = 60_000
"""How long a timer may take to wake us up: so much before a request is due the alarm rings, and the rest is spun."""

MOST_SPINNING = 1 / 8
"""The share of a core that may be spent on spinning at most; it also keeps answers waiting."""


class OfferedLoad:
    """The load of one job over an open pool: what all executors share.

    `late` and `dropped` are those of rule 3, `lag_ns` how late the client itself was with each request of an open loop,
    `cpu_s` what this process spent from start to end, or in the window.
    """

    def __init__(self, pool: ConnectionPool, start_ns: int, room: int) -> None:
        self.job = pool.job
        self.start_ns = start_ns
        self.record = AnswerLog(room)
        self.late = 0
        self.dropped = 0
        self.lag_ns: list[int] = []
        self.send_span_s = 0.0
        self.cpu_s = 0.0
        self._pool = pool
        self._under_way = 0
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._opening: set[asyncio.Task[None]] = set()
        for connection in pool.connections:
            connection.user = self

    async def run(self) -> None:
        """Offer the load, until every request that was sent has its answer or has been given up."""
        raise NotImplementedError

    def answered(self, connection: Connection, answer: bytes | Answer, answered_ns: int) -> None:
        """Take in the answer to what a connection has sent."""
        raise NotImplementedError

    def _send(self, connection: Connection, due_ns: int) -> None:
        """Send the next request, over another connection where this one is spent."""
        self._under_way += 1
        connection.asked = asked = next(self._pool.turns)
        if connection.usable:
            connection.send(self._pool.requests[asked], due_ns)
        else:
            self._pool.give_back(connection)
            task = asyncio.get_running_loop().create_task(self._send_anew(connection, due_ns))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _send_anew(self, spent: Connection, due_ns: int) -> None:
        spent.due_ns, spent.sent_ns = due_ns, monotonic_ns()
        try:
            connection = await self._pool.reopen(self)
        except OSError as error:
            self.answered(spent, make_connect_error(error, self.job), monotonic_ns())
        except asyncio.CancelledError:
            self.answered(spent, self._timed_out(), monotonic_ns())
        else:
            connection.asked = spent.asked
            connection.send(self._pool.requests[spent.asked], due_ns)

    def _send_all(self, due_ns: int | None = None) -> None:
        """Send a request over each connection, due then or now."""
        # As if one more were under way: the first may fail at once, and must not be taken for the last.
        self._under_way += 1
        for connection in list(self._pool.connections):
            self._send(connection, monotonic_ns() if due_ns is None else due_ns)
        self._has_answer()

    def _has_answer(self) -> None:
        self._under_way -= 1
        if not self._under_way and not self._over.done():
            self._over.set_result(None)

    async def _finish(self, last_sent_ns: int) -> None:
        """Wait for what is under way, and no longer than the deadline allows."""
        if self._under_way:
            await asyncio.wait([self._over], timeout=self.job.deadline_s + (last_sent_ns - monotonic_ns()) / NS)
        for task in list(self._opening):
            task.cancel()
            await asyncio.wait([task])
        for connection in list(self._pool.connections):
            connection.give_up(self._timed_out())
            self.record.spoil(connection)

    def _timed_out(self) -> Answer:
        return Answer(outcome=RequestOutcome.TIMEOUT, problem=f"no answer within {self.job.deadline_s:g} s")


class BurstLoad(OfferedLoad):
    """Every connection sends one request at the start."""

    def __init__(self, pool: ConnectionPool, start_ns: int) -> None:
        super().__init__(pool, start_ns, room=pool.job.concurrency)

    async def run(self) -> None:
        """Send them all, and wait for the answers."""
        cpu_s = time.process_time()
        self._send_all(self.start_ns)
        self.send_span_s = (monotonic_ns() - self.start_ns) / NS
        await self._finish(monotonic_ns())
        self.cpu_s = time.process_time() - cpu_s

    def answered(self, connection: Connection, answer: bytes | Answer, answered_ns: int) -> None:
        """Note it, and wait for the others."""
        self.record.add(connection, answer, answered_ns)
        self._has_answer()


class WindowLoad(OfferedLoad):
    """Load that goes on until the end of a window."""

    def __init__(self, pool: ConnectionPool, start_ns: int, room: int) -> None:
        super().__init__(pool, start_ns, room)
        self.window = measured_window(pool.job, start_ns)

    async def run(self) -> None:
        """Begin, go on until the end of the window, and wait for the last answers."""
        meter = CpuMeter(self.window)
        self._begin()
        await self._wait_for(self.window.end_ns)
        await self._finish(self.window.end_ns)
        self.cpu_s = meter.stop()

    def _begin(self) -> None:
        raise NotImplementedError

    async def _wait_for(self, end_ns: int) -> None:
        """Until the end of the window, or until nothing is under way any more."""
        await asyncio.wait([self._over], timeout=max(0, end_ns - monotonic_ns()) / NS)


class ClosedLoopLoad(WindowLoad):
    """Every connection sends its next request as soon as it has the answer to the one before."""

    def __init__(self, pool: ConnectionPool, start_ns: int) -> None:
        seconds = pool.job.warmup_s + pool.job.duration_s
        super().__init__(pool, start_ns, room=min(round(MOST_RPS * seconds), MOST_ROOM))
        self._per_request = pool.job.connections == "per-request"

    def _begin(self) -> None:
        self._send_all()

    def answered(self, connection: Connection, answer: bytes | Answer, answered_ns: int) -> None:
        """Note it, and send the next; not after a failure, which trying again would hide."""
        self.record.add(connection, answer, answered_ns)
        if self._per_request:
            connection.close()
        if answered_ns < self.window.end_ns and (isinstance(answer, bytes) or answer.outcome is None):
            self._under_way -= 1
            self._send(connection, answered_ns)
        else:
            self._has_answer()


class OpenLoopLoad(WindowLoad):
    """Requests are sent when they are due, over whichever connection is free."""

    def __init__(self, pool: ConnectionPool, start_ns: int) -> None:
        window = measured_window(pool.job, start_ns)
        self._due_ns = array("q", schedule(pool.job, start_ns, window.end_ns))
        super().__init__(pool, start_ns, room=len(self._due_ns))
        self._next = 0
        self._blocked = False
        self._ended = False
        self._free = deque(pool.connections)
        self._early_ns = min(WAKES_UP_WITHIN_NS, round(MOST_SPINNING * NS * pool.job.parts / (pool.job.rate or 1)))
        self._alarm = Alarm(self._ring)

    def _begin(self) -> None:
        self._ring()

    async def _wait_for(self, end_ns: int) -> None:
        await asyncio.sleep(max(0, end_ns - monotonic_ns()) / NS)
        # The last request may have become due just now.
        self._ring()
        self._ended = True
        self._alarm.close()
        self.dropped = sum(due_ns >= self.window.start_ns for due_ns in self._due_ns[self._next :])

    def answered(self, connection: Connection, answer: bytes | Answer, answered_ns: int) -> None:
        """Note it, and give the connection to a request that waits for one."""
        self.record.add(connection, answer, answered_ns)
        self._under_way -= 1
        self._free.append(connection)
        if self._ended:
            if not self._under_way:
                self._over.set_result(None)
        elif self._blocked:
            self._catch_up(answered_ns)

    def _ring(self) -> None:
        """Send what is due by now, and set the alarm for what is due next."""
        while self._next < len(self._due_ns) and not self._ended:
            due_ns = self._due_ns[self._next]
            if due_ns - self._early_ns > monotonic_ns():
                self._alarm.set(due_ns - self._early_ns)
                return
            while monotonic_ns() < due_ns:
                pass
            if not (connection := self._taken()):
                self._blocked = True
                return
            self._next += 1
            self._send(connection, due_ns)
            if due_ns >= self.window.start_ns:
                self.lag_ns.append(connection.sent_ns - due_ns)

    def _catch_up(self, now_ns: int) -> None:
        """Send what came due while every connection was taken."""
        while self._next < len(self._due_ns) and self._due_ns[self._next] <= now_ns:
            if not (connection := self._taken()):
                return
            due_ns = self._due_ns[self._next]
            self._next += 1
            self._send(connection, due_ns)
            self.late += due_ns >= self.window.start_ns
        self._blocked = False
        self._ring()

    def _taken(self) -> Connection | None:
        """A free connection that still serves."""
        while self._free:
            connection = self._free.popleft()
            if connection.usable:
                return connection
        return None


def schedule(job: Job, start_ns: int, end_ns: int) -> Iterator[int]:
    """When the requests of an open loop are due, from the start to the end: as one of several processes has them."""
    assert job.rate is not None
    if job.executor == CONSTANT_RATE:
        number = job.part
        while (due_ns := start_ns + round(number * NS / job.rate)) < end_ns:
            yield due_ns
            number += job.parts
        return
    # Several independent Poisson processes are one of their common rate.
    chance = random.Random(f"{job.seed}/{job.part}")  # noqa: S311 - arrivals need no secrets
    due_ns = start_ns
    while True:
        due_ns += round(chance.expovariate(job.rate / job.parts) * NS)
        if due_ns >= end_ns:
            return
        yield due_ns


LOADS: dict[str, Callable[[ConnectionPool, int], OfferedLoad]] = {
    BURST: BurstLoad,
    CLOSED_LOOP: ClosedLoopLoad,
    **dict.fromkeys(OPEN_LOOPS, OpenLoopLoad),
}
