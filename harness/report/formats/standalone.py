"""Markdown to read outside of its run folder: links into the folder and to headings become plain text."""

import re
from collections.abc import Mapping

_PIECES = re.compile(
    r"""
      ^(?P<fence>`{3,})[^\n]*\n.*?^(?P=fence)$          # a code block, and
    | (?<!`)(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)   # a code span stay as they are,
    | \\.                                                # and so does what is escaped
    | !?\[(?P<label>(?:\\.|[^\[\]\\])*)\]\((?![a-z]+:)[^()\s]*\)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


def make_standalone(sections: Mapping[str, str]) -> dict[str, str]:
    """Return the sections of a report for reading elsewhere, without the table of contents."""
    return {name: standalone(section) for name, section in sections.items() if name != "contents"}


def standalone(markdown: str) -> str:
    """Return Markdown with relative links replaced by their labels."""
    return _PIECES.sub(lambda found: found[0] if found["label"] is None else found["label"], markdown)
