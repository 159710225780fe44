"""What the load process is told, and what it tells: one JSON object a line, over its standard input and output."""

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Job:
    """The load of one cell: `concurrency` requests at once to `path` of the server on `port`.

    An answer must come from `style` and `token`, and not before `delay_s`; what is not there after `deadline_s` counts
    as timed out. `prime_path` is what the connections are opened with, where they are opened before the burst.
    """

    port: int
    path: str
    prime_path: str
    style: str
    token: str
    client: str
    concurrency: int
    delay_s: float
    deadline_s: float


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a job, in the words of the journal; `columns` hold the evidence of the good answers.

    `reason` describes the first of the answers that were not good, `duration_s` is the time until the last answer.
    """

    outcomes: dict[str, int]
    reason: str | None
    duration_s: float | None
    cpu_s: float
    send_span_s: float
    late_connections: int
    columns: dict[str, list[int]]


def to_line(message: Job | Result) -> bytes:
    """One line of the conversation, with its line end."""
    return json.dumps(asdict(message), separators=(",", ":")).encode() + b"\n"


def job_from(line: bytes) -> Job:
    """The job that a line holds."""
    return Job(**_fields(line))


def result_from(line: bytes) -> Result:
    """The result that a line holds."""
    return Result(**_fields(line))


def _fields(line: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(line)
    return fields
