"""reports/README.md: the index of all published runs, newest first."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from harness.model.words import one_line
from harness.report import results
from harness.report.chart import THEMES, drawing_path
from harness.report.charts.catalog import CHARTS
from harness.report.document import Align
from harness.report.markdown import escape_text, lay_out_table
from harness.report.report import format_time

_OPENING = "# Reports\n\nAll runs in this folder, the newest first. This file is written anew with every report."
_HEADERS = ("date", "report", "verdict", "chart")
_UNREADABLE = "not written by this harness, or damaged"

WIDTH = 240
"""Of a thumbnail, in pixels."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One folder of `reports/`; a folder without results has nothing but its `problem`.

    `verdict` is the first sentence of the answer, `profile` None where there was none, `finished` False for a run that
    was interrupted. `chart` has the paths of the chart that the report opens with, from
    `reports/`, in the order of the themes; None where the folder holds none.
    """

    folder: str
    started_at: str = ""
    title: str = ""
    verdict: str = ""
    chart: tuple[str, ...] | None = None
    profile: str | None = None
    finished: bool = True
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Results:
    """The part of results.json that the index needs."""

    title: str
    started_at: str
    answer: str
    profile: str | None
    finished: bool


_RESULTS = TypeAdapter(_Results)


def may_be_written(path: Path) -> bool:
    """Return whether this path is free or holds an index of ours; foreign files are kept."""
    try:
        return path.read_bytes().startswith(_OPENING.encode())
    except FileNotFoundError:
        return True
    except OSError:
        return False


def collect(reports: Path) -> list[Entry]:
    """Return an entry for each folder of `reports`, newest first, those without results last."""
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
    verdict = first_sentence(found.answer)
    return Entry(
        folder=folder.name,
        started_at=found.started_at,
        title=found.title or folder.name,
        verdict=verdict,
        profile=found.profile,
        finished=found.finished,
        chart=_chart(folder),
    )


def _chart(folder: Path) -> tuple[str, ...] | None:
    drawings = (tuple(drawing_path(lead.name, theme) for theme in THEMES) for lead in CHARTS if lead.leads)
    there = (paths for paths in drawings if all((folder / path).is_file() for path in paths))
    return next((tuple(f"{folder.name}/{path}" for path in paths) for paths in there), None)


def render(entries: Sequence[Entry]) -> str:
    """Return the index as Markdown: a table of the runs, and below it the folders without one."""
    rows = [_row(entry) for entry in entries if entry.problem is None]
    without = [
        f"{escape_text(entry.folder)} ({escape_text(entry.problem)})" for entry in entries if entry.problem is not None
    ]
    parts = [
        _OPENING,
        lay_out_table(_HEADERS, rows, [Align.LEFT] * len(_HEADERS)) if rows else "There is no report yet.",
    ]
    if without:
        parts.append(f"no results: {', '.join(without)}")
    return "\n\n".join(parts) + "\n"


def _row(entry: Entry) -> list[str]:
    report = f"{entry.folder}/README.md"
    return [
        escape_text(format_time(entry.started_at)),
        " · ".join([f"[{escape_text(entry.title)}]({quote(report)})", *map(escape_text, remarks(entry))]),
        escape_text(entry.verdict),
        "" if entry.chart is None else f'<a href="{quote(report)}">{thumbnail(entry.chart, entry.title)}</a>',
    ]


def remarks(entry: Entry) -> list[str]:
    """Return remarks on a run: its profile, and whether it was interrupted."""
    profile = [f"profile {entry.profile}"] if entry.profile else []
    return [*profile, *([] if entry.finished else ["interrupted"])]


def thumbnail(chart: Sequence[str], title: str) -> str:
    """Return the chart of a report as a small HTML picture on one line, in the reader's theme."""
    light, dark = map(quote, chart)
    alt = html.escape(f"chart of {one_line(title)}")
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img alt="{alt}" src="{light}" width="{WIDTH}"></picture>'
    )


def first_sentence(answer: str) -> str:
    """Return everything up to the first full stop that ends a word."""
    sentence, stop, _ = answer.partition(". ")
    return f"{sentence}." if stop else sentence
