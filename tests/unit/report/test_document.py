import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.document import Span, TableCell, Tone, code, enumerate_words, join, line, link, strong, table
from harness.report.text import flatten


def test_a_template_holds_words_code_and_parts_in_their_order() -> None:
    assert line("`def` takes {} as long as {}.", "twice", code("async")) == (
        Span("def", is_code=True),
        Span(" takes "),
        Span("twice"),
        Span(" as long as "),
        Span("async", is_code=True),
        Span("."),
    )


@given(st.text())
def test_a_part_is_never_read_as_a_template(foreign: str) -> None:
    assert "".join(span.text for span in line("a {} b", foreign)) == f"a {foreign} b"
    assert not any(span.is_code for span in line("a {} b", foreign))


@pytest.mark.parametrize(("template", "parts"), [("{}", ()), ("{} {}", ("a",)), ("none", ("a",))])
def test_parts_have_to_fit_their_template(template: str, parts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="parts"):
        line(template, *parts)


def test_strong_words_and_links_keep_their_spans() -> None:
    assert strong(line("`a` b")) == (Span("a", is_code=True, is_strong=True), Span(" b", is_strong=True))
    assert link(code("a"), "b.json") == (Span("a", is_code=True, target="b.json"),)


@pytest.mark.parametrize(
    ("parts", "listed"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_words_are_listed_as_in_a_sentence(parts: list[str], listed: str) -> None:
    assert flatten(enumerate_words(parts)) == listed


def test_joined_words_have_the_separator_between_them_only() -> None:
    assert flatten(join(["a", code("b"), "c"], "; ")) == "a; b; c"
    assert join([]) == ()


def test_a_table_takes_words_and_cells_with_a_tone() -> None:
    made = table(("style", "verdict"), [(code("def"), TableCell(line("slower"), Tone.BAD))], "lr")
    assert [cell.tone for cell in made.rows[0]] == [Tone.PLAIN, Tone.BAD]


def test_a_table_of_eight_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="a table of 8 columns; split it, 7 is the most"):
        table(["a"] * 8, [], "l" * 8)


def test_a_row_that_does_not_fit_its_headers_is_refused() -> None:
    with pytest.raises(ValueError, match="a row of 1 cells under 2 headers"):
        table(["a", "b"], [["1"]], "ll")
