"""Markdown that is read away from its run folder: what leads into the folder, or to a heading, becomes mere words."""

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


def alone(sections: Mapping[str, str]) -> dict[str, str]:
    """The sections of a report as they can be read away from it: without the list of links to all of them."""
    return {name: standalone(section) for name, section in sections.items() if name != "contents"}


def standalone(markdown: str) -> str:
    """The same Markdown without its relative links; of each, the label is left."""
    return _PIECES.sub(lambda found: found[0] if found["label"] is None else found["label"], markdown)
