"""The connections of the engine to one server: opened and answered once before anything is measured, then kept.

Rule 1: before each job every connection answers a request, and so do those that were kept. This shows that the server
has not closed it, and that the work of the previous cell is over. A connection that the server has closed is replaced.
Rule 2: a connection that has served many requests is replaced between jobs, since some servers close theirs after a
thousand.
"""

import asyncio
import socket

from harness.measure.client.answers import SUCCESS, Answer, NotOpenedError
from harness.measure.client.connection import Connection, ConnectionUser
from harness.measure.client.http import KnownHeads, encode_request
from harness.measure.client.job import Job, RequestSpec
from harness.model.outcomes import RequestOutcome
from servers.adapter import HOST

# Listening sockets queue a hundred connections or so; beyond that, opening one more takes a second.
OPENED_TOGETHER = 64

MOST_REQUESTS = 500
"""How many requests a connection may have served before it is replaced between jobs."""


class ConnectionPool:
    """The connections to one server, of which each job uses as many as it has concurrent requests.

    `connections` are those of the current job, `late` counts those of them that were opened after its start.
    `requests` holds the bytes of each class of requests, `turns` yields the class of the next one.
    """

    def __init__(self, job: Job) -> None:
        self.connections: dict[Connection, None] = {}
        self.heads = KnownHeads()
        self._kept: list[Connection] = []
        self._served = 0.0
        self.begin(job)

    def begin(self, job: Job) -> None:
        """Turn to another job on the same server."""
        self.job = job
        self.late = 0
        self.requests = [encode_request(job, spec) for spec in job.requests]
        self._prime_request = encode_request(job, RequestSpec(job.prime_path))
        self.turns = job.take_turns()

    async def open(self) -> None:
        """Have a connection for each concurrent request. Raises NotOpenedError if one fails."""
        wanted = self.job.concurrency
        bad: list[Answer] = []
        try:
            async with asyncio.timeout(self.job.deadline_s):
                await self._take_kept()
                is_settled = len(self.connections) == wanted
                while (missing := wanted - len(self.connections)) > 0 and not bad:
                    batch = (self._open_one() for _ in range(min(missing, OPENED_TOGETHER)))
                    bad += [answer for answer in await asyncio.gather(*batch) if answer is not None]
        except TimeoutError:
            late = Answer(outcome=RequestOutcome.TIMEOUT, problem=f"no answer within {self.job.deadline_s:g} s")
            bad += [late] * max(1, wanted - len(self.connections))
        if bad:
            raise NotOpenedError(wanted, bad)
        if not is_settled:
            await asyncio.sleep(self.job.settle_s)

    async def reopen(self, user: ConnectionUser) -> Connection:
        """Open one more connection after the start. Raises OSError if that fails."""
        self.late += 1
        connection = await self._connect(user)
        self.connections[connection] = None
        return connection

    def discard(self, connection: Connection) -> None:
        """Close and forget a connection that serves no further request."""
        connection.close()
        self.connections.pop(connection, None)

    def keep(self, answered: int) -> None:
        """End a job with this many answers: keep the connections that can serve another job, and close the rest."""
        is_reusable = self.job.connections == "keep-alive"
        self._served += answered / self.job.concurrency
        for connection in self.connections:
            if is_reusable and connection.is_idle:
                self._kept.append(connection)
            else:
                connection.close()
        self.connections.clear()

    async def close(self) -> None:
        """Close all connections, and let the loop carry that out."""
        for connection in (*self.connections, *self._kept):
            connection.close()
        self.connections.clear()
        self._kept.clear()
        await asyncio.sleep(0)

    async def _take_kept(self) -> None:
        """Take kept connections that still answer; close the worn out."""
        if self._served > MOST_REQUESTS:
            self._served = 0.0
            await self.close()
        taken, self._kept = self._kept[: self.job.concurrency], self._kept[self.job.concurrency :]
        for connection, problem in zip(taken, await asyncio.gather(*map(self._prime, taken)), strict=True):
            if problem is None:
                self.connections[connection] = None
            else:
                connection.close()

    async def _open_one(self) -> Answer | None:
        """Open a connection and check that it is served; return the answer if that failed."""
        try:
            connection = await self._connect(FirstAnswer())
        except OSError as error:
            return make_connect_error(error, self.job)
        if self.job.connections == "keep-alive" and (problem := await self._prime(connection)):
            connection.close()
            return problem
        self.connections[connection] = None
        return None

    async def _prime(self, connection: Connection) -> Answer | None:
        """Send one request that is not measured; return its answer if it is not a good one."""
        first = FirstAnswer()
        connection.user = first
        connection.send(self._prime_request, due_ns=0)
        try:
            answer = await first.answer
        except asyncio.CancelledError:
            connection.close()
            raise
        if isinstance(answer, bytes) or (answer.outcome is None and answer.status == SUCCESS):
            return None
        return answer

    async def _connect(self, user: ConnectionUser) -> Connection:
        loop = asyncio.get_running_loop()
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            opened.setblocking(False)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(opened, (HOST, self.job.port))
        except BaseException:
            opened.close()
            raise
        connection = Connection(opened, self.heads, user)
        await loop.create_connection(lambda: connection, sock=opened)
        return connection


class FirstAnswer:
    """Waits for the answer to one request on a connection."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes | Answer] = asyncio.get_running_loop().create_future()

    def take_answer(self, _connection: Connection, answer: bytes | Answer, _answered_ns: int) -> None:
        # The wait may have been cancelled a moment ago.
        if not self.answer.done():
            self.answer.set_result(answer)


def make_connect_error(error: OSError, job: Job) -> Answer:
    """Return what becomes of a request that gets no connection."""
    outcome = RequestOutcome.REFUSED if isinstance(error, ConnectionRefusedError) else RequestOutcome.ABORTED
    return Answer(outcome=outcome, problem=f"cannot connect to {HOST}:{job.port}: {error}")
