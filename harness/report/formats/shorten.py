"""Fit a report into a size by leaving out whole sections, the highest rank first; the first screen stays.

A first screen that is too long by itself loses its last blocks.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from shlex import quote

from harness.report.document import Document, Paragraph, Section, code, line
from harness.report.markdown import render_markdown

Size = Callable[[str], int]


def fit_document(report: Document, most: int, size: Size, folder: Path) -> str:
    """Return a report as Markdown of at most this size, to be read alone; it ends with what was omitted."""
    command = code(f"python -m harness report --format markdown {quote(str(folder))}")
    for kept in _shorten(report):
        omitted = [section.title for section in report.sections if section.title and section not in kept.sections]
        note = Paragraph(line("Omitted to fit: {}. {} prints the whole report.", ", ".join(omitted), command))
        closing = (Section("omitted", None, (note,), rank=1),) if omitted else ()
        written = render_markdown(replace(kept, sections=(*kept.sections, *closing)), is_alone=True)
        if size(written) <= most:
            return written
    raise ValueError(f"a report cannot be shortened to {most}")


def _shorten(report: Document) -> Iterator[Document]:
    """Yield the report, then without its sections of ever lower ranks, then with ever fewer blocks of the first."""
    yield report
    for rank in sorted({section.rank for section in report.sections}, reverse=True):
        kept = tuple(section for section in report.sections if section.rank < rank)
        if kept:
            yield replace(report, sections=kept)
    opening = report.sections[0]
    for blocks in range(len(opening.blocks) - 1, -1, -1):
        yield replace(report, sections=(replace(opening, blocks=opening.blocks[:blocks]),))
