"""reports/README.md: the index of all published runs, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.report import results
from harness.report.markdown import link, table, text
from harness.report.readme import moment

_OPENING = "# Reports\n\nAll runs in this folder, the newest first. This file is written anew with every report."
_HEADERS = ("date", "report", "servers", "blocks", "answer")
_UNREADABLE = "not written by this harness, or damaged"


@dataclass(frozen=True, slots=True)
class Entry:
    """One folder of `reports/`; one that holds no results says so in `problem`, and has nothing else."""

    folder: str
    started_at: str = ""
    title: str = ""
    servers: tuple[str, ...] = ()
    answer: str = ""
    blocks: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Cell:
    server: str


@dataclass(frozen=True, slots=True)
class _Results:
    """As much of a results.json as the index needs."""

    title: str
    started_at: str
    blocks: int
    answer: str
    cells: list[_Cell]


_RESULTS = TypeAdapter(_Results)


def may_be_written(path: Path) -> bool:
    """Whether there is nothing at this path yet, or an index of ours: what others have written stays theirs."""
    try:
        return path.read_bytes().startswith(_OPENING.encode())
    except FileNotFoundError:
        return True
    except OSError:
        return False


def collect(reports: Path) -> list[Entry]:
    """An entry for each folder of `reports`, newest first, those without results last."""
    folders = [path for path in reports.iterdir() if path.is_dir() and not path.name.startswith(".")]
    entries = sorted((_entry(folder) for folder in folders), key=lambda entry: entry.folder)
    newest_first = sorted(entries, key=lambda entry: entry.started_at, reverse=True)
    return sorted(newest_first, key=lambda entry: entry.problem is not None)


def _entry(folder: Path) -> Entry:
    try:
        found = _RESULTS.validate_json((folder / results.FILE_NAME).read_bytes())
    except FileNotFoundError:
        return Entry(folder.name, problem=f"there is no {results.FILE_NAME}")
    except OSError as error:
        return Entry(folder.name, problem=error.strerror or type(error).__name__)
    except ValidationError:
        return Entry(folder.name, problem=f"its {results.FILE_NAME} was {_UNREADABLE}")
    servers = tuple(dict.fromkeys(cell.server for cell in found.cells))
    return Entry(folder.name, found.started_at, found.title, servers, found.answer, found.blocks)


def render(entries: Sequence[Entry]) -> str:
    """The index as Markdown: a table of the runs, and beneath it the folders that hold none."""
    rows = [_row(entry) for entry in entries if entry.problem is None]
    without = [f"{text(entry.folder)} ({text(entry.problem)})" for entry in entries if entry.problem is not None]
    parts = [
        _OPENING,
        table(_HEADERS, rows, ("left", "left", "left", "right", "left")) if rows else "There is no report yet.",
    ]
    if without:
        parts.append(f"no results: {', '.join(without)}")
    return "\n\n".join(parts) + "\n"


def _row(entry: Entry) -> list[str]:
    return [
        moment(entry.started_at),
        link(text(entry.title or entry.folder), f"{entry.folder}/README.md"),
        ", ".join(map(text, entry.servers)),
        str(entry.blocks),
        text(first_sentence(entry.answer)),
    ]


def first_sentence(answer: str) -> str:
    """All up to the first full stop that ends a word."""
    sentence, stop, _ = answer.partition(". ")
    return f"{sentence}." if stop else sentence
