import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it.token import Token

from harness.model.words import one_line
from harness.report.writing.markdown import code, details, fenced, link, table, text
from tests.builders.reader import reader

anything = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("`|\\*_[]()<>&~#$-+=1.\n\r\t :")))


def inline(markdown: str) -> list[Token]:
    """The inline tokens of what has to be a single paragraph."""
    tokens = reader().parse(f"x {markdown} x")
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    return tokens[1].children or []


def shown(tokens: list[Token]) -> str:
    return "".join(token.content for token in tokens)


@given(anything)
def test_text_shows_anything_and_does_nothing_else(words: str) -> None:
    tokens = inline(text(words))
    assert {token.type for token in tokens} <= {"text", "text_special"}
    assert shown(tokens).split() == ["x", *one_line(words).split(), "x"]


@given(anything)
def test_text_opens_no_block_at_the_start_of_a_line(words: str) -> None:
    tokens = [token.type for token in reader().parse(text(words))]
    assert tokens in ([], ["paragraph_open", "inline", "paragraph_close"])


@given(anything)
def test_code_shows_anything_in_one_span(words: str) -> None:
    spans = [token for token in inline(code(words)) if token.type == "code_inline"]
    assert [span.content.strip() for span in spans] == [one_line(words)]


@given(anything)
def test_a_fence_ends_where_the_text_does(words: str) -> None:
    tokens = reader().parse(f"{fenced(words, 'yaml')}\n\nafter")
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]


@given(anything, anything)
def test_a_table_keeps_its_cells_whatever_is_in_them(one: str, other: str) -> None:
    markdown = table([text(one), code(other)], [[code(one), text(other)], [text(other), code(one)]], ["left", "right"])
    tokens = reader().parse(markdown)
    assert [token.type for token in tokens].count("tr_open") == 3
    cells = [token for token in tokens if token.type == "inline"]
    assert [shown(cell.children or []).strip() for cell in cells] == [
        one_line(words) for words in (one, other, one, other, other, one)
    ]


@given(anything)
def test_a_summary_holds_no_html_of_its_own(words: str) -> None:
    html = reader().render(details(words, "| a |\n| --- |\n| b |"))
    assert html.count("<summary>") == html.count("</summary>") == 1
    assert html.count("<table>") == 1


def test_a_table_of_eight_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="a table of 8 columns; split it"):
        table(["a"] * 8, [], ["left"] * 8)


def test_a_row_that_does_not_fit_its_headers_is_refused() -> None:
    with pytest.raises(ValueError, match="a row of 1 cells under 2 headers"):
        table(["a", "b"], [["1"]], ["left", "left"])


def test_what_would_redraw_the_page_is_replaced() -> None:
    assert text("a\x1b[31m\u202eb") == "a�\\[31m�b"


def test_a_link_quotes_its_path() -> None:
    assert link("a", "b (c)/README.md") == "[a](b%20%28c%29/README.md)"
