"""Plain words and paragraphs for a terminal."""

import shutil
import sys
import textwrap

_BULLET = "- "


def format_duration(seconds: float) -> str:
    """Return seconds as people say them: `45 s`, `3 min 20 s`, `1 h 5 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def terminal_width() -> int | None:
    """Return the columns of the terminal on standard output; None if it is no terminal, where lines may be long."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def wrap(text: str) -> str:
    """Return paragraphs and bullets, one per line, wrapped to the terminal if there is one."""
    width = terminal_width()
    return text if width is None else "\n".join(_fill(line, width) for line in text.splitlines())


def _fill(line: str, width: int) -> str:
    indent = " " * len(_BULLET) if line.startswith(_BULLET) else ""
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
