"""An HTTP service that answers after a given time: `python -m harness.measure.services.upstream_server PORT`.

It answers `GET /wait?us=100000` after 100000 microseconds, and `GET /account` at once, with what it has counted since
the last account.

Rule 1: no answer is early: the time counts from when the whole request was read, and ends before the answer is written.
Rule 2: how late each answer is sent is recorded, because that is what this service adds to a measurement.
Rule 3: any other request is refused, and its connection closed.
"""

import asyncio
import heapq
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic_ns
from typing import Any, cast
from urllib.parse import parse_qs

import uvloop
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from harness.measure.client.results import round_times
from harness.measure.client.timing import NS, US_NS, Alarm
from servers.adapter import HOST

WAIT_PATH = b"/wait"
ACCOUNT_PATH = b"/account"
ANSWER = b'{"waited": true}'
EXPECTED = "GET /wait?us=100000, one at a time"
LONGEST_WAIT_US = 3_600_000_000
BACKLOG = 4096
MOST_URLS = 64
"""How many parsed URLs are remembered: a scenario repeats the same one."""


@dataclass(slots=True)
class UpstreamAccount:
    """What was counted since the account was opened.

    `late_us` counts answers by how late they were. From the first request to the last answer took `span_ns`, of which
    this process computed for `cpu_ns`.
    """

    answered: int = 0
    connections: int = 0
    peak: int = 0
    late_us: Counter[int] = field(default_factory=Counter)
    began_ns: int | None = None
    began_cpu_ns: int = 0
    span_ns: int = 0
    cpu_ns: int = 0

    def count_request(self, pending: int) -> None:
        """Count a request that makes `pending` requests pending."""
        self.peak = max(self.peak, pending)
        if self.began_ns is None:
            self.began_ns, self.began_cpu_ns = monotonic_ns(), time.process_time_ns()

    def count_answer(self, late_ns: int) -> None:
        """Count an answer that was sent `late_ns` late."""
        self.answered += 1
        self.late_us[late_ns // US_NS] += 1
        if self.began_ns is not None:
            self.span_ns = monotonic_ns() - self.began_ns
            self.cpu_ns = time.process_time_ns() - self.began_cpu_ns

    def to_json(self) -> dict[str, Any]:
        """Return the account as the harness reads it."""
        return {
            "answered": self.answered,
            "connections": self.connections,
            "peak": self.peak,
            "late": round_times(self.late_us),
            "span_s": self.span_ns / NS,
            "cpu_s": self.cpu_ns / NS,
        }


class UpstreamService:
    """The service: the connections that wait for an answer, in the order in which they are due."""

    def __init__(self) -> None:
        self.account = UpstreamAccount()
        self._pending = 0
        self._requests = 0
        self._due: list[tuple[int, int, UpstreamConnection]] = []
        self._alarm = Alarm(self._answer_due)

    def add(self, connection: "UpstreamConnection", wait_us: int) -> None:
        """Answer a request of a connection after `wait_us` microseconds."""
        self._pending += 1
        self._requests += 1
        self.account.count_request(self._pending)
        due_ns = monotonic_ns() + wait_us * US_NS
        heapq.heappush(self._due, (due_ns, self._requests, connection))
        if self._due[0][1] == self._requests:
            self._alarm.set(due_ns)

    def remove(self) -> None:
        """Count a request as no longer pending: it was answered, or its client is gone."""
        self._pending -= 1

    def take_account(self) -> dict[str, Any]:
        """Return the account so far and open a new one, which includes what is still pending."""
        account = self.account.to_json()
        self.account = UpstreamAccount(peak=self._pending)
        return account

    def _answer_due(self) -> None:
        while self._due and self._due[0][0] <= monotonic_ns():
            due_ns, _, connection = heapq.heappop(self._due)
            if connection.send_answer():
                self.account.count_answer(monotonic_ns() - due_ns)
        if self._due:
            self._alarm.set(self._due[0][0])


class UpstreamConnection(asyncio.Protocol):
    """One connection, with one pending request at a time."""

    def __init__(self, upstream: UpstreamService) -> None:
        self._upstream = upstream
        self._account: UpstreamAccount | None = None
        self._parser = HttpRequestParser(self)
        self._url = b""
        self._keeps_alive = True
        self._waits = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are transports in all but name.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        if self._waits:
            self._waits = False
            self._upstream.remove()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._refuse()

    def send_answer(self) -> bool:
        """Answer the pending request; return whether its client is still there."""
        if not self._waits:
            return False
        self._waits = False
        self._upstream.remove()
        self._write(b"200 OK", ANSWER)
        return True

    # Called by the parser.

    def on_message_begin(self) -> None:
        self._url = b""

    def on_url(self, piece: bytes) -> None:
        self._url += piece

    def on_message_complete(self) -> None:
        self._keeps_alive = self._parser.should_keep_alive()
        if self._waits or self._parser.get_method() != b"GET":
            self._refuse()
        elif self._url == ACCOUNT_PATH:
            self._write(b"200 OK", json.dumps(self._upstream.take_account()).encode())
        elif (wait_us := parse_wait_us(self._url)) is not None:
            self._wait(wait_us)
        else:
            self._refuse()

    def _wait(self, wait_us: int) -> None:
        self._waits = True
        if self._account is not self._upstream.account:
            self._account = self._upstream.account
            self._account.connections += 1
        self._upstream.add(self, wait_us)

    def _refuse(self) -> None:
        self._keeps_alive = False
        refusal = {"asked": self._url.decode(errors="replace"), "expected": EXPECTED}
        self._write(b"400 Bad Request", json.dumps(refusal).encode())

    def _write(self, status: bytes, body: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n%b\r\n%b"
            % (status, len(body), b"" if self._keeps_alive else b"connection: close\r\n", body)
        )
        if not self._keeps_alive:
            self._transport.close()


@lru_cache(maxsize=MOST_URLS)
def parse_wait_us(url: bytes) -> int | None:
    """Return the microseconds that a request for this URL waits; None if it asks for something else."""
    path, _, query = url.partition(b"?")
    if path != WAIT_PATH:
        return None
    match parse_qs(query.decode("ascii", "replace")):
        case {"us": [us]} if us.isascii() and us.isdigit() and int(us) <= LONGEST_WAIT_US:
            return int(us)
    return None


async def serve_upstream(port: int) -> None:
    """Listen until the process is ended."""
    upstream = UpstreamService()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: UpstreamConnection(upstream), HOST, port, backlog=BACKLOG)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve_upstream(int(sys.argv[1])))
