"""Render a document as GitHub-flavoured Markdown."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from urllib.parse import quote

from harness.model.words import one_line, printable
from harness.report.chart import THEMES, Chart
from harness.report.document import (
    Align,
    Block,
    Bullets,
    Caution,
    Code,
    Details,
    Document,
    Figure,
    Line,
    Paragraph,
    Section,
    Span,
    Subheading,
    Table,
    Tone,
)

_SPECIAL = re.compile(r"[\\`*_\[\]<>&~#$]")
_BLOCK_START = re.compile(r"^(\d+(?=[.)](?:\s|$))|(?=[-+=]))")
"""The start of a list or an underlined heading; a backslash after the match makes it plain text."""

_ADDRESS_CHARACTERS = "/:?#=&%+@,;~"
"""Characters with a meaning in an address, which a link keeps."""

_BLANKS = re.compile(r"\s+")
_NO_ANCHOR = re.compile(r"[^\w\- ]")
_RULES = {Align.LEFT: "---", Align.RIGHT: "---:"}
_MARKS = {Tone.PLAIN: "", Tone.GOOD: "✓ ", Tone.BAD: "✗ ", Tone.UNSURE: "? "}


def render_markdown(document: Document, *, is_alone: bool = False) -> str:
    """Return a document as Markdown; the same document gives the same bytes.

    If it is read alone, away from its run folder, it has no pictures and no links into the folder.
    """
    return _Renderer(document, is_alone=is_alone).render()


def anchor(heading: str) -> str:
    """Return GitHub's anchor of a heading: lower case, hyphens for spaces, and no punctuation."""
    return _NO_ANCHOR.sub("", heading.lower()).replace(" ", "-")


def escape_text(anything: str) -> str:
    """Return a text as one escaped line of Markdown."""
    return _BLOCK_START.sub(r"\1\\", _SPECIAL.sub(r"\\\g<0>", one_line(anything)))


def code_span(anything: str) -> str:
    """Return a text as a code span on one line; its fence is longer than any run of backticks inside."""
    inside = one_line(anything) or " "
    fence = "`" * (_longest_run(inside) + 1)
    padding = " " if inside.startswith("`") or inside.endswith("`") else ""
    return f"{fence}{padding}{inside}{padding}{fence}"


def code_block(anything: str, language: str = "") -> str:
    """Return a text as a code block; its fence is longer than any run of backticks inside."""
    fence = "`" * max(3, _longest_run(anything) + 1)
    lines = printable(anything.replace("\r\n", "\n").replace("\r", "\n"), kept="\n\t").rstrip("\n")
    return f"{fence}{language}\n{lines}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def write_picture(chart: Chart) -> str:
    """Return a chart as GitHub Markdown, with a light and a dark version."""
    light, dark = (chart.path(theme) for theme in THEMES)
    return (
        f'<picture>\n<source media="(prefers-color-scheme: dark)" srcset="{dark}">\n'
        f'<img alt="{html.escape(chart.alt)}" src="{light}">\n</picture>'
    )


class _Renderer:
    """Renders one document: it knows which headings and files a link can lead to."""

    def __init__(self, document: Document, *, is_alone: bool) -> None:
        self._document = document
        self._is_alone = is_alone
        self._anchors: Mapping[str, str] = {
            section.name: anchor(section.title) for section in document.sections if section.title
        }

    def render(self) -> str:
        title = f"# {escape_text(self._document.title)}"
        return "\n\n".join([title, *map(self._section, self._document.sections)]) + "\n"

    def _section(self, section: Section) -> str:
        heading = [f"## {escape_text(section.title)}"] if section.title else []
        body = self._blocks(section.blocks)
        if section.finding is not None:
            body = self._folded(section.finding, body)
        return "\n\n".join([*heading, body])

    def _blocks(self, blocks: Iterable[Block]) -> str:
        return "\n\n".join(part for block in blocks if (part := self._block(block)))

    def _block(self, block: Block) -> str:
        match block:
            case Paragraph():
                written = self._line(block.line)
            case Subheading():
                written = f"### {self._line(block.line)}"
            case Bullets():
                written = "\n".join(f"- {self._line(item)}" for item in block.items)
            case Code():
                written = code_block(block.text, block.language)
            case Figure():
                written = self._figure(block.chart)
            case Table():
                written = self._table(block)
            case Details():
                written = self._folded(block.summary, self._blocks(block.blocks))
            case Caution():
                written = f"> [!CAUTION]\n> {self._line(block.line)}"
        return written

    def _figure(self, chart: Chart) -> str:
        return "" if self._is_alone else write_picture(chart)

    def _folded(self, summary: Line, body: str) -> str:
        # A blank line ends the raw HTML, so that the body is read as Markdown again.
        return f"<details>\n<summary>{_summary(summary)}</summary>\n\n{body}\n\n</details>"

    def _table(self, table: Table) -> str:
        head = [self._inline(header) for header in table.headers]
        rows = [[_MARKS[cell.tone] + self._inline(cell.line) for cell in row] for row in table.rows]
        return lay_out_table(head, rows, table.align)

    def _line(self, line: Line) -> str:
        return _BLOCK_START.sub(r"\1\\", self._inline(line))

    def _inline(self, line: Line) -> str:
        """Return a line that stands where no block can begin."""
        alike = groupby(line, lambda span: (span.is_strong, span.target))
        return "".join(self._spans(list(spans)) for _, spans in alike)

    def _spans(self, spans: Sequence[Span]) -> str:
        """Return spans that share their weight and their target."""
        text = "".join(map(_write_span, spans))
        target = self._target(spans[0].target)
        linked = f"[{text}]({target})" if target else text
        return f"**{linked}**" if spans[0].is_strong else linked

    def _target(self, target: str | None) -> str | None:
        """Return where a link leads, None if it would lead nowhere from here."""
        if target is None:
            return None
        if target.startswith("#"):
            name = target.removeprefix("#")
            return f"#{self._anchors[name]}" if name in self._anchors else None
        if "://" in target:
            return quote(target, safe=_ADDRESS_CHARACTERS)
        return None if self._is_alone else quote(target)


def lay_out_table(headers: Iterable[str], rows: Iterable[Iterable[str]], align: Iterable[Align]) -> str:
    """Return a table of cells that are Markdown already."""
    return "\n".join(_row(cells) for cells in [headers, [_RULES[side] for side in align], *rows])


def _write_span(span: Span) -> str:
    # A piece that starts inside a line opens no block, so only characters with a meaning are escaped.
    return code_span(span.text) if span.is_code else _SPECIAL.sub(r"\\\g<0>", _on_one_line(span.text))


def _on_one_line(text: str) -> str:
    """Return a piece of a line with single blanks, also at its ends, and without characters that cannot be printed."""
    return printable(_BLANKS.sub(" ", text))


def _row(cells: Iterable[str]) -> str:
    # Only a table knows that a pipe ends a cell, in code spans too.
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _summary(line: Line) -> str:
    """Return the summary of a fold, which GitHub reads as HTML."""
    return "".join(
        f"<code>{html.escape(one_line(span.text))}</code>" if span.is_code else html.escape(_on_one_line(span.text))
        for span in line
    )
