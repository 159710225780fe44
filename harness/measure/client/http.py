"""HTTP/1.1 without any networking: requests to bytes, bytes to answers.

Rule 1: llhttp (through httptools) decides what a head means.
Rule 2: it parses each distinct head once, because servers repeat theirs except for the date. The head of a plain 200 on
a connection that stays open is remembered with the length it announces. Heads that carry evidence never repeat.
Rule 3: a request has one answer. Interim answers (1xx) are skipped; bytes beyond the answer make it too long.
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
BOUNDARY = "asgi-matrix-boundary"


def encode_content(spec: RequestSpec) -> bytes:
    """Return the content of a request: as given, or a form with one file."""
    if not spec.upload_bytes:
        return spec.content.encode()
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="file.bin"\r\n\r\n'
    return head.encode() + b"x" * spec.upload_bytes + f"\r\n--{BOUNDARY}--\r\n".encode()


def build_headers(spec: RequestSpec) -> dict[str, str]:
    """Return the headers of a request, without those of its connection."""
    form = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"} if spec.upload_bytes else {}
    return {"Accept": "*/*", **form, **spec.headers}


def encode_request(job: Job, spec: RequestSpec) -> bytes:
    """Return all bytes of a request."""
    content = encode_content(spec)
    headers = {"Host": f"{HOST}:{job.port}", **build_headers(spec)}
    if content or spec.method not in ("GET", "HEAD"):
        headers["Content-Length"] = str(len(content))
    if job.connections == "per-request":
        headers["Connection"] = "close"
    lines = [f"{spec.method} {spec.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + content


class KnownHeads:
    """The heads seen so far with the lengths they announce, and the last body that was parsed.

    Most answers arrive whole under a known head, and need no parsing.
    """

    __slots__ = ("_last", "_last_body", "_last_head", "_last_length", "lengths")

    def __init__(self) -> None:
        self.lengths: dict[bytes, int] = {}
        self._last_body = b""
        self._last: bytes | None = None
        self._last_head = b""
        self._last_length = -1

    def match(self, data: bytes) -> bytes | None:
        """Return the data if it is a whole answer under a known head, else None.

        If it is equal to the last one, that is returned: equal answers take the room of one.
        """
        if data == self._last:
            return self._last
        # Most answers have the head of the last one, and to compare is faster than to look up.
        if len(data) != self._last_length or not data.startswith(self._last_head):
            head = data[: data.find(HEAD_END) + len(HEAD_END)]
            if self.lengths.get(head) != len(data) - len(head):
                return None
            self._last_head, self._last_length = head, len(data)
        self._last = data
        return data

    def share_body(self, body: bytes) -> bytes:
        """Return the last body if it is equal to this one: a window of separate copies would not fit in memory."""
        if body != self._last_body:
            self._last_body = body
        return self._last_body

    def remember(self, data: bytes, answer: Answer) -> None:
        """Remember the head of an answer that arrived in one piece, if it is a plain one."""
        if answer.status != SUCCESS or answer.evidence is not None:
            return
        # Chunks are longer than the body in them, so their head announces no length.
        if answer.announced_length == len(answer.body) == len(data) - data.find(HEAD_END) - len(HEAD_END):
            if len(self.lengths) >= MOST_HEADS:
                self.lengths.clear()
            self.lengths[data[: len(data) - len(answer.body)]] = len(answer.body)

    def build_answer(self, data: bytes) -> Answer:
        """Return the answer in bytes that are whole under a known head."""
        body = data[data.find(HEAD_END) + len(HEAD_END) :]
        return Answer(status=SUCCESS, announced_length=len(body), body=body)


class AnswerReader:
    """Reads one answer piece by piece.

    `feed` takes the next bytes, `end` says that no more will come; each returns the answer once it is complete. The
    answer `to_head` ends with its head, even if it announces a body. `closes` is set, once there is an answer, if the
    connection serves no further request.
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
        """Take the next bytes; return the answer if they complete it."""
        self._received += data
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            # Bytes after an answer are not an answer of their own.
            if self._answer is None:
                return self._fail(RequestOutcome.MALFORMED, f"not HTTP: {error}; {data[:100]!r}")
            self._too_long = True
        if self._answer is None:
            if len(self._received) > (MOST_BODY if self._head_is_there else MOST_HEAD):
                return self._fail(RequestOutcome.LONG_BODY, f"no end after {len(self._received)} bytes")
            return None
        if self._too_long or self._has_more():
            return self._fail(RequestOutcome.LONG_BODY, f"bytes arrived after the end of the answer: {data[-100:]!r}")
        return self._answer

    def end(self) -> Answer:
        """Return the answer after the server has closed the connection."""
        self.closes = True
        if self._answer is not None:
            return self._answer
        if not self._head_is_there:
            return self._fail(RequestOutcome.ABORTED, "the server closed the connection without an answer")
        body = b"".join(self._body)
        if self._chunked or self._length is not None:
            announced = "chunks" if self._chunked else f"{self._length} bytes"
            return self._fail(
                RequestOutcome.SHORT_BODY, f"the connection ended after {len(body)} bytes; {announced} were announced"
            )
        return Answer(status=self._parser.get_status_code(), body=body, evidence=self._evidence)

    def _has_more(self) -> bool:
        """Return whether bytes follow the body that the parser skips silently, as it does with empty lines.

        Without an announced length this is unknown, but then the answer does not count anyway.
        """
        head_end = 0
        for _ in range(self._interim + 1):
            head_end = self._received.find(HEAD_END, head_end) + len(HEAD_END)
        length = 0 if self._to_head else self._length
        return length is not None and len(self._received) > head_end + length

    def _fail(self, outcome: RequestOutcome, problem: str) -> Answer:
        self.closes = True
        self._answer = Answer(outcome=outcome, problem=problem)
        return self._answer

    # Called by the parser.

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
        # The parser takes a head without a length to be followed by a body that only the connection ends.
        ends_with_head = self._to_head and self._parser.get_http_version() == "1.1" and not self._says_close
        self.closes = not (self._parser.should_keep_alive() or ends_with_head)
        body = b"".join(self._body)
        # The last chunk announces the end of a body as well as a length does; some answers have no body.
        is_framed = self._chunked or self._to_head or status in WITHOUT_BODY
        length = len(body) if is_framed else self._length
        self._answer = Answer(status=status, announced_length=length, body=body, evidence=self._evidence)
