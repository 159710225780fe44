"""Fits the sections of a report into a room, leaving out those that are missed least; the answer always stays.

Rule 1: a section is there whole or not at all, so that no table, fence or `<details>` is cut.
Rule 2: sections that this order does not know go first, then those of `ORDER`, and the answer never.
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


def fitted(sections: Mapping[str, str], most: int, size: Size, folder: Path) -> str:
    """Sections of Markdown, by their names, as one text of at most this size; what is left out is named at its end.

    `size` must not shrink as a text grows, and `most` leave room for the names of all sections.
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
    """The sections that are kept, and the names of those that are not, with the command that prints them all."""
    if not gone:
        return "\n\n".join(kept) + "\n"
    names = ", ".join(text(name.replace("_", " ")) for name in gone)
    whole = code(f"python -m harness report --format markdown {quote(str(folder))}")
    return "\n\n".join([*kept, f"Left out here for want of room: {names}. {whole} prints the whole report."]) + "\n"


def beginning(markdown: str, room: int, size: Size) -> str:
    """As many whole blocks from the top as there is room for, or of a first one that is mere text, its beginning."""
    kept = ""
    for block in blocks(markdown):
        longer = f"{kept}\n\n{block}" if kept else block
        if size(longer) > room:
            return kept or _words(block, room, size)
        kept = longer
    return kept


def _words(block: str, room: int, size: Size) -> str:
    """The beginning of a paragraph or list, up to the end of an item if there is one, else of a word."""
    if _OPENS.match(block):
        return ""
    fits = bisect_right(range(len(block)), room, key=lambda end: size(block[:end])) - 1
    short = block[: max(0, fits)]
    return short[: max(short.rfind("\n"), 0)] or short[: max(short.rfind(" "), 0)] or short


_OPENS = re.compile(r"<details|(?P<fence>`{3,})")


def blocks(markdown: str) -> Iterator[str]:
    """The blocks that a blank line parts, a fence or a `<details>` with all that it holds as one of them."""
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
