"""The words of a report are the same in HTML as in Markdown, and nothing in them comes to life."""

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from harness.model.words import one_line
from harness.report.page.from_markdown import headings, html, inline
from harness.report.writing import markdown

OURS = ("div", "caption")
"""What we put around tables, and a reader of Markdown does not."""


class Pieces(HTMLParser):
    """The tags of some HTML, without attributes but for links, and its words."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        if tag not in OURS:
            target = dict(attrs).get("href") if tag == "a" else None
            self.found.append(f"<{tag}>" if target is None else f"<a {target}>")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""
        if tag not in OURS:
            self.found.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if data.strip() and self._inside != "caption":
            self.found.append(re.sub(r"\s*\n\s*", " ", data.rstrip("\n")))


def pieces(source: str) -> list[str]:
    return Pieces(source).found


@given(st.text())
def test_whatever_a_name_is_it_is_shown_and_nothing_else(name: str) -> None:
    shown = one_line(name).strip()
    for written, tags in ((markdown.text(name), []), (markdown.code(name), ["<code>", "</code>"])):
        found = pieces(inline(written))
        assert [piece for piece in found if piece in ("<code>", "</code>")] == tags
        assert "".join(piece for piece in found if piece not in tags).strip() == shown


@given(st.text(alphabet="|\\`a <&"))
def test_a_cell_of_a_table_is_never_two(name: str) -> None:
    for write in (markdown.text, markdown.code):
        table = markdown.table(("a", "b"), [(write(name), "next")], ("left", "right"))
        assert html(table).count("<td") == 2


def test_a_banner_is_a_note_with_its_kind() -> None:
    assert html("> [!CAUTION]\n> **Not valid**: `a` is *b*.") == (
        '<div class="caution" role="note"><p><strong>Not valid</strong>: <code>a</code> is <em>b</em>.</p></div>'
    )


def test_what_is_no_markdown_of_ours_is_shown_as_it_stands() -> None:
    assert html("<img src=x onerror=alert(1)>") == "<p>&lt;img src=x onerror=alert(1)&gt;</p>"


def test_headings_have_the_anchors_that_the_markdown_links_to() -> None:
    assert headings("## `def` beside `async`\n\ntext") == ["def beside async"]
    assert html("## `def` & `async`") == '<h2 id="def--async"><code>def</code> &amp; <code>async</code></h2>'
