"""Fit the sections of a report into a size by leaving out the least important; the answer always stays.

Rule 1: a section is kept whole or left out, so no table, fence or `<details>` is cut.
Rule 2: sections that `ORDER` does not know go first, then those of `ORDER`; the answer never goes.
Rule 3: an answer that is too long by itself ends after a whole block of Markdown, or if it is one paragraph, a word.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from shlex import quote

from harness.report.writing.markdown import code, text

KEPT = "answer"

ORDER = (
    "repeat",
    "raw_data",
    "how_to_read",
    "servers",
    "split",
    "claims",
    "article",
    "model_fit",
    "health",
    "belief",
    "troubles",
    "open_loop",
    "closed_loop",
    "durations",
    "knees",
    "choose",
    "endpoints",
    "chart",
    "thresholds",
    "verdicts",
    "run",
    "title",
    "banner",
)
"""The sections in the order in which they are left out: the matrix and the environment first, the banner last."""

Size = Callable[[str], int]


def fit_sections(sections: Mapping[str, str], most: int, size: Size, folder: Path) -> str:
    """Return sections, by name, as one text of at most this size, which ends with the names of those left out.

    `size` must not shrink as a text grows, and `most` must leave room for the names of all sections.
    """
    known = [name for name in ORDER if name in sections]
    leave = [name for name in sections if name not in {*ORDER, KEPT}] + known
    for number in range(len(leave) + 1):
        gone = set(leave[:number])
        told = _joined(
            [section for name, section in sections.items() if name not in gone],
            [name for name in sections if name in gone],
            folder,
        )
        if size(told) <= most:
            return told
    gone_too = [*(name for name in sections if name != KEPT), f"the end of the {KEPT}"]
    room = most - size(_joined([""], gone_too, folder))
    return _joined([beginning(sections[KEPT], room, size)], gone_too, folder)


def _joined(kept: Sequence[str], gone: Sequence[str], folder: Path) -> str:
    """Return the kept sections, the names of the others, and the command that prints them all."""
    if not gone:
        return "\n\n".join(kept) + "\n"
    names = ", ".join(text(name.replace("_", " ")) for name in gone)
    whole = code(f"python -m harness report --format markdown {quote(str(folder))}")
    return "\n\n".join([*kept, f"Left out here for want of room: {names}. {whole} prints the whole report."]) + "\n"


def beginning(markdown: str, room: int, size: Size) -> str:
    """Return as many whole blocks from the top as fit, or the beginning of the first block if it is plain text."""
    kept = ""
    for block in blocks(markdown):
        longer = f"{kept}\n\n{block}" if kept else block
        if size(longer) > room:
            return kept or _words(block, room, size)
        kept = longer
    return kept


def _words(block: str, room: int, size: Size) -> str:
    """Return the beginning of a paragraph or list, cut at the end of an item or of a word."""
    if _OPENS.match(block):
        return ""
    fits = bisect_right(range(len(block)), room, key=lambda end: size(block[:end])) - 1
    short = block[: max(0, fits)]
    return short[: max(short.rfind("\n"), 0)] or short[: max(short.rfind(" "), 0)] or short


_OPENS = re.compile(r"<details|(?P<fence>`{3,})")


def blocks(markdown: str) -> Iterator[str]:
    """Yield the blocks between blank lines; a fence or a `<details>` is one block with all its content."""
    held: list[str] = []
    fence, folded = "", 0
    for line in markdown.split("\n"):
        if not line and not fence and not folded:
            yield from _block(held)
            held = []
            continue
        held.append(line)
        if fence:
            fence = "" if line == fence else fence
        elif found := _OPENS.match(line):
            fence = found["fence"] or ""
            folded += not fence
        elif line == "</details>":
            folded -= 1
    yield from _block(held)


def _block(lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield "\n".join(lines)
