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
from collections.abc import Awaitable, Callable, Iterator, Mapping
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
BACKLOG = 4096

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
    paths: Mapping[str, "Behaviour"] = field(default_factory=dict)
    opened_ns: list[int] = field(default_factory=list)
    open_connections: int = 0
    arrivals: list[Arrival] = field(default_factory=list)
    arrived: Counter[str] = field(default_factory=Counter)
    said: list[Evidence] = field(default_factory=list)
    running: int = 0
    peak_running: int = 0
    listener: asyncio.Server | None = None

    def asked(self, path: str) -> list[Arrival]:
        """The requests to a path, in order of arrival."""
        return [arrival for arrival in self.arrivals if arrival.path == path]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request to a path; `number` counts those to the same path, `connection` the connections, both from 0."""

    server: Misbehaving
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    path: str
    number: int
    connection: int

    async def wait_for_requests(self, count: int) -> None:
        """Until so many have come to this path."""
        while self.server.arrived[self.path] < count:  # noqa: ASYNC110 - a flag for every count would be more
            await asyncio.sleep(0.001)

    async def work(self) -> Evidence:
        """Sleep for the delay, and bear witness."""
        entered_ns = time.monotonic_ns()
        self.server.running += 1
        running = self.server.running
        self.server.peak_running = max(self.server.peak_running, running)
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

    async def body(self) -> bytes:
        """Work, and give the body of a good answer, noted as said."""
        said = await self.work()
        self.note(said)
        return json.dumps(said).encode()

    def answer(self, body: bytes, status: int = 200, *headers: str) -> None:
        """Write an answer as it should be."""
        self.writer.write(an_answer(body, status, f"content-length: {len(body)}", *headers))

    def write(self, body: bytes, status: int, *headers: str) -> None:
        """Write an answer with no headers but these."""
        self.writer.write(an_answer(body, status, *headers))

    async def pause(self, seconds: float = 0.02) -> None:
        """Let what was written go out by itself."""
        await self.writer.drain()
        await asyncio.sleep(seconds)

    def say(self, said: Evidence) -> None:
        """Answer with this, and note it."""
        self.note(said)
        self.answer(json.dumps(said).encode())

    def note(self, said: Evidence) -> None:
        """Note what is said, and on which connection."""
        self.server.said.append({**said, "connection": self.connection})


Behaviour = Callable[[Exchange], Awaitable[None]]


def an_answer(body: bytes, status: int, *headers: str, reason: str = "So") -> bytes:
    """The bytes of an answer, with no headers but these."""
    head = "\r\n".join([f"HTTP/1.1 {status} {reason}", "content-type: application/json", *headers])
    return f"{head}\r\n\r\n".encode() + body


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


async def closes_when_all_are_there(exchange: Exchange) -> None:
    """Hang up when all nine have come, so that a second try is the tenth."""
    await exchange.wait_for_requests(9)
    await closes(exchange)


async def dies(exchange: Exchange) -> None:
    """Hang up, and take no calls any more."""
    assert exchange.server.listener is not None
    exchange.server.listener.close()
    await closes(exchange)


async def silent(exchange: Exchange) -> None:
    """Never say anything; end when the other side does."""
    await exchange.reader.read()


def raw(said: bytes) -> Behaviour:
    """Say exactly these bytes, whatever they are."""

    async def behave(exchange: Exchange) -> None:
        exchange.writer.write(said)

    return behave


async def garbage_in_pieces(exchange: Exchange) -> None:
    """Nothing that makes sense, and more of it afterwards."""
    exchange.writer.write(b"220 smtp.example.org ESMTP\r\n")
    await exchange.pause()
    exchange.writer.write(b"250 HELP\r\n")


async def byte_by_byte(exchange: Exchange) -> None:
    """A good answer, a byte at a time."""
    body = await exchange.body()
    for byte in an_answer(body, 200, f"content-length: {len(body)}"):
        exchange.writer.write(bytes([byte]))
        await exchange.pause(0)


async def in_two_pieces(exchange: Exchange) -> None:
    """A good answer, its head first, then its body."""
    body = await exchange.body()
    exchange.write(b"", 200, f"content-length: {len(body)}")
    await exchange.pause()
    exchange.writer.write(body)


async def twice(exchange: Exchange) -> None:
    """A good answer, and the same again, at once."""
    body = await exchange.body()
    exchange.writer.write(2 * an_answer(body, 200, f"content-length: {len(body)}"))


async def twice_in_pieces(exchange: Exchange) -> None:
    """A good answer, and after a while the same again."""
    body = await exchange.body()
    exchange.answer(body)
    await exchange.pause()
    exchange.answer(body)


async def babbles(exchange: Exchange) -> None:
    """A good answer, and something more after a while."""
    exchange.answer(await exchange.body())
    await exchange.pause()
    exchange.writer.write(b"and another thing")


async def chunked_with_trailers(exchange: Exchange) -> None:
    """A good body in two chunks, announced only after it."""
    body = await exchange.body()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (body[:7], body[7:]))
    trailers = b"etag: 1\r\nserver-timing: app;dur=20\r\n"
    exchange.write(chunks + b"0\r\n" + trailers + b"\r\n", 200, "transfer-encoding: chunked")


async def length_in_the_trailers(exchange: Exchange) -> None:
    """A good body in one chunk, whose length is named after it, where none can be."""
    body = await exchange.body()
    chunks = b"%x\r\n%s\r\n0\r\ncontent-length: %d\r\n\r\n" % (len(body), body, len(body))
    exchange.write(chunks, 200, "transfer-encoding: chunked")


async def cut_off_chunks(exchange: Exchange) -> None:
    """A good body in one chunk, and no end of the chunks."""
    body = await exchange.body()
    exchange.write(b"%x\r\n%s\r\n" % (len(body), body), 200, "transfer-encoding: chunked")
    exchange.writer.close()


async def go_on_first(exchange: Exchange) -> None:
    """Tell to go on before a good answer: in one piece with it, or a while before."""
    body = await exchange.body()
    exchange.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    if exchange.number % 2:
        await exchange.pause()
    exchange.answer(body)


async def without_length(exchange: Exchange) -> None:
    """A good body that ends with the connection."""
    exchange.write(await exchange.body(), 200)
    exchange.writer.close()


async def without_reason(exchange: Exchange) -> None:
    """A good answer whose status has no words, as HTTP allows."""
    body = await exchange.body()
    exchange.writer.write(an_answer(body, 200, f"content-length: {len(body)}", reason=""))


async def of_old(exchange: Exchange) -> None:
    """A good answer in HTTP/1.0, which keeps no connection."""
    body = await exchange.body()
    exchange.writer.write(an_answer(body, 200, f"content-length: {len(body)}").replace(b"HTTP/1.1", b"HTTP/1.0", 1))
    exchange.writer.close()


async def cut_off_head(exchange: Exchange) -> None:
    """Hang up in the middle of the head."""
    exchange.writer.write(b"HTTP/1.1 200 OK\r\ncontent-le")
    exchange.writer.close()


async def endless_head(exchange: Exchange) -> None:
    """A head, header after header, for as long as anybody listens."""
    exchange.writer.write(b"HTTP/1.1 200 OK\r\n")
    while not exchange.writer.is_closing():
        exchange.writer.write(b"x-more: of the same\r\n" * 100)
        await exchange.pause(0)


async def endless_body(exchange: Exchange) -> None:
    """A body of zeros, for as long as anybody listens."""
    exchange.write(b"", 200)
    while not exchange.writer.is_closing():
        exchange.writer.write(bytes(1 << 18))
        await exchange.pause(0)


async def resets_in_the_body(exchange: Exchange) -> None:
    """Slam the door in the middle of a good answer."""
    body = await exchange.body()
    exchange.write(body[:20], 200, f"content-length: {len(body)}")
    await exchange.pause()
    await resets(exchange)


async def drips(exchange: Exchange) -> None:
    """A good answer, so slowly that nobody lives to see its end."""
    body = await exchange.body()
    for byte in an_answer(body, 200, f"content-length: {len(body)}"):
        if exchange.writer.is_closing():
            return
        exchange.writer.write(bytes([byte]))
        await exchange.pause(0.1)


async def good_then_hangs_up(exchange: Exchange) -> None:
    """Give a good answer, and hang up without having said so."""
    exchange.answer(await exchange.body())
    exchange.writer.close()


async def prime_once(exchange: Exchange) -> None:
    """Answer the first, and none of the others."""
    await (silent if exchange.number else prime)(exchange)


async def prime_then_hangs_up(exchange: Exchange) -> None:
    """Answer as soon as asked, and hang up without having said so."""
    await prime(exchange)
    exchange.writer.close()


async def prime_then_resets(exchange: Exchange) -> None:
    """Answer as soon as asked, and slam the door a little later."""
    await prime(exchange)
    await exchange.pause()
    await resets(exchange)


def bad_once(number: int, behave: Behaviour) -> Behaviour:
    """Be good to all but one, which comes after so many."""

    async def behave_once(exchange: Exchange) -> None:
        await (behave if exchange.number == number else good)(exchange)

    return behave_once


def good_so_often(count: int, then: Behaviour) -> Behaviour:
    """Be good to the first so many, and something else to all who come later."""

    async def behave(exchange: Exchange) -> None:
        await (good if exchange.number < count else then)(exchange)

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One after the other, and hang up on all who come after the last."""

    async def behave(exchange: Exchange) -> None:
        await (behaviours[exchange.number] if exchange.number < len(behaviours) else closes)(exchange)

    return behave


PATHS: dict[str, Behaviour] = {
    "/prime": prime,
    "/prime-and-close": prime_and_close,
    "/prime-every-other": prime_every_other,
    "/prime-once": prime_once,
    "/prime-then-hangs-up": prime_then_hangs_up,
    "/prime-then-resets": prime_then_resets,
    "/good": good,
    "/good-and-close": good_and_close,
    "/good-then-hangs-up": good_then_hangs_up,
    "/in-reverse": in_reverse,
    "/201": with_status(201),
    "/204": raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "/302": with_status(302, "location: /good"),
    "/404": with_status(404),
    "/500": with_status(500),
    "/503": with_status(503, "retry-after: 1"),
    "/garbage": raw(b"220 smtp.example.org ESMTP\r\n"),
    "/garbage-in-pieces": garbage_in_pieces,
    "/no-http": raw(b"HTTP/9.9 200 OK\r\ncontent-length: 2\r\n\r\n{}"),
    "/two-lengths": raw(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}"),
    "/length-in-words": raw(b"HTTP/1.1 200 OK\r\ncontent-length: two\r\n\r\n{}"),
    "/byte-by-byte": byte_by_byte,
    "/in-two-pieces": in_two_pieces,
    "/twice": twice,
    "/twice-in-pieces": twice_in_pieces,
    "/babbles": babbles,
    "/chunked-with-trailers": chunked_with_trailers,
    "/length-in-the-trailers": length_in_the_trailers,
    "/cut-off-chunks": cut_off_chunks,
    "/go-on-first": go_on_first,
    "/without-length": without_length,
    "/without-reason": without_reason,
    "/of-old": of_old,
    "/endless-head": endless_head,
    "/endless-body": endless_body,
    "/cut-off-head": cut_off_head,
    "/resets-in-the-body": resets_in_the_body,
    "/drips": drips,
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
        good,
        with_status(404),
        silent,
        not_json,
        working_ns(0),
        closes_when_all_are_there,
        good,
        shorter_than_announced,
        with_status(500),
    ),
}


@contextmanager
def misbehaving(more: Mapping[str, Behaviour] | None = None) -> Iterator[Misbehaving]:
    """The server, with more paths, on a thread and a loop of its own; what goes wrong in it is raised at the end."""
    server = Misbehaving(paths={**PATHS, **(more or {})})
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

    server.listener = await asyncio.start_server(connected, HOST, 0, backlog=BACKLOG)
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
            number = server.arrived[path]
            server.arrived[path] += 1
            server.arrivals.append(Arrival(path, connection, server.open_connections, time.monotonic_ns()))
            await server.paths[path](Exchange(server, reader, writer, path, number, connection))
            await writer.drain()
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    server.open_connections -= 1
