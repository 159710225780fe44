"""Writing the journal of a run, continuing one that was interrupted, and compressing it at rest."""

import fcntl
import gzip
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from harness.model import journal
from harness.model.errors import InputError
from harness.model.journal import Ended, Header, Launched, Narrowed, Record, Rerun, Stopped, Window, to_line
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
    """What a journal already holds.

    `samples` has the (block, cell) of each whole sample, `narrowed` the cells of each block that does not measure all.
    `launches` were started, `is_rerun` says whether a rerun began, and `wall_s` is how long all sittings took.
    """

    header: Header
    samples: frozenset[tuple[int, int]] = frozenset()
    narrowed: Mapping[int, frozenset[int]] = field(default_factory=dict)
    launches: int = 0
    is_rerun: bool = False
    wall_s: float = 0.0


@contextmanager
def create_journal(folder: Path, header: Header) -> Iterator[JournalWriter]:
    """Create the journal of a folder that has none; nothing is ever overwritten. At the end it is compressed."""
    if (folder / journal.PACKED_NAME).exists():
        raise FileExistsError(folder / journal.PACKED_NAME)
    with _packed_at_the_end(folder), (folder / journal.FILE_NAME).open("xb") as file:
        _lock(file)
        writer = JournalWriter(file)
        writer.write(header)
        yield writer


@contextmanager
def reopen_journal(folder: Path) -> Iterator[tuple[JournalWriter, JournalState]]:
    """Open the journal of an interrupted run to append to it, with what it already holds. At the end it is compressed.

    Raises InputError if it cannot be read, or if the run is still going on.
    """
    _unpack_journal(folder)
    path = folder / journal.FILE_NAME
    with _packed_at_the_end(folder), journal.open_journal(path, "r+b") as file:
        # Lock before reading, or lines that another process still writes would be missed.
        _lock(file)
        state = _read_state(path)
        journal.drop_torn_line(file)
        yield JournalWriter(file), state


def read_plan(folder: Path) -> Plan:
    """Return the plan of a run. Raises InputError if it has no readable journal."""
    return _read_state(journal.find(folder)).header.plan


@contextmanager
def _packed_at_the_end(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        pack_journal(folder)


def pack_journal(folder: Path) -> None:
    """Compress the journal of a run folder, always to the same bytes, unless a process still writes it."""
    plain, packed = folder / journal.FILE_NAME, folder / journal.PACKED_NAME
    if not plain.exists():
        return
    with plain.open("rb") as source:
        try:
            _lock(source)
        except InputError:
            return
        with _replacing(packed) as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as target:
            shutil.copyfileobj(source, target)
        plain.unlink()


def _unpack_journal(folder: Path) -> None:
    """Bring a compressed journal back to the form that can be written to. Raises InputError if it cannot be read."""
    plain, packed = folder / journal.FILE_NAME, folder / journal.PACKED_NAME
    if not packed.exists():
        return
    with packed.open("rb") as locked:
        _lock(locked)
        if not plain.exists():
            with journal.open_lines(packed) as source, _replacing(plain) as target:
                shutil.copyfileobj(source, target)
        packed.unlink()


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file that takes this path once it is complete and on the disk."""
    half_written = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with half_written.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        half_written.replace(path)
    finally:
        half_written.unlink(missing_ok=True)


def _lock(file: IO[bytes]) -> None:
    """Keep other processes from writing this journal, until the file is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(f"{file.name}: another process is still measuring this run; wait for it to end") from None


def _read_state(path: Path) -> JournalState:
    header: Header | None = None
    samples = set()
    narrowed = {}
    launches = 0
    is_rerun = False
    wall_s = 0.0
    for record in journal.read(path):
        match record:
            case Header():
                header = record
            case Window() if record.is_last:
                samples.add((record.block, record.cell))
            case Narrowed():
                narrowed[record.block] = frozenset(record.cells)
            case Ended():
                wall_s += record.wall_s
            case Launched() | Stopped():
                launches = max(launches, record.launch)
            case Rerun():
                is_rerun = True
    if header is None:
        raise InputError(f"{path}: the journal is empty, so there is nothing to resume; start a new run")
    return JournalState(header, frozenset(samples), narrowed, launches, is_rerun, wall_s)
