"""The messages between the harness and a load process: one JSON object per line, over standard input and output.

For each job, the harness sends the job; the process opens its connections, or takes those it kept, and reports that it
is ready; the harness sends the start time; the process reports the last answer, checks every answer and sends the
result. If the connections cannot be opened, the process sends a result at once.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import cycle
from typing import Any

from harness.model.executors import BURST, EXECUTORS
from harness.model.plan import Connections


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """One class of requests, and what a good answer to one of them is.

    A request carries `content`, or a form with one file of `upload_bytes` bytes. `weight` requests of a class are sent
    in a row, then those of the next class.

    A good answer has status `expected_status`, and evidence that names `expected_style` and at least `min_work_s` of
    work. With `expected_body` it has exactly this body instead. `expected_sha256` is the digest of its body and
    `expected_json` what its JSON must contain, each only if given.
    """

    path: str
    name: str = ""
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    content: str = ""
    upload_bytes: int = 0
    weight: int = 1
    expected_status: int = 200
    expected_style: str = ""
    min_work_s: float = 0.0
    expected_body: str | None = None
    expected_sha256: str | None = None
    expected_json: Any = None


@dataclass(frozen=True, slots=True)
class Job:
    """The load of one cell on the server at `port`, or the share of one of several load processes.

    The classes in `requests` take turns. If evidence is expected, every answer must carry this `token`. Answers that
    have not arrived `deadline_s` after the last request count as timed out; connections have as long to open, with a
    request to `prime_path`. `rate` counts the requests per second of all `parts` together; this job is number `part`.
    `secrets` maps names to values that are redacted wherever an answer is quoted.
    """

    port: int
    requests: list[RequestSpec]
    prime_path: str
    client: str
    concurrency: int
    deadline_s: float
    token: str = ""
    executor: str = BURST.name
    rate: int | None = None
    settle_s: float = 0.0
    warmup_s: float = 0.0
    duration_s: float = 0.0
    connections: Connections = "keep-alive"
    seed: int = 0
    part: int = 0
    parts: int = 1
    secrets: dict[str, str] = field(default_factory=dict, repr=False)

    def take_turns(self) -> Iterator[int]:
        """Yield the class of each request that this part sends, as an index into `requests`; endless.

        All parts together send whole rounds. In a closed loop each part does so by itself: a part with more of the
        slow requests would send fewer in all.
        """
        one_round = [number for number, spec in enumerate(self.requests) for _ in range(spec.weight)]
        step = 1 if EXECUTORS[self.executor].is_closed_loop else self.parts
        places = (self.part + number * step for number in range(len(one_round)))
        return cycle([one_round[place % len(one_round)] for place in places])


@dataclass(frozen=True, slots=True)
class WindowPart:
    """What one load process saw in its window, to be combined into the journal's `Steady`.

    Distributions are lists of (microseconds, count). `latency_sum_us` is exact, `per_process` counts answers by pid,
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
    """What one load process measured.

    `reason` describes the first bad answer. `duration_s` is the time until the last answer of a burst, or the length of
    the window; None if an answer was bad. `answered` counts all answers since the start. `columns` holds the evidence
    of the good answers of a burst: times in nanoseconds on the monotonic clock, threads and processes by system id.
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
class Moment:
    """When to start, or when the load ended, on the monotonic clock; None cancels the job."""

    at_ns: int | None


@dataclass(frozen=True, slots=True)
class HealthJob:
    """The two routes of the server at `port` to check during the load; a check may take `deadline_s`."""

    port: int
    async_path: str
    def_path: str
    deadline_s: float


@dataclass(frozen=True, slots=True)
class HealthTimes:
    """The results of the health checks: microseconds from due to answered, and how many were never answered."""

    async_us: list[int]
    def_us: list[int]
    unanswered: int


@dataclass(frozen=True, slots=True)
class CloseConnections:
    """The connections that were kept to the server at `port` are needed no more; there is no reply."""

    port: int
    closes: bool = True


JobMessage = Job | HealthJob | CloseConnections | Moment | JobResult | HealthTimes

READY = b"ready\n"
DONE = b"done\n"


def encode_message(message: JobMessage) -> bytes:
    """Return a message as one line."""
    return json.dumps(asdict(message), separators=(",", ":")).encode() + b"\n"


def parse_job(line: bytes) -> Job:
    """Return the job in a line."""
    return _make_job(json.loads(line))


def parse_order(line: bytes) -> Job | CloseConnections:
    """Return the job in a line, or the order to close connections."""
    fields = json.loads(line)
    return CloseConnections(**fields) if "closes" in fields else _make_job(fields)


def _make_job(fields: dict[str, Any]) -> Job:
    return Job(**{**fields, "requests": [RequestSpec(**spec) for spec in fields["requests"]]})


def parse_health_job(line: bytes) -> HealthJob:
    """Return the health job in a line."""
    return HealthJob(**json.loads(line))


def parse_moment(line: bytes) -> int | None:
    """Return the moment in a line."""
    return Moment(**json.loads(line)).at_ns


def parse_result(line: bytes) -> JobResult:
    """Return the result in a line."""
    fields = json.loads(line)
    steady = fields.pop("steady")
    return JobResult(**fields, steady=WindowPart(**steady) if steady else None)
