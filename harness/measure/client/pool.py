"""The connections of the engine: all are opened, answered once and settled before anything is measured."""

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


class ConnectionPool:
    """Opens the connections of one job, and closes all of them in the end.

    `late` counts the connections opened after the start. `requests` holds the bytes of each class of requests, `turns`
    yields the class of the next one.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.connections: dict[Connection, None] = {}
        self.heads = KnownHeads()
        self.late = 0
        self.requests = [encode_request(job, spec) for spec in job.requests]
        self.turns = job.take_turns()
        self._ready = 0

    async def open(self) -> None:
        """Open a connection for each concurrent request. Raises NotOpenedError if one fails."""
        wanted = self.job.concurrency
        bad: list[Answer] = []
        try:
            async with asyncio.timeout(self.job.deadline_s):
                while (missing := wanted - self._ready) > 0 and not bad:
                    batch = (self._open_one() for _ in range(min(missing, OPENED_TOGETHER)))
                    bad += [answer for answer in await asyncio.gather(*batch) if answer is not None]
        except TimeoutError:
            late = Answer(outcome=RequestOutcome.TIMEOUT, problem=f"no answer within {self.job.deadline_s:g} s")
            bad += [late] * (wanted - self._ready)
        if bad:
            raise NotOpenedError(wanted, bad)
        await asyncio.sleep(self.job.settle_s)

    async def reopen(self, user: ConnectionUser) -> Connection:
        """Open one more connection after the start. Raises OSError if that fails."""
        self.late += 1
        return await self._connect(user)

    def discard(self, connection: Connection) -> None:
        """Close and forget a connection that serves no further request."""
        connection.close()
        self.connections.pop(connection, None)

    async def close(self) -> None:
        """Close all connections, and let the loop carry that out."""
        for connection in self.connections:
            connection.close()
        self.connections.clear()
        await asyncio.sleep(0)

    async def _open_one(self) -> Answer | None:
        """Open a connection and check that it is served; return the answer if that failed."""
        first = FirstAnswer()
        try:
            connection = await self._connect(first)
        except OSError as error:
            return make_connect_error(error, self.job)
        if self.job.connections == "keep-alive":
            connection.send(encode_request(self.job, RequestSpec(self.job.prime_path)), due_ns=0)
            answer = await first.answer
            if isinstance(answer, Answer) and (answer.outcome is not None or answer.status != SUCCESS):
                return answer
        self._ready += 1
        return None

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
        self.connections[connection] = None
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
