"""The health checks: while a cell is measured, ask an `async def` and a `def` route how they are, as a monitor would.

Rule 1: each route has a connection of its own, opened before the start, and one check under way at a time: what asks
how a server is must not weigh it down.
Rule 2: a check is due 20 times a second, the first 25 ms after the start, and its time counts from then. Those that
come due while one is under way are answered by the next: so a route that stalls for a second shows in twenty checks.
Rule 3: no check comes due after the load has ended; those that are due by then are still asked.
"""

import asyncio
import sys
from dataclasses import dataclass, field
from time import monotonic_ns

from harness.measure.client.answers import SUCCESS
from harness.measure.client.connection import Connection
from harness.measure.client.harness_pipe import HarnessPipe
from harness.measure.client.job import HealthJob, HealthTimes, Job, RequestSpec, parse_end, parse_health_job
from harness.measure.client.pool import ConnectionPool, FirstAnswer
from harness.measure.client.timing import NS, US_NS

INTERVAL_NS = 50_000_000
FIRST_AFTER_NS = 25_000_000


async def handle_job(line: bytes, talk: HarnessPipe) -> HealthTimes | None:
    """Check both routes from the moment that the harness names until it says that the load has ended."""
    checkup = parse_health_job(line)
    loop = asyncio.get_running_loop()
    routes = [
        CheckedRoute(_make_pool(checkup, path), loop.create_future()) for path in (checkup.async_path, checkup.def_path)
    ]
    try:
        for route in routes:
            await route.pool.open()
        start_ns = await talk.begin()
        if start_ns is None:
            return None
        # On a thread, since the loop has checks to make meanwhile.
        end = asyncio.create_task(asyncio.to_thread(sys.stdin.buffer.readline))
        checking = [asyncio.create_task(route.check_from(start_ns + FIRST_AFTER_NS)) for route in routes]
        end_ns = parse_end(await end)
        for route in routes:
            route.end.set_result(end_ns)
        await asyncio.wait(checking, timeout=checkup.deadline_s)
        unanswered = sum(route.unanswered() for route in routes)
        for task in checking:
            task.cancel()
        return HealthTimes(routes[0].times_us, routes[1].times_us, unanswered)
    finally:
        for route in routes:
            await route.pool.close()


@dataclass(slots=True)
class CheckedRoute:
    """One route that is checked, and how long each check took."""

    pool: ConnectionPool
    end: asyncio.Future[int]
    times_us: list[int] = field(default_factory=list)
    due_ns: int = 0

    async def check_from(self, due_ns: int) -> None:
        """Check at that moment and from then on; a check that fails has no time, and is counted in the end."""
        self.due_ns = due_ns
        while not self._is_over():
            wait_ns = self.due_ns - monotonic_ns()
            if wait_ns > 0:
                await asyncio.wait([self.end], timeout=wait_ns / NS)
                continue
            sent_ns = monotonic_ns()
            if not await self._is_well():
                return
            answered_ns = monotonic_ns()
            while self.due_ns <= sent_ns and not self._is_over():
                self.times_us.append((answered_ns - self.due_ns) // US_NS)
                self.due_ns += INTERVAL_NS

    def unanswered(self) -> int:
        """How many checks were due by the end and have no time."""
        return len(range(self.due_ns, self.end.result(), INTERVAL_NS))

    def _is_over(self) -> bool:
        return self.end.done() and self.due_ns >= self.end.result()

    async def _is_well(self) -> bool:
        first = FirstAnswer()
        try:
            connection = await self._connection(first)
        except OSError:
            return False
        connection.send(self.pool.requests[0], monotonic_ns())
        answer = await first.answer
        return isinstance(answer, bytes) or (answer.outcome is None and answer.status == SUCCESS)

    async def _connection(self, first: FirstAnswer) -> Connection:
        """The connection to this route; another one where the server has not kept it."""
        (connection,) = self.pool.connections
        if not connection.usable:
            self.pool.give_back(connection)
            return await self.pool.reopen(first)
        connection.user = first
        return connection


def _make_pool(checkup: HealthJob, path: str) -> ConnectionPool:
    return ConnectionPool(
        Job(
            port=checkup.port,
            asked=[RequestSpec(path)],
            prime_path=path,
            client="health",
            concurrency=1,
            deadline_s=checkup.deadline_s,
        )
    )
