"""One connection of the engine: it sends a request, reads the answer and hands it to its user."""

import asyncio
import errno
import socket
from time import monotonic_ns
from typing import Protocol, cast

from harness.measure.client.answers import Answer
from harness.measure.client.http import AnswerReader, KnownHeads
from harness.model.outcomes import RequestOutcome

HEAD_METHOD = b"HEAD "


class ConnectionUser(Protocol):
    """The sender of requests: it is given each answer once, as bytes if whole under a known head, or parsed."""

    def take_answer(self, connection: "Connection", answer: bytes | Answer, answered_ns: int) -> None: ...


class Connection(asyncio.Protocol):
    """A connection that carries one request at a time.

    The bytes of a request go straight to the socket, so that `sent_ns` is the time of the system call. `usable` says
    whether another request may be sent. `of_class` and `last_index` are for the user: the class of the request, and
    where its answer was logged. `stray_answer` is set if bytes arrived after an answer.
    """

    __slots__ = (
        "_heads",
        "_reader",
        "_request",
        "_send_now",
        "_transport",
        "_waiting",
        "due_ns",
        "last_index",
        "of_class",
        "sent_ns",
        "stray_answer",
        "usable",
        "user",
    )

    def __init__(self, opened: socket.socket, heads: KnownHeads, user: ConnectionUser) -> None:
        # Looked up once, because it is called for every request.
        self._send_now = opened.send
        self._heads = heads
        self._transport: asyncio.Transport | None = None
        self._reader: AnswerReader | None = None
        self._waiting = False
        self._request = b""
        self.user = user
        self.usable = True
        self.stray_answer: Answer | None = None
        self.of_class = 0
        self.due_ns = 0
        self.sent_ns = 0
        self.last_index = -1

    def send(self, request: bytes, due_ns: int) -> None:
        """Send a request that was due at `due_ns`. A failure to send is handed over as its answer."""
        self.due_ns = due_ns
        self._waiting = True
        self._request = request
        self.sent_ns = monotonic_ns()
        try:
            sent = self._send_now(request)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._hand_over(_make_error_answer(error))
            return
        if sent < len(request):
            # The socket buffer is full: the transport sends the rest when there is room.
            assert self._transport is not None
            self._transport.write(request[sent:])

    @property
    def is_idle(self) -> bool:
        """Return whether it could serve another request right now."""
        return self.usable and not self._waiting and self.stray_answer is None

    def give_up(self, answer: Answer) -> None:
        """End a pending request with this answer, if there is one."""
        if self._waiting:
            self._hand_over(answer)

    def close(self) -> None:
        """Close at once."""
        self.usable = self._waiting = False
        if self._transport is not None:
            self._transport.close()

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are transports in all but name.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        answered_ns = monotonic_ns()
        if self._waiting and self._reader is None and (answer := self._heads.match(data)) is not None:
            self._waiting = False
            self.user.take_answer(self, answer, answered_ns)
            return
        self._parse(data, answered_ns)

    def eof_received(self) -> None:
        self.usable = False
        if self._waiting:
            self._hand_over((self._reader or self._new_reader()).end())

    def connection_lost(self, error: Exception | None) -> None:
        self.usable = False
        if self._waiting:
            self._hand_over(_make_error_answer(error) if error else (self._reader or self._new_reader()).end())

    def _new_reader(self) -> AnswerReader:
        return AnswerReader(to_head=self._request.startswith(HEAD_METHOD))

    def _parse(self, data: bytes, answered_ns: int) -> None:
        if not self._waiting:
            problem = f"bytes arrived without a request: {data[:100]!r}"
            self.stray_answer = Answer(outcome=RequestOutcome.LONG_BODY, problem=problem)
            self.usable = False
            return
        first = self._reader is None
        self._reader = reader = self._reader or self._new_reader()
        answer = reader.feed(data)
        if answer is None:
            return
        self.usable = self.usable and not reader.closes
        if first and not reader.closes:
            self._heads.remember(data, answer)
        answer.body = self._heads.share_body(answer.body)
        self._hand_over(answer, answered_ns)

    def _hand_over(self, answer: Answer, answered_ns: int | None = None) -> None:
        self._waiting = False
        self._reader = None
        if answer.outcome is not None:
            # Anything that follows belongs to the same failure.
            self.close()
        self.user.take_answer(self, answer, monotonic_ns() if answered_ns is None else answered_ns)


def _make_error_answer(error: Exception) -> Answer:
    """Return what becomes of a request whose connection failed."""
    if isinstance(error, OSError) and error.errno in (errno.ECONNRESET, errno.EPIPE):
        return Answer(outcome=RequestOutcome.RESET, problem=f"the server reset the connection: {error}")
    return Answer(outcome=RequestOutcome.ABORTED, problem=f"{type(error).__name__}: {error}")
