"""The journal: one JSON object per line, written as things happen. A report is made from nothing else.

Rule 1: a line is written and flushed before the next thing is measured.
Rule 2: the journal holds observations; everything derived from them is left to analysis.
Rule 3: only the last line can be cut off by a crash; it is dropped, and counts as not measured.
Rule 4: a journal is plain while it is measured and compressed at rest; where a folder has both, the plain one counts.
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Any, Literal, cast

from pydantic import Field, TypeAdapter, ValidationError

from harness.model.errors import InputError
from harness.model.outcomes import Status
from harness.model.plan import Launch, Plan

FILE_NAME = "journal.jsonl"
PACKED_NAME = "journal.jsonl.gz"

METHOD = 2
"""The version of the method, raised with every change to the meaning of a figure."""

METHODS_READ = (1, METHOD)
"""The versions that mean the same to analysis: in the first, every cell had one window a block."""


SampleStatus = Literal[Status.OK, Status.FAILED, Status.TIMEOUT]


@dataclass(frozen=True, slots=True)
class Requests:
    """The checked answers of a burst, in columns of equal length, one entry per request, in order of entry.

    Times are whole microseconds since the common start of the burst: when the request was sent, when it entered the
    app, when its handler started and ended, and when the client had the whole answer. `thread` and `process` number
    the threads and the worker processes of the burst from 0; `running` is how many handlers ran in that process when
    this one started, itself included. `classes` names the style's classes of requests, `of_class` is the index of each
    request's class; both are None if there is only one. `gave_up` is 1 for an answer that says that it gave up, and
    None if none does.
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

    `answered` counts those that came inside the window. Everything else describes these in a closed loop; in an open
    loop, the requests that were due inside the window, whenever their answers came. `latency` runs from the send in a
    closed loop and from the due time in an open one; `mean_latency_us` is its exact mean. `wait`, `work` and `wire` are
    its parts: waiting to be handled, working, and outside the app. `lag` is how late the client itself sent in an open
    loop; `late` counts requests that first waited for a free connection, `dropped` those that still waited when the
    window ended. `per_process` counts the answers of each worker process, `peak_running` is the most concurrent
    handlers in one of them. `by_class` is the latency of each class of requests, None if there is only one.
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
    """The costs of the load generator for a window, all its processes together.

    `cpu_s` counts from the common start, or within the measured window of a steady executor. `send_span_s` is the time
    until the last request of a burst was sent. `late_connections` were opened after the common start.
    """

    cpu_s: float
    send_span_s: float
    late_connections: int
    peak_memory_mb: float | None = None


@dataclass(frozen=True, slots=True)
class ServerCost:
    """The costs of the whole process tree of the server for a window, from the common start to the last answer.

    `requests` were answered in that time, including a warm-up. `peak_memory_mb` is the most memory at the end of a
    stretch that was watched; a page that processes share counts once (PSS), or in each of them where the system does
    not tell (RSS). `threads` is the most of 20 readings per second.
    """

    cpu_s: float
    requests: int
    peak_memory_mb: float
    threads: int


@dataclass(frozen=True, slots=True)
class Host:
    """The machine during a window: how long it was watched, its cores, and the CPU seconds of others.

    Others are all but the server and the harness, including steal time.
    """

    watched_s: float
    cores: int
    foreign_cpu_s: float


@dataclass(frozen=True, slots=True)
class Health:
    """The health checks made during a window, 20 per second to each of two routes, on a connection of their own.

    Microseconds from when a check was due to its answer. Checks that are due while one is under way share the next
    answer. `unanswered` counts those without an answer.
    """

    async_us: list[int]
    def_us: list[int]
    unanswered: int


@dataclass(frozen=True, slots=True)
class Upstream:
    """The view of the upstream on a window, including a warm-up.

    It `answered` requests over `connections`, at most `peak` of them concurrently; `late` is how long after its time
    each answer was sent. It used `cpu_s` of the `span_s` from the first request to the last answer.
    """

    answered: int
    connections: int
    peak: int
    late: Distribution
    span_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Window:
    """One uninterrupted stretch of load on one cell. All windows of a cell in a block are its sample.

    `round` counts the windows of the cell in this block from 1 on; there are `rounds` of them, unless one fails. It
    began `began_s` after its group of launches. `duration_s` is the time until the last answer of a burst, or the
    measured window of a steady executor; `wall_s` is the whole time spent on it. `outcomes` counts the requests by
    `RequestOutcome`. A window that is not ok has a reason, no duration, and the requests that were answered well.
    `attempt` is 2 if the first try was in doubt and was repeated at once; the last one counts. `idle_cpu` is the share
    of a core that the busiest of the other servers used meanwhile, None if no other was alive.
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
    round: int = 1
    rounds: int = 1
    began_s: float | None = None
    idle_cpu: float | None = None
    kind: Literal["window", "sample"] = "window"

    @property
    def is_last(self) -> bool:
        """Return whether no further window of this cell follows in its block."""
        return self.round >= self.rounds or self.status is not Status.OK


@dataclass(frozen=True, slots=True)
class Checked:
    """The two answers of an endpoint of the user's own app on a launch, before any load.

    `status` and `length` in bytes are those of the first answer. `sha256` is that of its body if the second body was
    the same: then every answer under load has to be. None says that bodies vary.
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
    """The settings that a server process reports; nothing here comes from the matrix.

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
    """The end of a launch: how long it took, the exit code, whether it was killed, and whether it freed its port."""

    block: int
    launch: int
    stop_s: float
    exit_code: int | None
    killed: bool
    port_freed: bool = True
    kind: Literal["stopped"] = "stopped"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The ceiling of the engine on this machine: checked answers per second from a target that only answers.

    `concurrency` is the connections of its closed loop, `client_cpu` the share of a core that it used.
    """

    rps: float
    concurrency: int
    processes: int
    client_cpu: float
    kind: Literal["ceiling"] = "ceiling"


@dataclass(frozen=True, slots=True)
class Rerun:
    """From this block on, broken thresholds are measured again; these blocks are judged on their own."""

    block: int
    kind: Literal["rerun"] = "rerun"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A block measures only these cells, given by their indices in the plan: other questions are decided."""

    block: int
    cells: tuple[int, ...]
    kind: Literal["narrowed"] = "narrowed"


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a run, or of one of its sittings."""

    status: Literal["finished", "interrupted"]
    at: str
    wall_s: float
    kind: Literal["ended"] = "ended"


@dataclass(frozen=True, slots=True)
class Header:
    """The first line: the plan, the machine, and the version of the method."""

    plan: Plan
    environment: dict[str, Any]
    started_at: str
    method: int
    kind: Literal["header"] = "header"


Record = Header | Ceiling | Launched | Checked | Window | Stopped | Rerun | Narrowed | Ended

_RECORD: TypeAdapter[Record] = TypeAdapter(Annotated[Record, Field(discriminator="kind")])


def to_line(record: Record) -> bytes:
    """Return the journal line of a record, with its line end."""
    return _RECORD.dump_json(record) + b"\n"


def find(folder: Path) -> Path:
    """Return the path of the journal of a run folder; that of a plain one if there is none."""
    plain, packed = folder / FILE_NAME, folder / PACKED_NAME
    return packed if packed.exists() and not plain.exists() else plain


def read(path: Path, after: int = 0) -> Iterator[Record]:
    """Yield the records of a journal, the header first, without the first `after` records, which are not parsed.

    Raises InputError if there is no journal, if its first line is no header, or if a line before the last cannot be
    parsed.
    """
    with open_lines(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.endswith(b"\n"):
                return
            if number <= after:
                continue
            record = _parse_line(line, path, number)
            if (number == 1) != isinstance(record, Header):
                raise InputError(f"{path}:{number}: found {record.kind!r}; a journal has one header, on its first line")
            yield record


def sha256(path: Path) -> str:
    """Return the digest of the lines of a journal, in hexadecimal; raise InputError if there is none."""
    digest = hashlib.sha256()
    with open_lines(path) as lines:
        for line in lines:
            digest.update(line)
    return digest.hexdigest()


@contextmanager
def open_lines(path: Path) -> Iterator[IO[bytes]]:
    """Open an existing journal to read, plain or compressed; raise InputError if there is none, or if it is damaged."""
    with open_journal(path) as file:
        try:
            yield cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if path.suffix == ".gz" else file
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InputError(
                f"{path}: the journal is damaged: {error}; take it from a copy of the run folder"
            ) from error


def open_journal(path: Path, mode: Literal["rb", "r+b"] = "rb") -> IO[bytes]:
    """Open the file of an existing journal; raise InputError if there is none."""
    try:
        return path.open(mode)
    except OSError as error:
        raise InputError(
            f"{path}: cannot read the journal: {error.strerror}; name a run folder that holds one"
        ) from error


def _parse_line(line: bytes, path: Path, number: int) -> Record:
    try:
        return _RECORD.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{path}:{number}: not a line that this version of the harness wrote: {where}: {first['msg']}"
        ) from error


def drop_torn_line(file: IO[bytes]) -> None:
    """Cut off a last line that a crash left unfinished, and seek the end to append to it."""
    whole = sum(len(line) for line in file if line.endswith(b"\n"))
    file.truncate(whole)
    file.seek(whole)


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that differs between two environments; a value is None if it is not known."""

    what: str
    before: Any
    now: Any


def list_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """Return the facts that differ; each distribution under `versions` is a fact of its own."""
    facts, others = _flatten_versions(before), _flatten_versions(now)
    return [
        Change(what, facts.get(what), others.get(what))
        for what in {**facts, **others}
        if facts.get(what) != others.get(what)
    ]


def _flatten_versions(environment: Mapping[str, Any]) -> dict[str, Any]:
    versions = environment.get("versions")
    if not isinstance(versions, Mapping):
        return dict(environment)
    return {**{what: value for what, value in environment.items() if what != "versions"}, **versions}
