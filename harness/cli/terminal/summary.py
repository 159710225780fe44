"""The summary of a run on standard output: the headline, the decision table, what failed, and where the report is.

A terminal gets colours unless NO_COLOR is set; elsewhere the same text has none. The last line is the run folder.
"""

# ruff: noqa: T201 - this module prints

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from harness.analysis.findings import Findings
from harness.cli.terminal import terminal_width
from harness.report.document import Block, Paragraph, as_line, strong, table
from harness.report.naming import Names
from harness.report.questions import styles, thresholds
from harness.report.report import decisions, headline
from harness.report.text import render_text
from harness.report.wording import explain_trouble, name_trouble

_FILES = ("README.md", "index.html")
_MOST_TROUBLES = 5
"""The report lists the rest."""


def print_summary(folder: Path, findings: Findings) -> None:
    """Print the outcome of a run, and where its report is."""
    with_colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    names = " and ".join(name for name in _FILES if (folder / name).exists())
    print(render_text(_summarize(findings), with_colour=with_colour, width=terminal_width()))
    print(f"\nThe report: {names}, in", folder, sep="\n")


def _summarize(findings: Findings) -> Iterator[Block]:
    """Yield the headline and the decisions, then what was not measured, the thresholds and the knees."""
    yield Paragraph(strong(headline(findings)))
    if (decided := decisions(findings)) is not None:
        yield decided
    if findings.troubles:
        yield Paragraph(as_line("Not measured"))
        yield table(("cells", "status", "reason"), list(_list_troubles(findings)), "lll")
    if (demanded := thresholds.section(findings)) is not None:
        yield Paragraph(as_line("Thresholds"))
        yield from demanded.blocks
    yield from styles.render_knees(findings)


def _list_troubles(findings: Findings) -> Iterator[list[str]]:
    """Yield the first of what was not measured and why; the report has the rest, and the rest of long reasons."""
    names = Names(findings.header.plan)
    for each in findings.troubles[:_MOST_TROUBLES]:
        yield [name_trouble(each, names), each.status, explain_trouble(each).partition("\n")[0]]
    if (left := len(findings.troubles) - _MOST_TROUBLES) > 0:
        yield [f"{left} more", "", "in the report"]
