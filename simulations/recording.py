"""A recorded A/A on disk: one line of facts as JSON, then a CSV with one row per window, all of it compressed."""

import csv
import gzip
import io
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Self

RECORDED = Path(__file__).parent / "recorded" / "aa.csv.gz"
SIDES = ("a", "b")

Facts = Mapping[str, str | int]
"""The machine, the software and the load of a recording."""


class RecordingError(Exception):
    """A recording cannot be made or read; its text says why."""


@dataclass(frozen=True, slots=True)
class RecordedWindow:
    """One window on one launch.

    `kind` is the kind of load, `side` that of the launch, which was the `started`-th of its block. `at_s` counts from
    the start of the recording, `cost_us` is the time per answer of a closed loop or until the last answer of a burst.
    `foreign` is the share of the machine that was used by others meanwhile.
    """

    block: int
    kind: str
    round_number: int
    side: str
    started: int
    at_s: float
    cost_us: float
    p50_us: int
    p90_us: int
    foreign: float

    @classmethod
    def parse(cls, row: Mapping[str, str]) -> Self:
        """Return the window in a row of the CSV. Raises KeyError or ValueError if it is not one."""
        return cls(
            block=int(row["block"]),
            kind=row["kind"],
            round_number=int(row["round_number"]),
            side=row["side"],
            started=int(row["started"]),
            at_s=float(row["at_s"]),
            cost_us=float(row["cost_us"]),
            p50_us=int(row["p50_us"]),
            p90_us=int(row["p90_us"]),
            foreign=float(row["foreign"]),
        )


@dataclass(frozen=True, slots=True)
class Recording:
    """Recorded windows, in the order in which they were measured, and facts about them."""

    facts: Facts
    windows: tuple[RecordedWindow, ...]


def read_recording(path: Path = RECORDED) -> Recording:
    """Return a recording. Raises RecordingError if the file is not one."""
    try:
        facts, _, table = gzip.decompress(path.read_bytes()).decode().partition("\n")
        windows = tuple(map(RecordedWindow.parse, csv.DictReader(io.StringIO(table))))
        return Recording(json.loads(facts), windows)
    except (EOFError, KeyError, OSError, ValueError) as error:
        raise RecordingError(f"{path}: is no recording ({error!r}); record another one") from error


def write_recording(path: Path, recording: Recording) -> None:
    """Write a recording: the same content gives the same bytes, and an interruption leaves the file as it was."""
    text = io.StringIO()
    text.write(json.dumps(recording.facts) + "\n")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(field.name for field in fields(RecordedWindow))
    rows.writerows(map(astuple, recording.windows))
    unfinished = path.with_suffix(".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))
    unfinished.replace(path)
