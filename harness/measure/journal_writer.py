"""Writing the journal of a run, and continuing one that was interrupted."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness.model import journal
from harness.model.errors import InputError
from harness.model.journal import Header, Launched, Record, Rerun, Sample, Stopped, to_line
from harness.model.plan import Plan


@dataclass(frozen=True, slots=True)
class JournalWriter:
    """An open journal; the operating system has every record before `write` returns."""

    file: IO[bytes]

    def write(self, record: Record) -> None:
        self.file.write(to_line(record))
        self.file.flush()


@dataclass(frozen=True, slots=True)
class JournalState:
    """What a journal already holds: the (block, cell) of each sample, the number of launches, whether a rerun began."""

    header: Header
    samples: frozenset[tuple[int, int]]
    launches: int
    is_rerun: bool


@contextmanager
def create_journal(folder: Path, header: Header) -> Iterator[JournalWriter]:
    """Create the journal of a folder that has none; nothing is ever overwritten."""
    with (folder / journal.FILE_NAME).open("xb") as file:
        _lock(file)
        writer = JournalWriter(file)
        writer.write(header)
        yield writer


@contextmanager
def reopen_journal(folder: Path) -> Iterator[tuple[JournalWriter, JournalState]]:
    """Open the journal of an interrupted run to append to it, with what it already holds.

    Raises InputError if it cannot be read, or if the run is still going on.
    """
    path = folder / journal.FILE_NAME
    with journal.open_journal(path, "r+b") as file:
        # Lock before reading, or lines that another process still writes would be missed.
        _lock(file)
        state = _read_state(path)
        journal.drop_torn_line(file)
        yield JournalWriter(file), state


def read_plan(folder: Path) -> Plan:
    """Return the plan of a run. Raises InputError if it has no readable journal."""
    return _read_state(folder / journal.FILE_NAME).header.plan


def _lock(file: IO[bytes]) -> None:
    """Keep other processes from writing this journal, until the file is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(f"{file.name}: another process is still measuring this run; wait for it to end") from None


def _read_state(path: Path) -> JournalState:
    header: Header | None = None
    samples = set()
    launches = 0
    is_rerun = False
    for record in journal.read(path):
        match record:
            case Header():
                header = record
            case Sample():
                samples.add((record.block, record.cell))
            case Launched() | Stopped():
                launches = max(launches, record.launch)
            case Rerun():
                is_rerun = True
    if header is None:
        raise InputError(f"{path}: the journal is empty, so there is nothing to resume; start a new run")
    return JournalState(header, frozenset(samples), launches, is_rerun)
