"""A report as data: sections of blocks, which the renderers turn into Markdown, HTML and terminal text.

Rule 1: a `Line` is made of spans, so no renderer reads another one's output, and each escapes foreign text itself.
Rule 2: a plain string inside a template's arguments is foreign text: it is shown as it is.
Rule 3: rank 1 stays in every shortened report; the higher the rank, the sooner a section is left out.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from harness.report.chart import Chart

MOST_COLUMNS = 7
"""Wider tables cannot be read on a phone, nor in a pull request."""

_PIECES = re.compile(r"`([^`]+)`|(\{\})")


class Tone(StrEnum):
    """How a cell of a table is meant, apart from its words."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    UNSURE = "unsure"


class Align(StrEnum):
    """The side of a column that its cells stand at."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line, in one style.

    `target` makes it a link: to an address on the web, to a file of the run folder, or with `#` to a section by name.
    """

    text: str
    is_code: bool = False
    is_strong: bool = False
    target: str | None = None


Line = tuple[Span, ...]
Words = str | Span | Line
"""Anything that can be part of a line; a string is plain text."""


def code(text: str) -> Span:
    """Return a word of a program."""
    return Span(text, is_code=True)


def link(label: Words, target: str) -> Line:
    """Return a link; see `Span.target`."""
    return tuple(replace(span, target=target) for span in line("{}", label))


def strong(words: Words) -> Line:
    """Return words in bold type."""
    return tuple(replace(span, is_strong=True) for span in line("{}", words))


def line(template: str, *parts: Words) -> Line:
    """Return a line: each `{}` of the template is replaced by a part, and text between backticks is code.

    Raises ValueError if the parts are not as many as the placeholders.
    """
    left = list(parts)
    spans: list[Span] = []
    place = 0
    for found in _PIECES.finditer(template):
        spans += _plain(template[place : found.start()])
        place = found.end()
        if found[1]:
            spans.append(code(found[1]))
        elif not left:
            raise ValueError(f"more placeholders than parts in {template!r}")
        else:
            spans += as_line(left.pop(0))
    if left:
        raise ValueError(f"more parts than placeholders in {template!r}")
    return (*spans, *_plain(template[place:]))


def as_line(words: Words) -> Line:
    """Return words as a line."""
    if isinstance(words, str):
        return _plain(words)
    return (words,) if isinstance(words, Span) else words


def _plain(text: str) -> Line:
    return (Span(text),) if text else ()


def join(parts: Iterable[Words], separator: str = " ") -> Line:
    """Return words with a separator between them."""
    spans: list[Span] = []
    for part in parts:
        spans += [*(_plain(separator) if spans else ()), *as_line(part)]
    return tuple(spans)


def enumerate_words(parts: Sequence[Words]) -> Line:
    """Return words as a list in a sentence: `a, b and c`."""
    if len(parts) <= 1:
        return join(parts)
    return line("{} and {}", join(parts[:-1], ", "), parts[-1])


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of text."""

    line: Line


@dataclass(frozen=True, slots=True)
class Subheading:
    """A heading inside a section."""

    line: Line


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of short items."""

    items: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Lines of a program or a file."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart."""

    chart: Chart


@dataclass(frozen=True, slots=True)
class TableCell:
    """One cell of a table."""

    line: Line
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Table:
    """A table of at most seven columns; `align` has the side of each."""

    headers: tuple[Line, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    align: tuple[Align, ...]

    def __post_init__(self) -> None:
        if len(self.headers) > MOST_COLUMNS:
            raise ValueError(f"a table of {len(self.headers)} columns; split it, {MOST_COLUMNS} is the most")
        for row in (self.align, *self.rows):
            if len(row) != len(self.headers):
                raise ValueError(f"a row of {len(row)} cells under {len(self.headers)} headers: {row}")


Row = Sequence[Words | TableCell]
"""The cells of a row; words become a cell without a tone."""


def table(headers: Sequence[Words], rows: Iterable[Row], align: str) -> Table:
    """Return a table; `align` has a letter for each column: `l` for words, `r` for figures."""
    sides = {"l": Align.LEFT, "r": Align.RIGHT}
    return Table(
        tuple(map(as_line, headers)),
        tuple(tuple(cell if isinstance(cell, TableCell) else TableCell(as_line(cell)) for cell in row) for row in rows),
        tuple(sides[letter] for letter in align),
    )


@dataclass(frozen=True, slots=True)
class Details:
    """Blocks that are folded away under a summary."""

    summary: Line
    blocks: tuple["Block", ...]


@dataclass(frozen=True, slots=True)
class Caution:
    """A warning that has to be read before anything else."""

    line: Line


Block = Paragraph | Subheading | Bullets | Code | Figure | Table | Details | Caution


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report that answers one question of its readers.

    `name` is what other sections link to, `title` its heading; without one it opens the report. A section with a
    `finding` is folded, and the finding, its answer in a line, is what can be read without opening it.
    """

    name: str
    title: str | None
    blocks: tuple[Block, ...]
    rank: int
    finding: Line | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report: its sections in order."""

    title: str
    sections: tuple[Section, ...]

    @property
    def charts(self) -> list[Chart]:
        """The charts that are shown, in their order."""
        return [block.chart for section in self.sections for block in section.blocks if isinstance(block, Figure)]
