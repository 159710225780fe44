"""Convert the Markdown of a report to HTML, so that a report has one source.

It knows the dialect that `harness.report.writing.markdown` writes and the sections use, and nothing else: headings,
paragraphs, lists, quotes, tables, code, emphasis, links and folded details. Whatever else there may be is shown as it
stands.
"""

import re
from collections.abc import Iterator
from html import unescape
from itertools import takewhile

from harness.report.page.markup import lines, scrolling
from harness.report.writing.markdown import anchor

_INLINE = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<fence>`+)(?P<code>.+?)(?<!`)(?P=fence)(?!`)"
    r"|\*\*(?P<strong>(?:\\.|`[^`]*`|[^*\\`])+)\*\*"
    r"|\*(?P<em>(?:\\.|`[^`]*`|[^*\\`])+)\*"
    r"|\[(?P<label>(?:\\.|`[^`]*`|[^\]\\`])*)\]\((?P<url>[^)\s]*)\)"
)
_HEADING = re.compile(r"(#{1,6}) (.*)")
_FENCE = re.compile(r"(`{3,})(\w*)")
_TAGS = re.compile("<[^>]*>")
_ALERT = re.compile(r"\[!(\w+)\]")
_SIDE = {"---": "", "---:": ' class="figure"'}


def html(markdown: str) -> str:
    """Return a piece of a report as HTML, its headings with the anchors that GitHub gives them."""
    return "\n".join(_blocks(markdown.splitlines(), caption=""))


def inline(markdown: str) -> str:
    """Return a line of Markdown as HTML."""
    written, place = [], 0
    for found in _INLINE.finditer(markdown):
        written += [lines(markdown[place : found.start()]), _piece(found)]
        place = found.end()
    return "".join([*written, lines(markdown[place:])])


def headings(markdown: str) -> list[str]:
    """Return the headings of the second level, as plain text."""
    return [unescape(plain(inline(title))) for title in re.findall(r"^## (.*)$", markdown, re.MULTILINE)]


def _piece(found: re.Match[str]) -> str:
    piece = found.groupdict()
    if piece["escaped"] is not None:
        return lines(piece["escaped"])
    if piece["code"] is not None:
        return f"<code>{lines(_unpadded(piece['code']))}</code>"
    for tag in ("strong", "em"):
        if piece[tag] is not None:
            return f"<{tag}>{inline(piece[tag])}</{tag}>"
    return f'<a href="{lines(piece["url"])}">{inline(piece["label"])}</a>'


def _unpadded(code: str) -> str:
    padded = code.startswith(" ") and code.endswith(" ") and code.strip(" ")
    return code[1:-1] if padded else code


def _blocks(rest: list[str], caption: str) -> Iterator[str]:
    """Yield the blocks of these lines; `caption` is the caption of tables until the next heading."""
    while rest:
        line = rest[0]
        if not line:
            rest = rest[1:]
        elif heading := _HEADING.fullmatch(line):
            caption, rest = inline(heading[2]), rest[1:]
            level = len(heading[1])
            yield f'<h{level} id="{anchor(unescape(plain(caption)))}">{caption}</h{level}>'
        elif fence := _FENCE.fullmatch(line):
            body = list(takewhile(lambda other: other != fence[1], rest[1:]))
            rest = rest[len(body) + 2 :]
            yield '<pre tabindex="0"><code>' + lines("\n".join(body)) + "</code></pre>"
        elif line == "<details>":
            end = rest.index("</details>")
            yield _details(rest[1:end])
            rest = rest[end + 1 :]
        else:
            block = list(takewhile(bool, rest))
            rest = rest[len(block) :]
            yield _block(block, caption)


def _block(block: list[str], caption: str) -> str:
    """Return a block of lines of one kind."""
    if all(line.startswith("|") for line in block):
        return _table(block, caption)
    if all(line.startswith("- ") for line in block):
        return _list(block)
    if all(line.startswith(">") for line in block):
        return _quote([line[1:].removeprefix(" ") for line in block], caption)
    return f"<p>{inline(' '.join(block))}</p>"


def _list(block: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{inline(line.removeprefix('- '))}</li>" for line in block) + "</ul>"


def _quote(block: list[str], caption: str) -> str:
    alert = _ALERT.fullmatch(block[0])
    if alert is None:
        return f"<blockquote>{''.join(_blocks(block, caption))}</blockquote>"
    return f'<div class="{alert[1].lower()}" role="note">{"".join(_blocks(block[1:], caption))}</div>'


def _details(block: list[str]) -> str:
    summary = block[0].removeprefix("<summary>").removesuffix("</summary>")  # written as HTML
    body = "\n".join(_blocks(block[1:], caption=summary))
    return f"<details><summary>{summary}</summary>\n{body}\n</details>"


def _table(block: list[str], caption: str) -> str:
    headers, rule, *rows = map(_cells, block)
    sides = [_SIDE[side] for side in rule]
    head = "".join(f'<th scope="col"{side}>{inline(cell)}</th>' for cell, side in zip(headers, sides, strict=True))
    body = "".join(f"<tr>{_row(row, sides)}</tr>\n" for row in rows)
    table = (
        f'<table><caption class="unseen">{caption}</caption>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}</tbody></table>"
    )
    return scrolling(table, plain(caption))


def _row(row: list[str], sides: list[str]) -> str:
    return "".join(f"<td{side}>{inline(cell)}</td>" for cell, side in zip(row, sides, strict=True))


def _cells(line: str) -> list[str]:
    """Return the cells of a row; an escaped pipe belongs to a cell, in code too."""
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def plain(written: str) -> str:
    """Return inline HTML without its tags."""
    return _TAGS.sub("", written)
