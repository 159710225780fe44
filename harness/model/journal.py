"""The journal: one JSON object a line, written as things happen, and all that a report is made from.

Rule 1: a line is written and flushed before the next thing is measured.
Rule 2: what is written is what was observed; whatever can be worked out from it is left to analysis.
Rule 3: a line that was cut off by a crash can only be the last; it is dropped, and what it held counts as not measured.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from harness.model.errors import InputError
from harness.model.outcomes import Status
from harness.model.plan import Launch, Plan

FILE_NAME = "journal.jsonl"

METHOD = 1
"""The version of the method: raised with every change after which a figure no longer means what it meant before."""


SampleStatus = Literal[Status.OK, Status.FAILED, Status.TIMEOUT]


@dataclass(frozen=True, slots=True)
class Requests:
    """The checked answers of a burst, in columns of equal length, a place a request, in order of entry.

    Times are whole microseconds since the common start of the burst: when the request was sent, when it entered the
    app, when its handler started and ended, and when the client had the whole answer. `thread` and `process` number
    the threads and the worker processes of the sample from 0; `running` is how many handlers ran in that process, this
    one included, when this one started. `classes` are the names of the style's classes of requests, `of_class` which of
    them a request was of, by its place; None where there is one class only. `gave_up` is 1 for an answer that said that
    it gave up; None where none did.
    """

    sent_us: list[int]
    entered_us: list[int]
    started_us: list[int]
    ended_us: list[int]
    answered_us: list[int]
    thread: list[int]
    process: list[int]
    running: list[int]
    classes: list[str] | None = None
    of_class: list[int] | None = None
    gave_up: list[int] | None = None


@dataclass(frozen=True, slots=True)
class Distribution:
    """How often each time was seen, times in whole microseconds and ascending, rounded to three significant digits."""

    us: list[int]
    count: list[int]


@dataclass(frozen=True, slots=True)
class Steady:
    """The checked answers of a steady executor in its measured window of `window_s` seconds.

    `answered` counts those that came inside the window. All else tells of these in a closed loop; in an open loop, of
    the requests that were due inside the window, whenever their answers came. `latency` runs from when a request was
    sent in a closed loop, from when it was due in an open one; `mean_latency_us` is its exact mean. `wait`, `work` and
    `wire` are its parts: waiting to be handled, working, and all outside the app. `lag` is how late the client itself
    was with the sends of an open loop; `late` counts those that were sent after waiting for a free connection,
    `dropped` those that still waited when the window ended and were never sent. `per_process` counts the answers of
    each worker process, `peak_running` is the most handlers that ran at once in one of them. `by_class` has the latency
    of each class of requests by its name, None where there is one class only.
    """

    window_s: float
    answered: int
    mean_latency_us: float
    latency: Distribution
    wait: Distribution
    work: Distribution
    wire: Distribution
    lag: Distribution
    late: int
    dropped: int
    per_process: list[int]
    peak_running: int
    by_class: dict[str, Distribution] | None = None


@dataclass(frozen=True, slots=True)
class ClientCost:
    """What the load processes spent on a sample.

    CPU seconds of all of them from the common start, or within the window of a steady executor; seconds until the last
    request of a burst was sent; how many connections were opened only after the common start; and the most memory that
    they were seen to hold at once.
    """

    cpu_s: float
    send_span_s: float
    late_connections: int
    peak_memory_mb: float | None = None


@dataclass(frozen=True, slots=True)
class ServerCost:
    """What the whole process tree of the server spent on a sample, from the common start to the last answer.

    `requests` were answered in that time, those of a warm-up included. Memory and threads are the most seen by looking
    20 times a second; memory that processes share is counted in each of them.
    """

    cpu_s: float
    requests: int
    peak_memory_mb: float
    threads: int


@dataclass(frozen=True, slots=True)
class Host:
    """The machine while a sample was measured: for how long it was watched, on how many cores, and the CPU seconds
    that neither the server nor the harness used, those stolen by other machines included.
    """

    watched_s: float
    cores: int
    foreign_cpu_s: float


@dataclass(frozen=True, slots=True)
class Health:
    """The health checks made during a sample, 20 a second on a connection to each of two routes.

    Microseconds from the moment that a check was due to its answer; checks that came due while one was under way have
    their answer from the next. `unanswered` counts those that had none in the end.
    """

    async_us: list[int]
    def_us: list[int]
    unanswered: int


@dataclass(frozen=True, slots=True)
class Upstream:
    """What the upstream saw of a sample, a warm-up included, where there was one to call.

    `answered` requests over so many `connections`, at most `peak` of them under way at once; `late` is how long after
    its time each answer was sent. From the first request to the last answer there passed `span_s` seconds, for `cpu_s`
    of which the upstream computed.
    """

    answered: int
    connections: int
    peak: int
    late: Distribution
    span_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Sample:
    """What one cell gave in one block.

    `duration_s` is the time until the last answer of a burst, or the measured window of a steady executor; `wall_s`
    what the harness spent on the cell in all. `outcomes` counts the requests by what became of them. A sample that is
    not ok has a reason, no duration, and the requests that were answered well all the same. `attempt` is 2 where the
    cell was measured again because there was reason to doubt the first sample; the last one counts.
    """

    block: int
    launch: int
    cell: int
    status: SampleStatus
    reason: str | None
    wall_s: float
    duration_s: float | None = None
    outcomes: dict[str, int] | None = None
    client: ClientCost | None = None
    server: ServerCost | None = None
    host: Host | None = None
    health: Health | None = None
    requests: Requests | None = None
    steady: Steady | None = None
    upstream: Upstream | None = None
    attempt: int = 1
    kind: Literal["sample"] = "sample"


@dataclass(frozen=True, slots=True)
class Checked:
    """What an endpoint of the user's own app answered on a launch before any load, twice.

    The status and the length in bytes of the first answer, and the SHA-256 of its body where the second one had the
    same: then every answer under load has to. None says that bodies vary.
    """

    block: int
    launch: int
    style: str
    status: int
    length: int
    sha256: str | None
    kind: Literal["checked"] = "checked"


@dataclass(frozen=True, slots=True)
class InForce:
    """What a server process says of itself: nothing here comes from the matrix.

    `workers` counts the worker processes that took up work, `executor_threads` the threads of asyncio's own pool.
    """

    limiter_tokens: int
    executor_threads: int
    workers: int
    loop: str
    loop_class: str
    http_parser: str | None
    python: str
    versions: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Launched:
    """One launch, as far as it came: `launch` is its number in the run, `ready_s` when it was ready.

    `pids` are the worker processes that had taken up work by then.
    """

    block: int
    launch: int
    settings: Launch
    status: SampleStatus
    reason: str | None
    command: list[str]
    ready_s: float | None
    in_force: InForce | None
    pids: tuple[int, ...] = ()
    kind: Literal["launched"] = "launched"


@dataclass(frozen=True, slots=True)
class Stopped:
    """The end of a launch: seconds it took, the server's exit code, whether it had to be killed, and whether its port
    was free in the end.
    """

    block: int
    launch: int
    stop_s: float
    exit_code: int | None
    killed: bool
    port_freed: bool = True
    kind: Literal["stopped"] = "stopped"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What the engine can do at most on this machine: checked answers a second of a target that does nothing but
    answer, in a closed loop over so many connections, and the share of a core that it used for it.
    """

    rps: float
    concurrency: int
    processes: int
    client_cpu: float
    kind: Literal["ceiling"] = "ceiling"


@dataclass(frozen=True, slots=True)
class Rerun:
    """From this block on, what broke a threshold is measured anew: these blocks are judged by themselves."""

    block: int
    kind: Literal["rerun"] = "rerun"


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a run, or of one sitting of it."""

    status: Literal["finished", "interrupted"]
    at: str
    wall_s: float
    kind: Literal["ended"] = "ended"


@dataclass(frozen=True, slots=True)
class Header:
    """The first line: the plan, the machine that it runs on, and the version of the method that it is measured by."""

    plan: Plan
    environment: dict[str, Any]
    started_at: str
    method: int
    kind: Literal["header"] = "header"


Record = Header | Ceiling | Launched | Checked | Sample | Stopped | Rerun | Ended

_RECORD: TypeAdapter[Record] = TypeAdapter(Annotated[Record, Field(discriminator="kind")])


def to_line(record: Record) -> bytes:
    """The journal line of a record, with its line end."""
    return _RECORD.dump_json(record) + b"\n"


def read(path: Path, after: int = 0) -> Iterator[Record]:
    """The records of a journal, one after the other, the header first; so many of them are passed over unread.

    Raises InputError where there is no journal, where its first line is no header, or where a line that is not the last
    cannot be read.
    """
    with opened(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.endswith(b"\n"):
                return
            if number <= after:
                continue
            record = _from_line(line, path, number)
            if (number == 1) != isinstance(record, Header):
                raise InputError(f"{path}:{number}: found {record.kind!r}; a journal has one header, on its first line")
            yield record


def sha256(path: Path) -> str:
    """The digest of a journal, in hexadecimal. Raises InputError where there is none."""
    digest = hashlib.sha256()
    with opened(path) as lines:
        for line in lines:
            digest.update(line)
    return digest.hexdigest()


def opened(path: Path, mode: Literal["rb", "r+b"] = "rb") -> IO[bytes]:
    """An existing journal, opened. Raises InputError where there is none."""
    try:
        return path.open(mode)
    except OSError as error:
        raise InputError(
            f"{path}: cannot read the journal: {error.strerror}; name a run folder that holds one"
        ) from error


def _from_line(line: bytes, path: Path, number: int) -> Record:
    try:
        return _RECORD.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{path}:{number}: not a line that this version of the harness wrote: {where}: {first['msg']}"
        ) from error


def drop_torn_line(file: IO[bytes]) -> None:
    """Cut off a last line that a crash left unfinished, and go to the end, so that the journal can be written on."""
    whole = 0
    for line in file:
        if line.endswith(b"\n"):
            whole += len(line)
    file.truncate(whole)
    file.seek(whole)
