"""What is noted while the load is on: a few stores a request, into room made beforehand; all checking comes after."""

from array import array
from collections.abc import Iterator

from harness.measure.client.answers import Answer
from harness.measure.client.connection import Connection
from harness.measure.client.http import Heads


class Record:
    """The answers of one job, in the order in which they came, in room for so many."""

    def __init__(self, room: int) -> None:
        self.count = 0
        self._due_ns = array("q", bytes(8 * room))
        self._sent_ns = array("q", bytes(8 * room))
        self._answered_ns = array("q", bytes(8 * room))
        self._answers: list[bytes | Answer] = [b""] * room

    def add(self, connection: Connection, answer: bytes | Answer, answered_ns: int) -> None:
        """Note the answer to the request that a connection carried; raises IndexError where there is no more room."""
        place = self.count
        self._due_ns[place] = connection.due_ns
        self._sent_ns[place] = connection.sent_ns
        self._answered_ns[place] = answered_ns
        self._answers[place] = answer
        connection.last = place
        self.count = place + 1

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
            yield answer
