from collections.abc import Callable
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

import pytest

from harness.analysis.stopping import count_rerun_blocks, decide_course
from harness.model.journal import Record, Rerun, Window, read, to_line
from harness.model.plan import Course, Pair, Plan, Threshold
from tests.builders.journals import LAUNCH, cell, good, lost, plan, read_tally, run

BELOW = Threshold("ratio: < 1.25", "ratio", (0,), "<", (1.25,))

Factor = Callable[[int], float]


def open_ended(least: int = 6, most: int = 30, **changes: object) -> Plan:
    """`def` is held against `async`."""
    cells = plan(cell("def"), cell("async"), blocks=most, comparisons=(Pair(0, 1),))
    return replace(cells, min_blocks=least, **changes)  # type: ignore[arg-type]  # of many types


def controlled(**changes: object) -> Plan:
    """The same, with an A/A control, and a threshold on the ratio."""
    cells = (cell("def"), cell("async"), cell("async", launch=replace(LAUNCH, server="uvicorn (A/A)")))
    whole = plan(*cells, blocks=30, comparisons=(Pair(0, 1),), controls=(Pair(2, 1),), thresholds=(BELOW,))
    return replace(whole, min_blocks=6, **changes)  # type: ignore[arg-type]  # of many types


def after(blocks: int, whole: Plan, factor: Factor) -> list[Record]:
    """The journal at the end of so many blocks."""

    def sample(block: int, launch: int, place: int) -> Window:
        return good(block, launch, place, 0.1 if place else 0.1 * factor(block))

    return list(takewhile(lambda record: getattr(record, "block", 0) <= blocks, run(whole, sample)))


def goes_on(whole: Plan, factor: Factor) -> int:
    """After how many blocks a run ends."""
    blocks = whole.min_blocks
    while (until := decide_course(read_tally(iter(after(blocks, whole, factor)))).until) > blocks:
        blocks = until
    return blocks


def test_a_clear_difference_takes_seven_blocks() -> None:
    assert goes_on(open_ended(), lambda _: 2.0) == 7


def test_what_is_clearly_the_same_takes_seven_blocks_too() -> None:
    assert goes_on(open_ended(), lambda block: 1.0 + 0.01 * (block % 2)) == 7


def test_what_cannot_be_decided_takes_the_most_blocks() -> None:
    assert goes_on(open_ended(most=12), lambda block: 1.2 if block % 2 else 0.8) == 12


def test_no_fewer_blocks_are_measured_than_the_fewest() -> None:
    assert goes_on(open_ended(least=10), lambda _: 2.0) == 10


def test_many_comparisons_take_more_blocks_than_one() -> None:
    cells = [cell(style, concurrency) for concurrency in range(1, 9) for style in ("def", "async")]
    pairs = tuple(Pair(place, place + 1) for place in range(0, 16, 2))
    eight = replace(plan(*cells, blocks=30, comparisons=pairs), min_blocks=6)

    def sample(block: int, launch: int, place: int) -> Window:
        return good(block, launch, place, 0.1 if place % 2 else 0.2)

    def until(blocks: int) -> int:
        records = takewhile(lambda record: getattr(record, "block", 0) <= blocks, run(eight, sample))
        return decide_course(read_tally(records)).until

    assert [until(blocks) for blocks in (7, 8, 9, 10)] == [8, 9, 10, 10]


def test_after_the_fewest_blocks_only_open_questions_and_the_control_are_measured() -> None:
    cells = [cell(style, load) for load in (1, 2) for style in ("def", "async")]
    twin = cell("async", 1, replace(LAUNCH, server="uvicorn (A/A)"))
    whole = plan(*cells, twin, blocks=30, comparisons=(Pair(0, 1), Pair(2, 3)), controls=(Pair(4, 1),))

    def sample(block: int, launch: int, place: int) -> Window:
        slow = {0: 2.0, 2: 1.2 if block % 2 else 0.8}
        return good(block, launch, place, 0.1 * slow.get(place, 1.0))

    def course(blocks: int) -> Course:
        records = run(replace(whole, min_blocks=7), sample)
        return decide_course(read_tally(takewhile(lambda record: getattr(record, "block", 0) <= blocks, records)))

    assert course(7) == Course(8, cells=None), "two comparisons take eight blocks, so everything is still open"
    assert course(8) == Course(9, cells=frozenset({2, 3, 4, 1})), "the first is decided; its async is in the control"


def test_a_run_goes_on_for_a_knee_that_a_threshold_asks_for() -> None:
    cells = [cell(style, load) for load in (40, 41, 80) for style in ("def", "async")]
    within = Threshold("knee: within(40,41)", "knee", tuple(range(6)), "within", (40, 41))
    whole = plan(*cells, blocks=30, thresholds=(within,), focus=frozenset(range(4)))

    def sample(block: int, launch: int, place: int) -> Window:
        return good(block, launch, place, 0.2 if place in (2, 4) else 0.1)

    def course(blocks: int) -> Course:
        records = run(replace(whole, min_blocks=6), sample)
        return decide_course(read_tally(takewhile(lambda record: getattr(record, "block", 0) <= blocks, records)))

    assert course(6) == Course(7, cells=frozenset(range(4))), "the loads that do not bound it are not measured any more"
    assert course(7) == Course(7)


def test_a_fixed_number_of_blocks_is_measured_whatever_comes_of_it() -> None:
    fixed = open_ended(least=6, most=6)

    assert decide_course(read_tally(iter(after(6, fixed, lambda block: 1.2 if block % 2 else 0.8)))) == Course(6)


def test_without_a_comparison_there_is_nothing_to_wait_for() -> None:
    assert goes_on(open_ended(comparisons=()), lambda _: 1.0) == 6


def test_what_never_gave_a_figure_is_not_waited_for() -> None:
    records = list(run(open_ended(most=6), lambda block, launch, place: lost(block, launch, place, "gone")))
    header, *others = records
    assert decide_course(read_tally(iter([replace(header, plan=open_ended()), *others]))) == Course(6)  # type: ignore[arg-type]  # a header is one of many records


@pytest.mark.parametrize(("least", "blocks"), [(1, 6), (6, 6), (10, 10)])
def test_a_rerun_takes_as_many_blocks_as_the_fewest_but_six_at_least(least: int, blocks: int) -> None:
    assert count_rerun_blocks(least) == blocks


def test_a_broken_ratio_is_measured_anew() -> None:
    broken = controlled()

    assert decide_course(read_tally(iter(after(7, broken, lambda _: 2.0)))) == Course(13, rerun=True)


def test_a_kept_ratio_is_not() -> None:
    assert decide_course(read_tally(iter(after(7, controlled(), lambda _: 1.1)))) == Course(7)


def test_a_rerun_goes_to_its_end_and_no_further() -> None:
    broken = controlled()
    first = after(7, broken, lambda _: 2.0)

    assert decide_course(read_tally(iter([*first, Rerun(8)]))) == Course(13, rerun=True)


def test_a_fixed_run_has_a_rerun_too_where_it_breaks_a_threshold() -> None:
    fixed = controlled(blocks=6)

    assert decide_course(read_tally(iter(after(6, fixed, lambda _: 1.0)))) == Course(6)
    assert decide_course(read_tally(iter(after(6, fixed, lambda _: 2.0)))) == Course(12, rerun=True)


def test_without_a_control_no_ratio_breaks_a_threshold() -> None:
    assert decide_course(read_tally(iter(after(7, open_ended(thresholds=(BELOW,)), lambda _: 2.0)))) == Course(7)


def test_what_is_withheld_is_not_waited_for() -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        if (block, place) == (2, 0):
            return lost(block, launch, place, "gone")
        return good(block, launch, place, 0.1 if place or block % 2 else 0.15)

    records = takewhile(lambda record: getattr(record, "block", 0) <= 6, run(open_ended(), sample))

    assert decide_course(read_tally(records)) == Course(6)


def test_a_journal_that_is_read_on_block_by_block_says_what_one_read_anew_says(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"".join(map(to_line, after(6, controlled(), drifting))))
    tally = read_tally(read(path))
    for blocks in range(7, 15):
        path.write_bytes(b"".join(map(to_line, after(blocks, controlled(), drifting))))
        for record in read(path, after=tally.records):
            tally.add(record)
        anew = read_tally(read(path))

        assert decide_course(tally) == decide_course(anew)
        assert tally.cells == anew.cells
        assert tally.complete_blocks() == blocks
    assert decide_course(tally) == Course(20, rerun=True)


def drifting(block: int) -> float:
    """A factor that is first undecided and then decided."""
    return 0.7 if block == 1 else 2.0
