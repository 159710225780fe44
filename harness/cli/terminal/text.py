"""Plain words and paragraphs for a terminal."""

import shutil
import sys
import textwrap

_BULLET = "- "


def duration(seconds: float) -> str:
    """Seconds as people say them: `45 s`, `3 min 20 s`, `1 h 5 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def columns() -> int | None:
    """The columns of the terminal that is printed on; None elsewhere, where a line may be as long as it is."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def wrapped(words: str) -> str:
    """Paragraphs and bullets, a line each, as wide as the terminal that they are printed on; elsewhere as they are."""
    width = columns()
    return words if width is None else "\n".join(_filled(line, width) for line in words.splitlines())


def _filled(line: str, width: int) -> str:
    indent = " " * len(_BULLET) if line.startswith(_BULLET) else ""
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
