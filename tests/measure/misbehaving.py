"""A small server on a real socket, with one misbehaviour a path; it notes all that it sees and says."""

import asyncio
import gzip
import json
import os
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from servers.adapter import HOST

STYLE = "async"
TOKEN = "a token"  # noqa: S105 - it says which launch answers, and keeps nobody out
DELAY_S = 0.02
DELAY_NS = 20_000_000
MS_NS = 1_000_000
HOUR_NS = 3600 * 10**9

Evidence = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request as the server saw it; `connection` counts from 0, in the order in which they were opened."""

    path: str
    connection: int
    open_connections: int
    arrived_ns: int


@dataclass(slots=True)
class Misbehaving:
    """What the server has seen and said so far."""

    port: int = 0
    opened_ns: list[int] = field(default_factory=list)
    open_connections: int = 0
    arrivals: list[Arrival] = field(default_factory=list)
    said: list[Evidence] = field(default_factory=list)
    running: int = 0
    listener: asyncio.Server | None = None

    def asked(self, path: str) -> list[Arrival]:
        """The requests to a path, in order of arrival."""
        return [arrival for arrival in self.arrivals if arrival.path == path]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request to a path; `number` counts those to the same path, from 0."""

    server: Misbehaving
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    path: str
    number: int

    async def wait_for_requests(self, count: int) -> None:
        """Until so many have come to this path."""
        while len(self.server.asked(self.path)) < count:  # noqa: ASYNC110 - a flag for every count would be more
            await asyncio.sleep(0.001)

    async def work(self) -> Evidence:
        """Sleep for the delay, and bear witness."""
        entered_ns = time.monotonic_ns()
        self.server.running += 1
        running = self.server.running
        started_ns = time.monotonic_ns()
        await asyncio.sleep(DELAY_S)
        ended_ns = time.monotonic_ns()
        self.server.running -= 1
        return {
            "style": STYLE,
            "token": TOKEN,
            "entered_ns": entered_ns,
            "started_ns": started_ns,
            "ended_ns": ended_ns,
            "thread": threading.get_ident(),
            "pid": os.getpid(),
            "running": running,
        }

    def answer(self, body: bytes, status: int = 200, *headers: str) -> None:
        """Write an answer as it should be."""
        self.write(body, status, f"content-length: {len(body)}", *headers)

    def write(self, body: bytes, status: int, *headers: str) -> None:
        """Write an answer with no headers but these."""
        head = "\r\n".join([f"HTTP/1.1 {status} So", "content-type: application/json", *headers])
        self.writer.write(f"{head}\r\n\r\n".encode() + body)

    def say(self, said: Evidence) -> None:
        """Answer with this, and note it."""
        self.server.said.append(said)
        self.answer(json.dumps(said).encode())


Behaviour = Callable[[Exchange], Awaitable[None]]


async def prime(exchange: Exchange) -> None:
    """Answer as soon as asked."""
    exchange.answer(b"{}")


async def prime_and_close(exchange: Exchange) -> None:
    """Keep no connection."""
    exchange.answer(b"{}", 200, "connection: close")
    exchange.writer.close()


async def prime_every_other(exchange: Exchange) -> None:
    """Have no time for half of them."""
    exchange.answer(b"{}", 503 if exchange.number % 2 else 200)


async def good(exchange: Exchange) -> None:
    """Do nothing wrong."""
    exchange.say(await exchange.work())


async def good_and_close(exchange: Exchange) -> None:
    """Give a good answer, but keep no connection."""
    exchange.answer(json.dumps(await exchange.work()).encode(), 200, "connection: close")
    exchange.writer.close()


async def in_reverse(exchange: Exchange) -> None:
    """Say that the six who arrived were let in from the last to the first, two a thread and three a process."""
    await exchange.wait_for_requests(6)
    entered_ns = exchange.server.asked(exchange.path)[-1].arrived_ns + (6 - exchange.number) * 1500
    said = await exchange.work()
    mine = {"entered_ns": entered_ns, "started_ns": max(said["started_ns"], entered_ns), "running": exchange.number}
    exchange.say({**said, **mine, "thread": 1000 + exchange.number // 2, "pid": 7000 + exchange.number // 3})


def with_status(status: int, *headers: str) -> Behaviour:
    """A good body under another status."""

    async def behave(exchange: Exchange) -> None:
        exchange.answer(json.dumps(await exchange.work()).encode(), status, *headers)

    return behave


def saying(change: Callable[[Evidence], object]) -> Behaviour:
    """Work, and say something else of it."""

    async def behave(exchange: Exchange) -> None:
        exchange.answer(json.dumps(change(await exchange.work())).encode())

    return behave


def without(key: str) -> Behaviour:
    """Work, and keep silent on one thing."""
    return saying(lambda said: {name: value for name, value in said.items() if name != key})


def working_ns(work_ns: int) -> Behaviour:
    """Say that the work took so long."""
    return saying(lambda said: {**said, "ended_ns": said["started_ns"] + work_ns})


async def not_json(exchange: Exchange) -> None:
    """Answer like a page in a browser."""
    exchange.answer(b"<h1>hello</h1>")


async def not_text(exchange: Exchange) -> None:
    """Answer with bytes that are no text."""
    exchange.answer(b"\xff\xfe\xfd")


async def empty(exchange: Exchange) -> None:
    """Answer with nothing."""
    exchange.answer(b"")


async def half(exchange: Exchange) -> None:
    """Announce half of a good body, and send no more than that."""
    body = json.dumps(await exchange.work()).encode()
    exchange.answer(body[: len(body) // 2])


async def chunked(exchange: Exchange) -> None:
    """A good body whose length is not announced."""
    body = json.dumps(await exchange.work()).encode()
    exchange.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body), 200, "transfer-encoding: chunked")


async def compressed(exchange: Exchange) -> None:
    """A good body, and the length of another one: itself compressed."""
    body = gzip.compress(json.dumps(await exchange.work()).encode())
    exchange.answer(body, 200, "content-encoding: gzip")


async def longer_than_announced(exchange: Exchange) -> None:
    """A good body of which not all is announced."""
    body = json.dumps(await exchange.work()).encode()
    exchange.write(body, 200, f"content-length: {len(body) - 5}")


async def shorter_than_announced(exchange: Exchange) -> None:
    """Announce a good body, and hang up before its end."""
    body = json.dumps(await exchange.work()).encode()
    exchange.write(body, 200, f"content-length: {len(body) + 5}")
    exchange.writer.close()


async def closes(exchange: Exchange) -> None:
    """Hang up without an answer."""
    exchange.writer.close()


async def resets(exchange: Exchange) -> None:
    """Slam the door."""
    connection: socket.socket = exchange.writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exchange.writer.transport.abort()


async def closes_once(exchange: Exchange) -> None:
    """Hang up on the first, and be good to whoever comes again."""
    await (closes if exchange.number == 0 else good)(exchange)


async def closes_when_another_is_free(exchange: Exchange) -> None:
    """Hang up on the first of two when the other has been answered, so that a second try finds a connection."""
    await exchange.wait_for_requests(2)
    if exchange.number:
        await good(exchange)
    else:
        await asyncio.sleep(5 * DELAY_S)
        await closes(exchange)


async def dies(exchange: Exchange) -> None:
    """Hang up, and take no calls any more."""
    assert exchange.server.listener is not None
    exchange.server.listener.close()
    await closes(exchange)


async def silent(exchange: Exchange) -> None:
    """Never say anything; end when the other side does."""
    await exchange.reader.read()


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One after the other, and hang up on all who come after the last."""

    async def behave(exchange: Exchange) -> None:
        await (behaviours[exchange.number] if exchange.number < len(behaviours) else closes)(exchange)

    return behave


PATHS: dict[str, Behaviour] = {
    "/prime": prime,
    "/prime-and-close": prime_and_close,
    "/prime-every-other": prime_every_other,
    "/good": good,
    "/good-and-close": good_and_close,
    "/in-reverse": in_reverse,
    "/201": with_status(201),
    "/302": with_status(302, "location: /good"),
    "/404": with_status(404),
    "/500": with_status(500),
    "/not-json": not_json,
    "/not-text": not_text,
    "/empty": empty,
    "/half": half,
    "/null": saying(lambda _: None),
    "/list": saying(list),
    "/no-evidence": saying(lambda said: {"style": said["style"], "token": said["token"]}),
    "/no-entered": without("entered_ns"),
    "/no-started": without("started_ns"),
    "/no-ended": without("ended_ns"),
    "/no-thread": without("thread"),
    "/no-pid": without("pid"),
    "/no-running": without("running"),
    "/no-style": without("style"),
    "/no-token": without("token"),
    "/other-style": saying(lambda said: {**said, "style": "def"}),
    "/other-token": saying(lambda said: {**said, "token": "another token"}),
    "/chunked": chunked,
    "/compressed": compressed,
    "/longer-than-announced": longer_than_announced,
    "/entered-before-the-burst": saying(lambda said: {**said, "entered_ns": said["entered_ns"] - HOUR_NS}),
    "/started-before-entered": saying(lambda said: {**said, "entered_ns": said["started_ns"] + 1}),
    "/ended-before-started": working_ns(-1),
    "/times-in-words": saying(lambda said: {**said, "ended_ns": "just now"}),
    "/times-in-fractions": saying(lambda said: {**said, "started_ns": said["started_ns"] + 0.5}),
    "/thread-in-words": saying(lambda said: {**said, "thread": "main"}),
    "/pid-unknown": saying(lambda said: {**said, "pid": None}),
    "/too-fast": working_ns(DELAY_NS - MS_NS - 1),
    "/at-once": working_ns(0),
    "/just-slow-enough": working_ns(DELAY_NS - MS_NS),
    "/ended-after-the-answer": saying(lambda said: {**said, "ended_ns": said["ended_ns"] + HOUR_NS}),
    "/shorter-than-announced": shorter_than_announced,
    "/closes": closes,
    "/resets": resets,
    "/closes-once": closes_once,
    "/closes-when-another-is-free": closes_when_another_is_free,
    "/dies": dies,
    "/silent": silent,
    "/mixed": in_turn(
        good, with_status(404), silent, not_json, working_ns(0), closes, good, shorter_than_announced, with_status(500)
    ),
}


@contextmanager
def misbehaving() -> Iterator[Misbehaving]:
    """The server, on a thread and a loop of its own; what went wrong in it is raised at the end."""
    server = Misbehaving()
    ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    with ThreadPoolExecutor(1) as thread:
        served = thread.submit(asyncio.run, _serve(server, ready))
        loop, stop = ready.result(timeout=20)
        try:
            yield server
        finally:
            loop.call_soon_threadsafe(stop.set)
            served.result(timeout=20)


async def _serve(server: Misbehaving, ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]) -> None:
    connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.opened_ns.append(time.monotonic_ns())
        server.open_connections += 1
        talk = _talk(server, len(server.opened_ns) - 1, reader, writer)
        connections[asyncio.create_task(talk)] = writer

    server.listener = await asyncio.start_server(connected, HOST, 0, backlog=1024)
    server.port = server.listener.sockets[0].getsockname()[1]
    stop = asyncio.Event()
    ready.set_result((asyncio.get_running_loop(), stop))
    await stop.wait()
    server.listener.close()
    for writer in connections.values():
        writer.transport.abort()
    await asyncio.gather(*connections)
    await server.listener.wait_closed()


async def _talk(
    server: Misbehaving, connection: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """One connection, from its first request until either side has had enough."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        while not writer.is_closing():
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split()[1].decode()
            number = Counter(arrival.path for arrival in server.arrivals)[path]
            server.arrivals.append(Arrival(path, connection, server.open_connections, time.monotonic_ns()))
            await PATHS[path](Exchange(server, reader, writer, path, number))
            await writer.drain()
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    server.open_connections -= 1
