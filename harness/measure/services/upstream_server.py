"""An HTTP service that answers as late as it is asked to: `python -m harness.measure.services.upstream_server PORT`.

`GET /wait?us=100000` is answered after 100000 microseconds, `GET /account` at once, with what has happened since the
last time that it was asked.

Rule 1: no answer is early: the time counts from when the whole request was read, and ends before the answer is written.
Rule 2: how late an answer is sent beyond its time is written down, answer for answer: it is what this service adds to
what is measured.
Rule 3: whatever is not such a request is refused, and its connection closed.
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
"""How many are remembered: a scenario asks for the same one again and again."""


class UpstreamService:
    """The service: who waits for an answer, in the order in which they are due."""

    def __init__(self) -> None:
        self.account = UpstreamAccount()
        self._under_way = 0
        self._came = 0
        self._due: list[tuple[int, int, UpstreamConnection]] = []
        self._alarm = Alarm(self._answer_due)

    def came(self, connection: "UpstreamConnection", wait_us: int) -> None:
        """A request is to be answered after so many microseconds."""
        self._under_way += 1
        self._came += 1
        self.account.came(self._under_way)
        due_ns = monotonic_ns() + wait_us * US_NS
        heapq.heappush(self._due, (due_ns, self._came, connection))
        if self._due[0][1] == self._came:
            self._alarm.set(due_ns)

    def left(self) -> None:
        """Whoever asked is answered, or has gone."""
        self._under_way -= 1

    def accounted(self) -> dict[str, Any]:
        """The account so far; a new one is opened, in which counts what is still under way."""
        said = self.account.said()
        self.account = UpstreamAccount(peak=self._under_way)
        return said

    def _answer_due(self) -> None:
        while self._due and self._due[0][0] <= monotonic_ns():
            due_ns, _, connection = heapq.heappop(self._due)
            if connection.answer():
                self.account.went(monotonic_ns() - due_ns)
        if self._due:
            self._alarm.set(self._due[0][0])


class UpstreamConnection(asyncio.Protocol):
    """One connection; it has one request under way at a time."""

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
            self._upstream.left()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._refuse()

    def answer(self) -> bool:
        """Answer the request that is under way; whether anybody is still there to have the answer."""
        if not self._waits:
            return False
        self._waits = False
        self._upstream.left()
        self._write(b"200 OK", ANSWER)
        return True

    # What the parser calls.

    def on_message_begin(self) -> None:
        self._url = b""

    def on_url(self, piece: bytes) -> None:
        self._url += piece

    def on_message_complete(self) -> None:
        self._keeps_alive = self._parser.should_keep_alive()
        if self._waits or self._parser.get_method() != b"GET":
            self._refuse()
        elif self._url == ACCOUNT_PATH:
            self._write(b"200 OK", json.dumps(self._upstream.accounted()).encode())
        elif (wait_us := parse_wait_us(self._url)) is not None:
            self._begin(wait_us)
        else:
            self._refuse()

    def _begin(self, wait_us: int) -> None:
        self._waits = True
        if self._account is not self._upstream.account:
            self._account = self._upstream.account
            self._account.connections += 1
        self._upstream.came(self, wait_us)

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
    """The microseconds that a request for this is to wait, None where it asks for something else."""
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


@dataclass(slots=True)
class UpstreamAccount:
    """What has happened since it was opened: how many requests were answered over how many connections, the most that
    were under way at once, and how often an answer was late by how many microseconds.

    From the first request to the last answer there passed `span_ns`, of which this process computed for `cpu_ns`.
    """

    answered: int = 0
    connections: int = 0
    peak: int = 0
    late_us: Counter[int] = field(default_factory=Counter)
    began_ns: int | None = None
    began_cpu_ns: int = 0
    span_ns: int = 0
    cpu_ns: int = 0

    def came(self, under_way: int) -> None:
        """A request has come, and so many are under way now."""
        self.peak = max(self.peak, under_way)
        if self.began_ns is None:
            self.began_ns, self.began_cpu_ns = monotonic_ns(), time.process_time_ns()

    def went(self, late_ns: int) -> None:
        """An answer has gone, so late."""
        self.answered += 1
        self.late_us[late_ns // US_NS] += 1
        if self.began_ns is not None:
            self.span_ns = monotonic_ns() - self.began_ns
            self.cpu_ns = time.process_time_ns() - self.began_cpu_ns

    def said(self) -> dict[str, Any]:
        """All of it, as the harness is told."""
        return {
            "answered": self.answered,
            "connections": self.connections,
            "peak": self.peak,
            "late": round_times(self.late_us),
            "span_s": self.span_ns / NS,
            "cpu_s": self.cpu_ns / NS,
        }
