"""Writing the journal of a run, and taking up one that was interrupted."""

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
    """An open journal. Every record is with the operating system before `write` returns."""

    file: IO[bytes]

    def write(self, record: Record) -> None:
        self.file.write(to_line(record))
        self.file.flush()


@dataclass(frozen=True, slots=True)
class JournalState:
    """What a journal already holds.

    Its header, each (block, cell) that has a sample, how many launches, and whether it has come to a rerun.
    """

    header: Header
    samples: frozenset[tuple[int, int]]
    launches: int
    is_rerun: bool


@contextmanager
def create_journal(folder: Path, header: Header) -> Iterator[JournalWriter]:
    """A new journal in a folder that has none; nothing is ever overwritten."""
    with (folder / journal.FILE_NAME).open("xb") as file:
        _lock(file)
        opened = JournalWriter(file)
        opened.write(header)
        yield opened


@contextmanager
def reopen_journal(folder: Path) -> Iterator[tuple[JournalWriter, JournalState]]:
    """The journal of an interrupted run, to be written on, and what it already holds.

    Raises InputError where it cannot be read, or where the run is still under way.
    """
    path = folder / journal.FILE_NAME
    with journal.opened(path, "r+b") as file:
        # The lock first: what another process still writes must not be missing from what was read.
        _lock(file)
        measured = _read_state(path)
        journal.drop_torn_line(file)
        yield JournalWriter(file), measured


def read_plan(folder: Path) -> Plan:
    """The plan of a run that was begun. Raises InputError where there is no journal that can be read."""
    return _read_state(folder / journal.FILE_NAME).header.plan


def _lock(file: IO[bytes]) -> None:
    """Keep every other process from writing this journal; the lock ends with the file or the process."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(f"{file.name}: this run is still under way in another process; wait for it to end") from None


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
        raise InputError(f"{path}: the journal is empty; nothing can be taken up from it, so start a new run")
    return JournalState(header, frozenset(samples), launches, is_rerun)
