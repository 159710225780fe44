import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.formats.shed import KEPT, ORDER, beginning, blocks, fit_sections
from harness.report.writing.markdown import bullets, details, fenced, text

FOLDER = Path("reports/a run")
NAMES = ("title", "run", "banner", KEPT, "new", "verdicts", "health", "servers", "newer", "how_to_read", "repeat")
END = "the_end_of_the_answer"
LEFT_OUT = "Left out here for want of room: "

words = st.text(max_size=40).map(text).filter(bool)
block = st.one_of(
    words,
    st.lists(words, min_size=1, max_size=4).map(bullets),
    st.text(max_size=60).map(lambda lines: fenced(lines, "yaml")),
    st.text(max_size=40).map(lambda lines: details("all of them", fenced(lines))),
    st.tuples(words, words).map(lambda both: details(both[0], "\n\n".join(both))),
)
section = st.lists(block, min_size=1, max_size=5).map("\n\n".join)
report = st.lists(st.sampled_from(NAMES), unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: section for name in NAMES if name in names or name == KEPT})
)


def left_out(told: str) -> list[str]:
    found = re.search(rf"^{LEFT_OUT}(.*)\. `", told, re.MULTILINE)
    return [name.replace(" ", "_") for name in found[1].split(", ")] if found else []


@given(report, st.integers(500, 3_000))
def test_whatever_the_sections_they_fit_whole_in_their_order_and_the_answer_is_there(
    sections: dict[str, str], most: int
) -> None:
    told = fit_sections(sections, most, len, FOLDER)
    gone = left_out(told)
    kept = [section for name, section in sections.items() if name not in gone]
    assert len(told) <= most
    assert KEPT not in gone
    if END not in gone:
        assert told.startswith("\n\n".join(kept) + "\n")
    else:
        answer = told[: told.rindex(LEFT_OUT)].removesuffix("\n\n")
        assert set(gone) == sections.keys() - {KEPT} | {END}
        assert answer == beginning(sections[KEPT], most - (len(told) - len(answer)), len)


@given(report, st.integers(500, 3_000))
def test_a_section_goes_only_once_all_that_are_missed_less_are_gone(sections: dict[str, str], most: int) -> None:
    gone = left_out(fit_sections(sections, most, len, FOLDER))
    unknown = [name for name in sections if name not in ORDER and name != KEPT]
    order = [*unknown, *(name for name in ORDER if name in sections)]
    assert all(one in gone for one, other in pairwise(order) if other in gone)


@given(section, st.integers(0, 300))
def test_the_beginning_of_an_answer_fits_and_cuts_no_fence_and_no_details(answer: str, room: int) -> None:
    short = beginning(answer, room, lambda written: len(written.encode()))
    assert len(short.encode()) <= room
    assert answer.startswith(short)
    whole = list(blocks(answer))
    cut = list(blocks(short))
    assert cut[:-1] == whole[: max(0, len(cut) - 1)]
    for one in cut:
        assert one in whole or not re.match("`{3}|<details", one)


@given(st.lists(block.filter(lambda one: "\n\n" not in one or one.startswith(("`", "<details"))), max_size=5))
def test_blocks_are_what_was_joined(parts: list[str]) -> None:
    assert "\n\n".join(blocks("\n\n".join(parts))) == "\n\n".join(parts)
    assert len(list(blocks("\n\n".join(parts)))) == len(parts)


def test_what_is_left_out_is_named_with_the_command_that_prints_it() -> None:
    sections = {"title": "# A run", "answer": "It took a second.", "repeat": "x" * 500, "how_to_read": "y" * 500}
    assert fit_sections(sections, 300, len, FOLDER) == (
        "# A run\n\nIt took a second.\n\nLeft out here for want of room: repeat, how to read. "
        "`python -m harness report --format markdown 'reports/a run'` prints the whole report.\n"
    )


def test_an_answer_that_is_too_long_by_itself_says_that_it_is_cut() -> None:
    told = fit_sections({"answer": "One two three. " * 50}, 200, len, FOLDER)
    assert told.startswith("One two three. One two")
    assert "\n\nLeft out here for want of room: the end of the answer. `python" in told
    assert len(told) <= 200


@pytest.mark.parametrize(
    ("answer", "room", "short"),
    [
        ("One.\n\nTwo.", 10, "One.\n\nTwo."),
        ("One.\n\nTwo.", 9, "One."),
        ("- one\n- two\n- three", 13, "- one\n- two"),
        ("One two three", 8, "One two"),
        ("Onetwothree", 8, "Onetwoth"),
        ("```\none two\n```", 8, ""),
        ("é" * 5, 4, "éé"),
    ],
)
def test_an_answer_that_is_too_long_ends_where_it_can_be_ended(answer: str, room: int, short: str) -> None:
    assert beginning(answer, room, lambda written: len(written.encode())) == short
