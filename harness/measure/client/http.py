"""HTTP/1.1 answers out of the bytes of a connection. No networking here: bytes go in, answers come out.

Rule 1: what a head means is for llhttp to say (through httptools).
Rule 2: it is asked once for each different head: servers repeat theirs, but for the date. An unremarkable head, of a
plain 200 on a connection that stays open, is remembered with the length that it announces; one that carries evidence is
never met again.
Rule 3: one request has one answer. Interim ones (1xx) are passed over; bytes beyond the answer make it too long.
"""

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from harness.measure.client.answers import SUCCESS, Answer
from harness.measure.client.job import Job, RequestSpec
from harness.model.outcomes import RequestOutcome
from scenarios.inside.launched import EVIDENCE_HEADER
from servers.adapter import HOST

HEAD_END = b"\r\n\r\n"
MOST_HEADS = 4096
MOST_BODY = 1 << 24
MOST_HEAD = 1 << 16
FINAL = 200
WITHOUT_BODY = (204, 304)
EVIDENCE = EVIDENCE_HEADER.encode()


class KnownHeads:
    """What was met before: the lengths that known heads announce, for the quick way, since most answers come whole,
    under a head seen before; and the last body that came another way.
    """

    __slots__ = ("_last_body", "lengths")

    def __init__(self) -> None:
        self.lengths: dict[bytes, int] = {}
        self._last_body = b""

    def kept(self, body: bytes) -> bytes:
        """A body to keep: the one before, where they are the same, since those of a window would not all find room."""
        if body != self._last_body:
            self._last_body = body
        return self._last_body

    def remember(self, data: bytes, answer: Answer) -> None:
        """Keep the head of an answer that came whole and in one piece, if it is unremarkable."""
        is_plain = answer.status == SUCCESS and answer.evidence is None
        if is_plain and self._announced(data, answer):
            if len(self.lengths) >= MOST_HEADS:
                self.lengths.clear()
            self.lengths[data[: len(data) - len(answer.body)]] = len(answer.body)

    @staticmethod
    def _announced(data: bytes, answer: Answer) -> bool:
        """Whether the head announced the length of what follows it: chunks are longer than the body in them."""
        return answer.announced_length == len(answer.body) == len(data) - data.find(HEAD_END) - len(HEAD_END)

    def answer(self, data: bytes) -> Answer:
        """The answer whose bytes were found to be whole by what is remembered of its head."""
        body = data[data.find(HEAD_END) + len(HEAD_END) :]
        return Answer(status=SUCCESS, announced_length=len(body), body=body)


class AnswerReader:
    """One answer, read piece by piece: `feed` what comes, `end` where nothing more can; each gives the answer once it
    is there. One `to_head` ends with its head, whatever that announces.

    `closes` says, once there is an answer, that the connection serves no further request.
    """

    def __init__(self, *, to_head: bool = False) -> None:
        self.closes = False
        self._to_head = to_head
        self._received = bytearray()
        self._interim = 0
        self._parser = HttpResponseParser(self)
        self._head_is_there = False
        self._length: int | None = None
        self._chunked = False
        self._says_close = False
        self._evidence: bytes | None = None
        self._body: list[bytes] = []
        self._answer: Answer | None = None
        self._too_long = False

    def feed(self, data: bytes) -> Answer | None:
        """Take in the next bytes; the answer, if they bring it to its end."""
        self._received += data
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            # Bytes after an answer are no answer of their own: nobody has asked for one.
            if self._answer is None:
                return self._bad(RequestOutcome.MALFORMED, f"not HTTP: {error}; {data[:100]!r}")
            self._too_long = True
        if self._answer is None:
            if len(self._received) > (MOST_BODY if self._head_is_there else MOST_HEAD):
                return self._bad(RequestOutcome.LONG_BODY, f"{len(self._received)} bytes, and no end of it")
            return None
        if self._too_long or self._has_more():
            return self._bad(RequestOutcome.LONG_BODY, f"bytes came after the end of the answer: {data[-100:]!r}")
        return self._answer

    def end(self) -> Answer:
        """The answer where the server has closed the connection."""
        self.closes = True
        if self._answer is not None:
            return self._answer
        if not self._head_is_there:
            return self._bad(RequestOutcome.ABORTED, "the server closed the connection without an answer")
        body = b"".join(self._body)
        if self._chunked or self._length is not None:
            announced = "chunks" if self._chunked else f"{self._length} bytes"
            return self._bad(
                RequestOutcome.SHORT_BODY, f"the connection ended after {len(body)} bytes; {announced} were announced"
            )
        return Answer(status=self._parser.get_status_code(), body=body, evidence=self._evidence)

    def _has_more(self) -> bool:
        """Whether bytes follow the end of the body that the parser passes over in silence, as it does with empty lines.

        Where the length was not announced there is no telling, and no need to: such an answer does not count.
        """
        head_end = 0
        for _ in range(self._interim + 1):
            head_end = self._received.find(HEAD_END, head_end) + len(HEAD_END)
        length = 0 if self._to_head else self._length
        return length is not None and len(self._received) > head_end + length

    def _bad(self, outcome: RequestOutcome, problem: str) -> Answer:
        self.closes = True
        self._answer = Answer(outcome=outcome, problem=problem)
        return self._answer

    # What the parser calls.

    def on_message_begin(self) -> None:
        self._too_long = self._answer is not None
        self._length, self._chunked, self._evidence, self._body, self._head_is_there = None, False, None, [], False

    def on_header(self, name: bytes, value: bytes) -> None:
        lower = name.lower()
        if lower == b"content-length" and value.strip().isdigit():
            self._length = int(value)
        elif lower == b"transfer-encoding" and b"chunked" in value.lower():
            self._chunked = True
        elif lower == b"connection" and b"close" in value.lower():
            self._says_close = True
        elif lower == EVIDENCE:
            self._evidence = value

    def on_headers_complete(self) -> None:
        self._head_is_there = self._parser.get_status_code() >= FINAL
        if self._head_is_there and self._to_head:
            self._finish()

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        self._interim += status < FINAL
        if status >= FINAL and not self._too_long and not self._to_head:
            self._finish()

    def _finish(self) -> None:
        status = self._parser.get_status_code()
        # To the parser, a head that announces no length is followed by a body that only the connection ends.
        ends_with_head = self._to_head and self._parser.get_http_version() == "1.1" and not self._says_close
        self.closes = not (self._parser.should_keep_alive() or ends_with_head)
        body = b"".join(self._body)
        # The last chunk announces the end of a body as surely as a length does, and some answers have none.
        is_framed = self._chunked or self._to_head or status in WITHOUT_BODY
        length = len(body) if is_framed else self._length
        self._answer = Answer(status=status, announced_length=length, body=body, evidence=self._evidence)


BOUNDARY = "asgi-matrix-boundary"


def encode_content(asked: RequestSpec) -> bytes:
    """The content of a request: as it was given, or a form with one file."""
    if not asked.uploads:
        return asked.content.encode()
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="file.bin"\r\n\r\n'
    return head.encode() + b"x" * asked.uploads + f"\r\n--{BOUNDARY}--\r\n".encode()


def build_headers(asked: RequestSpec) -> dict[str, str]:
    """The headers that a request has beside those of its connection."""
    form = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"} if asked.uploads else {}
    return {"Accept": "*/*", **form, **asked.headers}


def encode_request(job: Job, asked: RequestSpec) -> bytes:
    """All bytes of a request."""
    content = encode_content(asked)
    headers = {"Host": f"{HOST}:{job.port}", **build_headers(asked)}
    if content or asked.method not in ("GET", "HEAD"):
        headers["Content-Length"] = str(len(content))
    if job.connections == "per-request":
        headers["Connection"] = "close"
    lines = [f"{asked.method} {asked.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + content
