"""Render parts of a document as text for a terminal: colour marks tones, and nothing depends on it."""

import sys
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from textwrap import wrap

from harness.model.words import one_line
from harness.report.document import Align, Block, Bullets, Caution, Line, Paragraph, Subheading, Table, Tone

_COLOURS = {Tone.GOOD: "\x1b[32m", Tone.BAD: "\x1b[31m", Tone.UNSURE: "\x1b[33m"}
_BOLD, _RESET = "\x1b[1m", "\x1b[0m"
_GAP = "  "
_NARROWEST = 8
"""Columns are not made narrower than this."""


def render_text(blocks: Iterable[Block], *, with_colour: bool = False, width: int | None = None) -> str:
    """Return blocks as text; folded blocks and charts are left out.

    Lines are wrapped to a width in characters; None leaves them long.
    """
    parts = [_render(block, with_colour=with_colour, width=width or sys.maxsize) for block in blocks]
    return "\n\n".join(part for part in parts if part)


def flatten(line: Line) -> str:
    """Return a line as plain text."""
    return one_line("".join(span.text for span in line))


def _render(block: Block, *, with_colour: bool, width: int) -> str:
    match block:
        case Paragraph() | Caution() | Subheading():
            written = "\n".join(_wrap(flatten(block.line), width))
            if with_colour and all(span.is_strong for span in block.line):
                written = f"{_BOLD}{written}{_RESET}"
        case Bullets():
            written = "\n".join("\n  ".join(_wrap(f"- {flatten(item)}", width)) for item in block.items)
        case Table():
            written = _render_table(block, with_colour=with_colour, width=width)
        case _:
            written = ""
    return written


def _render_table(table: Table, *, with_colour: bool, width: int) -> str:
    """Return a table with aligned columns; long cells go on below, and no line ends in spaces."""
    cells = [[flatten(cell.line) for cell in row] for row in table.rows]
    headers = [flatten(header) for header in table.headers]
    widths = _fit_widths([max(map(len, column)) for column in zip(headers, *cells, strict=True)], width)
    lines = _lay_out(headers, [Tone.PLAIN] * len(widths), widths, table.align)
    for row, texts in zip(table.rows, cells, strict=True):
        tones = [cell.tone if with_colour else Tone.PLAIN for cell in row]
        lines += _lay_out(texts, tones, widths, table.align)
    return "\n".join(lines)


def _fit_widths(widths: Sequence[int], total: int) -> list[int]:
    """Return the widths of columns, the widest cut until they fit into a total with their gaps."""
    fitted = list(widths)
    room = total - len(_GAP) * (len(widths) - 1)
    while sum(fitted) > room and max(fitted) > _NARROWEST:
        widest = fitted.index(max(fitted))
        fitted[widest] -= 1
    return fitted


def _lay_out(texts: Sequence[str], tones: Sequence[Tone], widths: Sequence[int], align: Sequence[Align]) -> list[str]:
    """Return the lines of one row."""
    wrapped = [_wrap(text, width) for text, width in zip(texts, widths, strict=True)]
    lines = []
    for parts in zip_longest(*wrapped, fillvalue=""):
        padded = [
            part.rjust(width) if side is Align.RIGHT else part.ljust(width)
            for part, width, side in zip(parts, widths, align, strict=True)
        ]
        padded[-1] = padded[-1].rstrip()
        coloured = (_paint(part, tone) for part, tone in zip(padded, tones, strict=True))
        lines.append(_GAP.join(coloured).rstrip())
    return lines


def _paint(padded: str, tone: Tone) -> str:
    """Return a cell with its words, but not its padding, in the colour of a tone."""
    words = padded.strip()
    return padded.replace(words, f"{_COLOURS[tone]}{words}{_RESET}") if words and tone in _COLOURS else padded


def _wrap(text: str, width: int) -> list[str]:
    return wrap(text, width, break_on_hyphens=False) or [""]
