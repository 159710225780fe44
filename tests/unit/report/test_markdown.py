import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it.token import Token

from harness.model.words import one_line
from harness.report.document import (
    Block,
    Bullets,
    Caution,
    Code,
    Details,
    Document,
    Paragraph,
    Section,
    TableCell,
    Tone,
    as_line,
    code,
    line,
    link,
    strong,
    table,
)
from harness.report.markdown import render_markdown
from tests.builders.reader import links, raw_html, reader

anything = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("`|\\*_[]()<>&~#$-+=1.\n\r\t :")))


def render(*blocks: Block, is_alone: bool = False) -> str:
    """Return blocks as Markdown, without the title of their document."""
    written = render_markdown(Document("t", (Section("s", None, blocks, rank=1),)), is_alone=is_alone)
    return written.removeprefix("# t\n\n").rstrip("\n")


def shown(tokens: list[Token]) -> str:
    return "".join(token.content for token in tokens)


def parse_inline(markdown: str) -> list[Token]:
    """Return the inline tokens of Markdown that must be one paragraph."""
    tokens = reader().parse(markdown)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    return tokens[1].children or []


@given(anything)
def test_foreign_text_is_shown_and_does_nothing_else(words: str) -> None:
    tokens = parse_inline(render(Paragraph(line("x{}x", words))))
    assert {token.type for token in tokens} <= {"text", "text_special"}
    assert shown(tokens).split() == one_line(f"x{words}x").split()


@given(anything)
def test_foreign_text_opens_no_block_at_the_start_of_a_paragraph(words: str) -> None:
    types = [token.type for token in reader().parse(render(Paragraph(as_line(words))))]
    assert types in ([], ["paragraph_open", "inline", "paragraph_close"])


@given(anything)
def test_code_shows_anything_in_one_span(words: str) -> None:
    spans = [token for token in parse_inline(render(Paragraph(line("x {} x", code(words))))) if token.tag == "code"]
    assert [span.content.strip() for span in spans] == [one_line(words)]


@given(anything)
def test_a_code_block_ends_where_its_text_does(words: str) -> None:
    tokens = reader().parse(render(Code(words, "yaml"), Paragraph(line("after"))))
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]


@given(anything, anything)
def test_a_table_keeps_its_cells_whatever_is_in_them(one: str, other: str) -> None:
    made = table([code(one), code(other)], [[code(other), code(one)]], "lr")
    tokens = reader().parse(render(made))
    assert [token.type for token in tokens].count("tr_open") == 2
    cells = [shown(token.children or []).strip() for token in tokens if token.type == "inline"]
    assert cells == [one_line(words) for words in (one, other, other, one)]


@given(anything)
def test_a_summary_holds_no_html_of_its_own(words: str) -> None:
    folded = render(Details(line("{} {}", words, code(words)), (Paragraph(line("inside")),)))
    html = reader().render(folded)
    assert html.count("<summary>") == html.count("</summary>") == 1
    assert "<p>inside</p>" in html


def test_what_would_redraw_the_page_is_replaced() -> None:
    assert render(Paragraph(as_line("a\x1b[31m\u202eb"))) == "a�\\[31m�b"


def test_spans_of_one_weight_and_one_target_are_marked_up_together() -> None:
    paragraph = Paragraph(line("{} {}", strong(line("`def` is slow")), link(line("see `x`"), "https://a.b/c d")))
    assert render(paragraph) == "**`def` is slow** [see `x`](https://a.b/c%20d)"


def test_tones_are_marks_before_the_words() -> None:
    cells = [TableCell(line("a"), tone) for tone in Tone]
    assert render(table(["1", "2", "3", "4"], [cells], "llll")).splitlines()[2] == "| a | ✓ a | ✗ a | ? a |"


def test_a_section_with_a_finding_is_folded_under_it() -> None:
    section = Section("why", "Why?", (Bullets((line("a"), line("b"))),), rank=2, finding=line("Because `x`."))
    assert render_markdown(Document("t", (section,))) == (
        "# t\n\n## Why?\n\n<details>\n<summary>Because <code>x</code>.</summary>\n\n- a\n- b\n\n</details>\n"
    )


def test_a_caution_is_an_alert_of_github() -> None:
    assert render(Caution(line("{} now", strong("Stop")))) == "> [!CAUTION]\n> **Stop** now"


@pytest.mark.parametrize(
    ("is_alone", "found"), [(False, ["#why", "a.json", "https://b.c"]), (True, ["#why", "https://b.c"])]
)
def test_links_lead_somewhere_or_are_no_links(is_alone: bool, found: list[str]) -> None:
    targets = ("#why", "#nowhere", "a.json", "https://b.c")
    opening = Section("s", None, tuple(Paragraph(link("x", target)) for target in targets), rank=1)
    document = Document("t", (opening, Section("why", "Why?", (), rank=2)))
    assert links(render_markdown(document, is_alone=is_alone)) == found


def test_a_report_without_details_has_no_raw_html() -> None:
    assert raw_html(render(Paragraph(line("<b>")), table(["<i>"], [["<u>"]], "l"))) == []
