"""Reads Markdown as GitHub does, with raw HTML let through, so that whatever slips through can be seen."""

from functools import lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token


def reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@lru_cache(maxsize=32)
def parse(markdown: str) -> tuple[Token, ...]:
    """Return the tokens of a text, which is read once however many tests look at it."""
    return tuple(reader().parse(markdown))


def tables(markdown: str) -> list[list[int]]:
    """The number of cells in each row of each table."""
    found: list[list[int]] = []
    for token in parse(markdown):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append(0)
        elif token.type in ("th_open", "td_open"):
            found[-1][-1] += 1
    return found


def raw_html(markdown: str) -> list[str]:
    """Every piece of raw HTML, wherever it is."""
    return [piece.content for piece in pieces(markdown) if piece.type in ("html_inline", "html_block")]


def links(markdown: str) -> list[str]:
    return [str(piece.attrs["href"]) for piece in pieces(markdown) if piece.type == "link_open"]


def headings(markdown: str) -> list[str]:
    tokens = parse(markdown)
    return [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]


def pieces(markdown: str) -> list[Token]:
    return [piece for token in parse(markdown) for piece in (token, *(token.children or []))]
