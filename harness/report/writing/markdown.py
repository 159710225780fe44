"""GitHub-flavoured Markdown, and the only place that escapes foreign text for it.

Rule 1: `text`, `prose`, `code` and `fenced` give Markdown for anything; the others take Markdown, or say otherwise.
Rule 2: only `table` knows that a pipe ends a cell, in code spans too; so the same Markdown serves in and out of tables.
"""

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from harness.model.words import one_line, printable

MOST_COLUMNS = 7
"""Wider tables cannot be read on a phone, nor in a pull request."""

Align = Literal["left", "right"]

_SPECIAL = re.compile(r"[\\`*_\[\]<>&~#$]")
_BLOCK_START = re.compile(r"^(\d+(?=[.)](?:\s|$))|(?=[-+=]))")
"""The start of a list or an underlined heading; a backslash after the match makes it plain text."""

_OF_ADDRESSES = "/:?#=&%+@,;~"
"""Characters with a meaning in an address, which a link keeps."""

_NO_ANCHOR = re.compile(r"[^\w\- ]")

_RULES: dict[Align, str] = {"left": "---", "right": "---:"}


@dataclass(frozen=True, slots=True)
class Voice:
    """How a sentence writes its words: `text` writes a name, `code` a word of a program."""

    text: Callable[[str], str]
    code: Callable[[str], str]


def text(anything: str) -> str:
    """Return a text as one escaped line of Markdown."""
    return _no_block(_escaped(one_line(anything)))


def prose(anything: str) -> str:
    """Return a text as one escaped line of Markdown, with code spans between backticks."""
    pieces = re.split("`([^`]+)`", one_line(anything))
    return _no_block("".join(code(piece) if place % 2 else _escaped(piece) for place, piece in enumerate(pieces)))


def _escaped(line: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", line)


def _no_block(line: str) -> str:
    return _BLOCK_START.sub(r"\1\\", line)


def code(anything: str) -> str:
    """Return a text as a code span on one line; its fence is longer than any run of backticks inside."""
    line = one_line(anything) or " "
    fence = "`" * (_longest_run(line) + 1)
    padding = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{padding}{line}{padding}{fence}"


MARKDOWN = Voice(text, code)
PLAIN = Voice(one_line, one_line)


def fenced(anything: str, language: str = "") -> str:
    """Return a text as a code block; its fence is longer than any run of backticks inside."""
    fence = "`" * max(3, _longest_run(anything) + 1)
    lines = printable(anything.replace("\r\n", "\n").replace("\r", "\n"), kept="\n\t").rstrip("\n")
    return f"{fence}{language}\n{lines}\n{fence}"


def _longest_run(line: str) -> int:
    return max((len(run) for run in re.findall("`+", line)), default=0)


def link(label: str, path: str) -> str:
    """Return a link to a path relative to the document; the path is plain, not Markdown."""
    return f"[{label}]({quote(path)})"


def outward(label: str, address: str) -> str:
    """Return a link to an address on the web; the address is plain, not Markdown."""
    return f"[{label}]({quote(address, safe=_OF_ADDRESSES)})"


def jump(label: str, heading: str) -> str:
    """Return a link to a heading of the same document; the heading is plain, not Markdown."""
    return f"[{label}](#{anchor(heading)})"


def anchor(heading: str) -> str:
    """Return GitHub's anchor of a heading: lower case, hyphens for spaces, and no punctuation."""
    return _NO_ANCHOR.sub("", heading.lower()).replace(" ", "-")


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], align: Sequence[Align]) -> str:
    """Return a table. Raises ValueError for more than seven columns, or a row of another length."""
    if len(headers) > MOST_COLUMNS:
        raise ValueError(f"a table of {len(headers)} columns; split it, {MOST_COLUMNS} is the most that can be read")
    lines = [headers, [_RULES[side] for side in align], *rows]
    for line in lines:
        if len(line) != len(headers):
            raise ValueError(f"a row of {len(line)} cells under {len(headers)} headers: {line}")
    return "\n".join(_row(line) for line in lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def details(summary: str, body: str) -> str:
    """Return a body that is folded away under a summary; the summary is plain, not Markdown."""
    # A blank line ends the raw HTML, so that the body is read as Markdown again.
    return f"<details>\n<summary>{html.escape(one_line(summary))}</summary>\n\n{body}\n\n</details>"


def bullets(items: Sequence[str]) -> str:
    """Return a list, one item per line."""
    return "\n".join(f"- {item}" for item in items)
