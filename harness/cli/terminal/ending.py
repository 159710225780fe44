"""The end of a run on standard output: the answer, the thresholds, the knees, and where the report is.

With colours and rules on a terminal; elsewhere the same words, in aligned columns. Its last line is the run folder.
"""

# ruff: noqa: T201 - printing is what this module is for

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.analysis.findings import Findings
from harness.cli.terminal.text import wrapped
from harness.model.words import one_line
from harness.report import answer
from harness.report.naming import Names
from harness.report.sections import knees
from harness.report.wording import explain_trouble, name_trouble
from harness.report.writing.markdown import PLAIN

_FILES = ("README.md", "index.html")
_MOST_TROUBLES = 5
"""More than these are for the report."""
_STYLES = {
    "green": re.compile("^(as expected|kept)"),
    "red": re.compile("^(sooner than expected|later than expected|broken)|Not valid|Nothing was measured"),
    "yellow": re.compile("^(undecided|withheld|not judged|the limit in force is not known)"),
    "bold": re.compile(r"^- [^?]*\?", re.MULTILINE),
}
"""What is painted how; a question of the answer stands out from what is said to it."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A table of short cells under its title; the last column may be long."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]


def tell(folder: Path, findings: Findings) -> None:
    """Print what came of a run, and where its report is."""
    said = wrapped(answer.in_lines(findings))
    tables = list(summaries(findings))
    where = f"The report: {' and '.join(name for name in _FILES if (folder / name).exists())}, in"
    if sys.stdout.isatty():
        _paint(said, tables)
        print(where, folder, sep="\n")
    else:
        print(said, *map(aligned, tables), f"{where}\n{folder}", sep="\n\n")


def summaries(findings: Findings) -> Iterator[Summary]:
    """What was not measured, the thresholds and the knees, as far as there are any."""
    if findings.troubles:
        yield Summary("Not measured", ("what", "became", "why"), list(_troubles(findings)))
    if findings.thresholds:
        thresholds = [(one_line(each.written), each.outcome, one_line(each.reason)) for each in findings.thresholds]
        yield Summary("Thresholds", ("threshold", "outcome", "what was found"), thresholds)
    for name, rows in knees.tables(findings, PLAIN):
        yield Summary(f"Knees: {name}" if name else "Knees", knees.HEADERS, rows)


def _troubles(findings: Findings) -> Iterator[Sequence[str]]:
    """What was not measured and why, the first of it; the rest of a long reason is for the report, too."""
    names = Names(findings.header.plan)
    for each in findings.troubles[:_MOST_TROUBLES]:
        reason = explain_trouble(each).partition("\n")[0]
        yield one_line(name_trouble(each, names)), each.status, one_line(reason)
    if (left := len(findings.troubles) - _MOST_TROUBLES) > 0:
        yield f"{left} more", "", "in the report"


def aligned(summary: Summary) -> str:
    """A table in plain text, its columns aligned."""
    lines = [summary.headers, *summary.rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ("  ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
    return "\n".join([summary.title, *padded])


def _paint(said: str, tables: Sequence[Summary]) -> None:
    # Only a terminal needs rich, which leaves out colours where NO_COLOR is set or the terminal has none.
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    def coloured(words: str) -> Text:
        text = Text(words)
        for style, pattern in _STYLES.items():
            text.highlight_regex(pattern, style)
        return text

    console = Console()
    console.print(coloured(said), soft_wrap=True)
    for summary in tables:
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
        for header, cells in zip(summary.headers, zip(*summary.rows, strict=True), strict=True):
            # A header is no wider than its column has to be, so that there is room for the last one.
            table.add_column(header, max_width=max(map(len, [*header.split(), *cells])))
        for row in summary.rows:
            table.add_row(*map(coloured, row))
        console.print(Text(f"\n{summary.title}", "bold"))
        console.print(table)
    console.print()
