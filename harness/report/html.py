"""Render the sections of a document as HTML."""

from collections.abc import Callable, Iterable
from html import escape

from harness.model.words import printable
from harness.report.chart import Chart
from harness.report.document import (
    Align,
    Block,
    Bullets,
    Caution,
    Code,
    Details,
    Figure,
    Line,
    Paragraph,
    Section,
    Span,
    Subheading,
    Table,
    TableCell,
)

DrawFigure = Callable[[Chart], str]
"""Returns the HTML of a chart."""


def render_section(section: Section, draw: DrawFigure) -> str:
    """Return a section as HTML; its heading has the section's name as its id."""
    heading = f'<h2 id="{escape(section.name)}">{escape_text(section.title)}</h2>\n' if section.title else ""
    body = render_blocks(section.blocks, draw, section.title or "")
    if section.finding is not None:
        body = _folded(section.finding, body)
    return f'<section aria-label="{escape_text(section.title or section.name)}">\n{heading}{body}\n</section>'


def render_blocks(blocks: Iterable[Block], draw: DrawFigure, caption: str = "") -> str:
    """Return blocks as HTML; the caption names their tables to screen readers."""
    written = []
    for block in blocks:
        if isinstance(block, Subheading):
            caption = "".join(span.text for span in block.line)
        written.append(_block(block, draw, caption))
    return "\n".join(written)


def render_line(line: Line) -> str:
    """Return a line as HTML."""
    return "".join(map(_span, line))


def escape_text(anything: str) -> str:
    """Return a text as escaped HTML, fit for attributes too."""
    return escape(printable(anything, kept="\n\t"))


def _block(block: Block, draw: DrawFigure, caption: str) -> str:
    match block:
        case Paragraph():
            written = f"<p>{render_line(block.line)}</p>"
        case Subheading():
            written = f"<h3>{render_line(block.line)}</h3>"
        case Bullets():
            written = "<ul>" + "".join(f"<li>{render_line(item)}</li>" for item in block.items) + "</ul>"
        case Code():
            written = f'<pre tabindex="0"><code>{escape_text(block.text.rstrip())}</code></pre>'
        case Figure():
            written = draw(block.chart)
        case Table():
            written = _table(block, caption)
        case Details():
            written = _folded(block.summary, render_blocks(block.blocks, draw, caption))
        case Caution():
            written = f'<div class="caution" role="note"><p>{render_line(block.line)}</p></div>'
    return written


def _folded(summary: Line, body: str) -> str:
    return f"<details><summary>{render_line(summary)}</summary>\n{body}\n</details>"


def _table(table: Table, caption: str) -> str:
    sides = ["figure" if side is Align.RIGHT else "" for side in table.align]
    head = "".join(
        f'<th scope="col"{_classes(side)}>{render_line(header)}</th>'
        for header, side in zip(table.headers, sides, strict=True)
    )
    rows = "\n".join(f"<tr>{''.join(map(_cell, row, sides))}</tr>" for row in table.rows)
    label = escape_text(caption)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{label}"><table>'
        f'<caption class="unseen">{label}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>'
        f"</table></div>"
    )


def _cell(cell: TableCell, side: str) -> str:
    return f"<td{_classes(side, '' if cell.tone == 'plain' else cell.tone)}>{render_line(cell.line)}</td>"


def _classes(*names: str) -> str:
    given = " ".join(name for name in names if name)
    return f' class="{given}"' if given else ""


def _span(span: Span) -> str:
    text = escape_text(span.text)
    if span.is_code:
        text = f"<code>{text}</code>"
    if span.target is not None:
        text = f'<a href="{escape(span.target)}">{text}</a>'
    return f"<strong>{text}</strong>" if span.is_strong else text
