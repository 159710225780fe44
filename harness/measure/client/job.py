"""What a load process is told, and what it tells: one JSON object a line, over its standard input and output.

A conversation about one job: the harness sends the job; the process opens its connections and says that it is ready;
the harness sends the moment at which to begin; the process says when the last answer is there, checks every answer, and
sends the result. Where the connections cannot be opened, the result comes at once.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import cycle
from typing import Any

from harness.model.plan import CLOSED_LOOP, Connections


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """One class of requests, and what a good answer to one of them is.

    A request has `content`, or where there is any, a form with a file of so many bytes that it `uploads`. A good answer
    has this `status` and says that it comes from the endpoint that is called `says`, whose work took no less than
    `least_s`; or it has exactly this `body`, where one is given. Its body has this `sha256`, and its JSON `holds` that,
    where these are given. `weight` requests of a class come in a row, before those of the next.
    """

    path: str
    name: str = ""
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    content: str = ""
    uploads: int = 0
    weight: int = 1
    status: int = 200
    says: str = ""
    least_s: float = 0.0
    body: str | None = None
    sha256: str | None = None
    holds: Any = None


@dataclass(frozen=True, slots=True)
class Job:
    """The load of one cell, or the part of it that one of several processes offers, to the server on `port`.

    The classes of requests in `asked` take turns. Every answer must name this `token`, where evidence is asked for.
    What is not there `deadline_s` after the last request was sent counts as timed out, and so does what is not opened
    so soon. `prime_path` is what connections are opened with. `rate` counts requests a second of all `parts` together;
    this is number `part` of them. `secrets` are values by the names that stand for them in whatever is quoted.
    """

    port: int
    asked: list[RequestSpec]
    prime_path: str
    client: str
    concurrency: int
    deadline_s: float
    token: str = ""
    executor: str = "burst"
    rate: int | None = None
    settle_s: float = 0.0
    warmup_s: float = 0.0
    duration_s: float = 0.0
    connections: Connections = "keep-alive"
    seed: int = 0
    part: int = 0
    parts: int = 1
    secrets: dict[str, str] = field(default_factory=dict, repr=False)

    def turns(self) -> Iterator[int]:
        """The class of each request in the order in which this part sends them, by its place in `asked`; endless.

        All parts together send whole rounds; in a closed loop each part does: one that had more slow requests than the
        others would send fewer of all.
        """
        one_round = [number for number, asked in enumerate(self.asked) for _ in range(asked.weight)]
        step = 1 if self.executor == CLOSED_LOOP else self.parts
        places = (self.part + number * step for number in range(len(one_round)))
        return cycle([one_round[place % len(one_round)] for place in places])


@dataclass(frozen=True, slots=True)
class WindowPart:
    """What one process saw in the window of a steady executor, in the words of the journal's `Steady`.

    Distributions are lists of (microseconds, count); `latency_sum_us` is exact; `per_process` counts answers by pid;
    `by_class` has the latencies of each class of requests.
    """

    answered: int
    latency_sum_us: int
    latency: list[tuple[int, int]]
    wait: list[tuple[int, int]]
    work: list[tuple[int, int]]
    wire: list[tuple[int, int]]
    lag: list[tuple[int, int]]
    late: int
    dropped: int
    per_process: list[tuple[int, int]]
    peak_running: int
    by_class: list[list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class JobResult:
    """What came of a job.

    `reason` describes the first of the answers that were not good. `duration_s` is the time until the last answer of a
    burst, or the window of a steady executor, None where an answer was not good. `answered` counts all answers since
    the start. `columns` hold the evidence of the good answers of a burst, times in nanoseconds on the monotonic clock,
    threads and processes as the system calls them.
    """

    outcomes: dict[str, int]
    reason: str | None
    duration_s: float | None = None
    cpu_s: float = 0.0
    send_span_s: float = 0.0
    late_connections: int = 0
    answered: int = 0
    columns: dict[str, list[int]] | None = None
    steady: WindowPart | None = None


@dataclass(frozen=True, slots=True)
class StartAt:
    """The moment at which to begin, on the monotonic clock; None calls the job off."""

    start_ns: int | None


@dataclass(frozen=True, slots=True)
class HealthJob:
    """The routes of the server on `port` to be checked while load is on; a check may take `deadline_s` at most."""

    port: int
    async_path: str
    def_path: str
    deadline_s: float


@dataclass(frozen=True, slots=True)
class HealthTimes:
    """What came of the checks: microseconds from when each was due to its answer; how many were never answered."""

    async_us: list[int]
    def_us: list[int]
    unanswered: int


@dataclass(frozen=True, slots=True)
class EndAt:
    """The moment when the load had ended, on the monotonic clock."""

    end_ns: int


JobMessage = Job | HealthJob | StartAt | EndAt | JobResult | HealthTimes

READY = b"ready\n"
DONE = b"done\n"


def encode_message(message: JobMessage) -> bytes:
    """One line of the conversation, with its line end."""
    return json.dumps(asdict(message), separators=(",", ":")).encode() + b"\n"


def parse_job(line: bytes) -> Job:
    """The job that a line holds."""
    fields = _parse_fields(line)
    return Job(**{**fields, "asked": [RequestSpec(**asked) for asked in fields["asked"]]})


def parse_health_job(line: bytes) -> HealthJob:
    """The checkup that a line holds."""
    return HealthJob(**_parse_fields(line))


def parse_start(line: bytes) -> StartAt:
    """The moment that a line holds."""
    return StartAt(**_parse_fields(line))


def parse_end(line: bytes) -> int:
    """The end that a line holds."""
    return EndAt(**_parse_fields(line)).end_ns


def parse_result(line: bytes) -> JobResult:
    """The result that a line holds."""
    fields = _parse_fields(line)
    steady = fields.pop("steady")
    return JobResult(**fields, steady=WindowPart(**steady) if steady else None)


def parse_health(line: bytes) -> HealthTimes:
    """The result of the checks that a line holds."""
    return HealthTimes(**_parse_fields(line))


def _parse_fields(line: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(line)
    return fields
