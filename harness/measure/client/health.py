"""The health checks: during a cell, call an `async def` and a `def` route as a monitor would.

Rule 1: each route has its own connection, opened before the start, and one check pending at a time, so that the checks
do not add to the load.
Rule 2: a check is due 20 times a second, the first one 25 ms after the start, and its time counts from then. Checks
that become due while one is pending are answered by the next, so a route that stalls for a second shows in twenty
checks.
Rule 3: no check becomes due after the load has ended; those due by then are still made. The end may be reported late,
and checks that were made for want of it do not count.
"""

import asyncio
import sys
from dataclasses import dataclass, field
from time import monotonic_ns

from harness.measure.client.answers import SUCCESS
from harness.measure.client.connection import Connection
from harness.measure.client.harness_pipe import HarnessPipe
from harness.measure.client.job import HealthJob, HealthTimes, Job, RequestSpec, parse_health_job, parse_moment
from harness.measure.client.pool import ConnectionPool, FirstAnswer
from harness.measure.client.timing import NS, US_NS

INTERVAL_NS = 50_000_000
FIRST_AFTER_NS = 25_000_000


async def handle_job(line: bytes, pipe: HarnessPipe) -> HealthTimes | None:
    """Check both routes from the start until the harness reports that the load has ended."""
    job = parse_health_job(line)
    loop = asyncio.get_running_loop()
    routes = [CheckedRoute(_make_pool(job, path), loop.create_future()) for path in (job.async_path, job.def_path)]
    try:
        for route in routes:
            await route.pool.open()
        start_ns = await pipe.wait_for_start()
        if start_ns is None:
            return None
        # In a thread: the loop is busy with the checks.
        end = asyncio.create_task(asyncio.to_thread(sys.stdin.buffer.readline))
        checking = [asyncio.create_task(route.check_from(start_ns + FIRST_AFTER_NS)) for route in routes]
        end_ns = parse_moment(await end)
        assert end_ns is not None
        for route in routes:
            route.end.set_result(end_ns)
        await asyncio.wait(checking, timeout=job.deadline_s)
        unanswered = sum(route.count_unanswered() for route in routes)
        for task in checking:
            task.cancel()
        async_us, def_us = (route.times_by_the_end_us() for route in routes)
        return HealthTimes(async_us, def_us, unanswered)
    finally:
        for route in routes:
            await route.pool.close()


@dataclass(slots=True)
class CheckedRoute:
    """One checked route, and how long each check took; `due_ns` is when the next one is due."""

    pool: ConnectionPool
    end: asyncio.Future[int]
    times_us: list[int] = field(default_factory=list)
    due_ns: int = 0

    async def check_from(self, due_ns: int) -> None:
        """Check from that time on. A failed check ends it, and those not made count as unanswered."""
        self.due_ns = due_ns
        while not self._is_over():
            wait_ns = self.due_ns - monotonic_ns()
            if wait_ns > 0:
                await asyncio.wait([self.end], timeout=wait_ns / NS)
                continue
            sent_ns = monotonic_ns()
            if not await self._is_healthy():
                return
            answered_ns = monotonic_ns()
            while self.due_ns <= sent_ns and not self._is_over():
                self.times_us.append((answered_ns - self.due_ns) // US_NS)
                self.due_ns += INTERVAL_NS

    def times_by_the_end_us(self) -> list[int]:
        """Return how long each check took that was due by the end."""
        last_due_ns = self.due_ns - INTERVAL_NS
        late = len(range(last_due_ns, self.end.result() - 1, -INTERVAL_NS))
        return self.times_us[: max(0, len(self.times_us) - late)]

    def count_unanswered(self) -> int:
        """Return how many checks were due by the end and have no time."""
        return len(range(self.due_ns, self.end.result(), INTERVAL_NS))

    def _is_over(self) -> bool:
        return self.end.done() and self.due_ns >= self.end.result()

    async def _is_healthy(self) -> bool:
        first = FirstAnswer()
        try:
            connection = await self._connect(first)
        except OSError:
            return False
        connection.send(self.pool.requests[0], monotonic_ns())
        answer = await first.answer
        return isinstance(answer, bytes) or (answer.outcome is None and answer.status == SUCCESS)

    async def _connect(self, first: FirstAnswer) -> Connection:
        """Return the connection to this route; open another one if the server has closed it."""
        (connection,) = self.pool.connections
        if not connection.usable:
            self.pool.discard(connection)
            return await self.pool.reopen(first)
        connection.user = first
        return connection


def _make_pool(job: HealthJob, path: str) -> ConnectionPool:
    return ConnectionPool(
        Job(
            port=job.port,
            requests=[RequestSpec(path)],
            prime_path=path,
            client="health",
            concurrency=1,
            deadline_s=job.deadline_s,
        )
    )
