"""The terminal: progress on standard error, and a summary on standard output."""

import shutil
import sys
import textwrap
from functools import partial


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
    if (width := terminal_width()) is None:
        return text
    fill = partial(textwrap.fill, width=width, break_long_words=False, break_on_hyphens=False)
    return "\n".join(fill(line, subsequent_indent="  " * line.startswith("- ")) for line in text.splitlines())
