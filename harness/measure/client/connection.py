"""One connection of the engine: a request goes out, its answer is taken in, and whoever uses the connection is told."""

import asyncio
import errno
import socket
from time import monotonic_ns
from typing import Protocol, cast

from harness.measure.client.answers import Answer
from harness.measure.client.http import HEAD_END, AnswerReader, KnownHeads
from harness.model.outcomes import RequestOutcome

HEAD_END_LENGTH = len(HEAD_END)
HEAD_METHOD = b"HEAD "


class ConnectionUser(Protocol):
    """Whoever has sent a request: it is told once that the answer is there, whole (as bytes) or read with care."""

    def answered(self, connection: "Connection", answer: bytes | Answer, answered_ns: int) -> None: ...


class Connection(asyncio.Protocol):
    """A connection that carries one request at a time.

    The bytes of a request go straight to the socket: so the moment of sending is that of the system call. `usable` says
    whether another request may be sent; `asked` is for its user to remember what was asked, and `last` the last answer
    by.
    """

    __slots__ = (
        "_heads",
        "_opened",
        "_reader",
        "_socket",
        "_to_head",
        "_transport",
        "_waiting",
        "asked",
        "due_ns",
        "last",
        "sent_ns",
        "spoilt",
        "usable",
        "user",
    )

    def __init__(self, opened: socket.socket, heads: KnownHeads, user: ConnectionUser) -> None:
        self._socket = opened
        self._heads = heads
        self._transport: asyncio.Transport | None = None
        self._reader: AnswerReader | None = None
        self._waiting = False
        self._to_head = False
        self.user = user
        self.usable = True
        self.spoilt: Answer | None = None
        self.asked = 0
        self.due_ns = 0
        self.sent_ns = 0
        self.last = -1

    def send(self, request: bytes, due_ns: int) -> None:
        """Send a request that was due then. What goes wrong is told as its answer."""
        self.due_ns = due_ns
        self._waiting = True
        self._to_head = request.startswith(HEAD_METHOD)
        self.sent_ns = monotonic_ns()
        try:
            sent = self._socket.send(request)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._tell(_make_error_answer(error))
            return
        if sent < len(request):
            # More than the socket holds: the transport sends the rest as there is room.
            assert self._transport is not None
            self._transport.write(request[sent:])

    def give_up(self, answer: Answer) -> None:
        """Take this for the answer of the request that is under way, if one is."""
        if self._waiting:
            self._tell(answer)

    def close(self) -> None:
        """Close at once."""
        self.usable = self._waiting = False
        if self._transport is not None:
            self._transport.close()

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are transports in all but name.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        answered_ns = monotonic_ns()
        if self._waiting and self._reader is None:
            head_length = data.find(HEAD_END) + HEAD_END_LENGTH
            if self._heads.lengths.get(data[:head_length]) == len(data) - head_length:
                self._waiting = False
                self.user.answered(self, data, answered_ns)
                return
        self._read_with_care(data, answered_ns)

    def eof_received(self) -> None:
        self.usable = False
        if self._waiting:
            self._tell((self._reader or self._new_reader()).end())

    def connection_lost(self, error: Exception | None) -> None:
        self.usable = False
        if self._waiting:
            self._tell(_make_error_answer(error) if error else (self._reader or self._new_reader()).end())

    def _new_reader(self) -> AnswerReader:
        return AnswerReader(to_head=self._to_head)

    def _read_with_care(self, data: bytes, answered_ns: int) -> None:
        if not self._waiting:
            self.spoilt = Answer(
                outcome=RequestOutcome.LONG_BODY, problem=f"bytes came that nobody had asked for: {data[:100]!r}"
            )
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
        answer.body = self._heads.kept(answer.body)
        self._tell(answer, answered_ns)

    def _tell(self, answer: Answer, answered_ns: int | None = None) -> None:
        self._waiting = False
        self._reader = None
        if answer.outcome is not None:
            # Whatever else comes is part of the same failure.
            self.close()
        self.user.answered(self, answer, monotonic_ns() if answered_ns is None else answered_ns)


def _make_error_answer(error: Exception) -> Answer:
    """What became of a request whose connection failed."""
    if isinstance(error, OSError) and error.errno in (errno.ECONNRESET, errno.EPIPE):
        return Answer(outcome=RequestOutcome.RESET, problem=f"the server reset the connection: {error}")
    return Answer(outcome=RequestOutcome.ABORTED, problem=f"{type(error).__name__}: {error}")
