"""The summary of a run on standard output: the answer, the thresholds, the knees, and where the report is.

A terminal gets colours; elsewhere the same text has aligned columns. The last line is the run folder.
"""

# ruff: noqa: T201 - printing is what this module is for

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.analysis.findings import Findings
from harness.cli.terminal import wrap
from harness.model.words import one_line
from harness.report import answer
from harness.report.naming import Names
from harness.report.sections import knees
from harness.report.wording import describe_threshold, explain_trouble, name_trouble
from harness.report.writing.markdown import PLAIN

_FILES = ("README.md", "index.html")
_MOST_TROUBLES = 5
"""The report lists the rest."""
_STYLES = {
    "green": re.compile("^(as expected|kept)"),
    "red": re.compile("^(sooner than expected|later than expected|broken)|Not valid|Nothing was measured"),
    "yellow": re.compile("^(undecided|withheld|not judged|the limit in force is not known)"),
    "bold": re.compile(r"^- [^?]*\?", re.MULTILINE),
}
"""The style of each pattern; the questions of the answer are bold."""


@dataclass(frozen=True, slots=True)
class SummaryTable:
    """A table with a title; all cells are short, except in the last column."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]


def print_summary(folder: Path, findings: Findings) -> None:
    """Print the outcome of a run, and where its report is."""
    text = wrap(answer.in_lines(findings))
    tables = list(_make_tables(findings))
    where = f"The report: {' and '.join(name for name in _FILES if (folder / name).exists())}, in"
    if sys.stdout.isatty():
        _print_coloured(text, tables)
        print(where, folder, sep="\n")
    else:
        print(text, *map(_align_columns, tables), f"{where}\n{folder}", sep="\n\n")


def _make_tables(findings: Findings) -> Iterator[SummaryTable]:
    """Yield tables of what was not measured, of the thresholds and of the knees, if there are any."""
    if findings.troubles:
        yield SummaryTable("Not measured", ("what", "became", "why"), list(_list_troubles(findings)))
    if findings.thresholds:
        thresholds = [
            (one_line(each.written), each.outcome, one_line(describe_threshold(each, findings.cells)))
            for each in findings.thresholds
        ]
        yield SummaryTable("Thresholds", ("threshold", "outcome", "what was found"), thresholds)
    for name, rows in knees.tables(findings, PLAIN):
        yield SummaryTable(f"Knees: {name}" if name else "Knees", knees.HEADERS, rows)


def _list_troubles(findings: Findings) -> Iterator[Sequence[str]]:
    """Yield the first of what was not measured and why; the report has the rest, and the rest of long reasons."""
    names = Names(findings.header.plan)
    for each in findings.troubles[:_MOST_TROUBLES]:
        reason = explain_trouble(each).partition("\n")[0]
        yield one_line(name_trouble(each, names)), each.status, one_line(reason)
    if (left := len(findings.troubles) - _MOST_TROUBLES) > 0:
        yield f"{left} more", "", "in the report"


def _align_columns(table: SummaryTable) -> str:
    """Return a table as plain text with aligned columns."""
    lines = [table.headers, *table.rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
    return "\n".join([table.title, *padded])


def _print_coloured(text: str, tables: Sequence[SummaryTable]) -> None:
    # Only a terminal needs rich, which leaves out colours where NO_COLOR is set or the terminal has none.
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    def coloured(words: str) -> Text:
        painted = Text(words)
        for style, pattern in _STYLES.items():
            painted.highlight_regex(pattern, style)
        return painted

    console = Console()
    console.print(coloured(text), soft_wrap=True)
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
