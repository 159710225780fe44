import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.formats.standalone import standalone
from harness.report.writing.markdown import code, fenced, link, table, text
from tests.builders.reader import links


@pytest.mark.parametrize(
    ("markdown", "alone"),
    [
        ("see [`journal.jsonl`](journal.jsonl).", "see `journal.jsonl`."),
        ("[a](#the-article) and ![b](charts/b-light.svg)", "a and b"),
        ("[wrk](https://github.com/wg/wrk)", "[wrk](https://github.com/wg/wrk)"),
        ("`[a](b)` [c](d)", "`[a](b)` c"),
        ("``[a](b) ` `` [c](d)", "``[a](b) ` `` c"),
        (r"\[a](b) [c\]](d)", r"\[a](b) c\]"),
        ("```yaml\na: [b](c)\n```\n\n[d](e)", "```yaml\na: [b](c)\n```\n\nd"),
        ("the knee is (40, 41]", "the knee is (40, 41]"),
    ],
)
def test_relative_links_become_words_and_all_else_stays(markdown: str, alone: str) -> None:
    assert standalone(markdown) == alone


@given(st.text(), st.text(), st.text())
def test_no_name_hides_a_link_and_none_is_changed(name: str, label: str, path: str) -> None:
    around = [text(name), code(name), fenced(name), table(("a", "b"), [[text(name), code(name)]], ("left", "left"))]
    linked = "\n\n".join([link(text(label), f"a{path}"), *around, link(code("b"), "b")])
    assert links(standalone(linked)) == []
    assert standalone("\n\n".join(around)) == "\n\n".join(around)
