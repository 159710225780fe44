"""Writing the journal of a run, and taking up one that was interrupted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness.model import journal
from harness.model.errors import InputError
from harness.model.journal import Header, Launched, Record, Sample, to_line


@dataclass(frozen=True, slots=True)
class Journal:
    """An open journal. Every record is with the operating system before `write` returns."""

    file: IO[bytes]

    def write(self, record: Record) -> None:
        self.file.write(to_line(record))
        self.file.flush()


@dataclass(frozen=True, slots=True)
class Measured:
    """What a journal already holds: its header, each (block, cell) that has a sample, how many launches."""

    header: Header
    samples: frozenset[tuple[int, int]]
    launches: int


@contextmanager
def create(folder: Path, header: Header) -> Iterator[Journal]:
    """A new journal in a folder that has none; nothing is ever overwritten."""
    with (folder / journal.FILE_NAME).open("xb") as file:
        opened = Journal(file)
        opened.write(header)
        yield opened


@contextmanager
def take_up(folder: Path) -> Iterator[Journal]:
    """The journal of an interrupted run, to be written on."""
    path = folder / journal.FILE_NAME
    journal.drop_torn_line(path)
    with path.open("ab") as file:
        yield Journal(file)


def measured(folder: Path) -> Measured:
    """What the journal of a folder already holds. Raises InputError where there is none that can be read."""
    path = folder / journal.FILE_NAME
    header: Header | None = None
    samples = set()
    launches = 0
    for record in journal.read(path):
        match record:
            case Header():
                header = record
            case Sample():
                samples.add((record.block, record.cell))
            case Launched():
                launches = record.launch
    if header is None:
        raise InputError(f"{path}: the journal is empty; nothing can be taken up from it, so start a new run")
    return Measured(header, frozenset(samples), launches)
