from collections.abc import Iterable
from dataclasses import replace

from harness.analysis.bursts import Burst, find_typical_bursts
from harness.model.journal import Record, Window
from tests.builders.executors import CLOSED_LOOP
from tests.builders.journals import (
    FINISHED,
    analyse,
    cell,
    good,
    header,
    in_blocks,
    launched,
    lost,
    plan,
    run,
    steady_cell,
    stopped,
    window,
)

TWO = plan(cell("def"), cell("async"))


def found(records: Iterable[Record]) -> tuple[Burst, ...]:
    journal = list(records)
    return find_typical_bursts(journal, analyse(iter(journal)))


def took(duration_s: float) -> list[int]:
    return [round(duration_s * 1e6)] * 2


def test_of_each_cell_the_block_nearest_to_its_median_is_typical() -> None:
    durations_s = {0: (0.3, 0.1, 0.2), 1: (0.1, 0.5, 0.12)}

    def sample(block: int, launch: int, place: int) -> Window:
        return good(block, launch, place, durations_s[place][block - 1])

    bursts = found(run(in_blocks(TWO, 3), sample))

    assert [(one.cell, one.block, one.requests.answered_us) for one in bursts] == [
        (cell("def"), 3, took(0.2)),
        (cell("async"), 3, took(0.12)),
    ]


def test_the_first_of_two_blocks_that_are_equally_near_is_typical() -> None:
    assert [one.block for one in found(run(in_blocks(TWO, 2)))] == [1, 1]


def test_the_last_sample_of_a_cell_in_a_block_is_the_one_that_is_given() -> None:
    again = replace(good(1, 1, 0, 0.2), attempt=2)
    records: list[Record] = [
        header(TWO),
        launched(1, 1),
        good(1, 1, 0, 0.9),
        good(1, 1, 1),
        again,
        stopped(1, 1),
        FINISHED,
    ]

    assert [one.requests.answered_us for one in found(records)] == [took(0.2), took(0.1)]


def test_a_cell_without_a_figure_and_a_steady_cell_have_no_burst() -> None:
    some = plan(cell("def"), cell("async"), steady_cell(CLOSED_LOOP))
    records: list[Record] = [
        header(some),
        launched(1, 1),
        lost(1, 1, 0, "no answer"),
        good(1, 1, 1),
        window(1, 1, 2),
        stopped(1, 1),
    ]

    assert [one.cell for one in found(records)] == [cell("async")]
