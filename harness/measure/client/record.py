"""What is noted while the load is on: a few stores a request, into room made beforehand; all checking comes after."""

from array import array
from collections.abc import Iterator

from harness.measure.client.answers import Answer
from harness.measure.client.connection import Connection
from harness.measure.client.http import Heads

MORE_ROOM = 100_000


class Record:
    """The answers of one job, in the order in which they came, in room for so many; more is made where that is full."""

    def __init__(self, room: int) -> None:
        self.count = 0
        self._room = room
        self._due_ns = array("q", bytes(8 * room))
        self._sent_ns = array("q", bytes(8 * room))
        self._answered_ns = array("q", bytes(8 * room))
        self._asked = array("B", bytes(room))
        self._answers: list[bytes | Answer] = [b""] * room

    def add(self, connection: Connection, answer: bytes | Answer, answered_ns: int) -> None:
        """Note the answer to the request that a connection carried."""
        place = self.count
        if place == self._room:
            self._make_room()
        self._due_ns[place] = connection.due_ns
        self._sent_ns[place] = connection.sent_ns
        self._answered_ns[place] = answered_ns
        self._asked[place] = connection.asked
        self._answers[place] = answer
        connection.last = place
        self.count = place + 1

    def _make_room(self) -> None:
        for column in (self._due_ns, self._sent_ns, self._answered_ns):
            column.frombytes(bytes(8 * MORE_ROOM))
        self._asked.frombytes(bytes(MORE_ROOM))
        self._answers += [b""] * MORE_ROOM
        self._room += MORE_ROOM

    def spoil(self, connection: Connection) -> None:
        """Put what came of a connection afterwards in place of its last answer."""
        if connection.spoilt is not None and connection.last >= 0:
            self._answers[connection.last] = connection.spoilt

    def answers(self, heads: Heads) -> Iterator[Answer]:
        """All answers, ready to be checked; each is given up as it is taken."""
        for place in range(self.count):
            raw = self._answers[place]
            answer = heads.answer(raw) if isinstance(raw, bytes) else raw
            self._answers[place] = b""
            answer.due_ns = self._due_ns[place]
            answer.sent_ns = self._sent_ns[place]
            answer.answered_ns = self._answered_ns[place]
            answer.asked = self._asked[place]
            yield answer
