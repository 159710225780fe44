"""All windows of a cell in one block make one sample."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.analysis.bursts import find_typical_bursts
from harness.analysis.tally import KeptSample
from harness.model.flags import Flag
from harness.model.journal import Narrowed, Record, Window
from harness.model.outcomes import Status
from tests.builders.executors import CLOSED_LOOP
from tests.builders.journals import (
    FINISHED,
    INTERRUPTED,
    analyse,
    cell,
    findings,
    good,
    header,
    launched,
    lost,
    plan,
    read_tally,
    steady_cell,
    stopped,
    window,
)

ONE = plan(cell("def"), rounds=3)
TWO = plan(cell("def"), cell("async"), blocks=2, rounds=2)


def in_rounds(windows: Sequence[Window]) -> list[Window]:
    """The same windows as rounds of one sample."""
    return [replace(each, round=number, rounds=len(windows)) for number, each in enumerate(windows, start=1)]


def journal_of(windows: Sequence[Window]) -> list[Record]:
    return [header(ONE), launched(1, 1), *windows, stopped(1, 1), FINISHED]


def sample_of(windows: Sequence[Window]) -> KeptSample:
    (samples,) = read_tally(iter(journal_of(windows))).cells
    return samples[1]


def test_a_burst_takes_the_median_of_its_windows_and_costs_their_geometric_mean() -> None:
    kept = sample_of(in_rounds([good(1, 1, 0, duration_s) for duration_s in (0.1, 0.4, 0.2)]))
    assert kept.figures is not None
    assert kept.figures.duration_s == 0.2
    assert kept.figures.cost_s == pytest.approx(math.prod((0.1, 0.4, 0.2)) ** (1 / 3))
    assert kept.figures.load_s == pytest.approx(0.7)
    assert kept.figures.answered == 6
    assert len(kept.figures.latency) == 6, "percentiles are of the requests of all windows"
    assert kept.is_whole


def test_the_windows_of_a_closed_loop_add_up(tmp_path: Path) -> None:
    some = plan(steady_cell(CLOSED_LOOP), rounds=2)
    windows = in_rounds([window(1, 1, 0), window(1, 1, 0, answered=200, per_process=[150, 50])])
    (found,) = findings(tmp_path, header(some), launched(1, 1), *windows, stopped(1, 1), FINISHED).cells
    assert found.rps == pytest.approx((400 + 200) / 8.0)
    assert found.windows == 2
    assert found.requests_per_process == (550, 50)
    assert found.latency is not None
    assert found.latency.p99_ms == 30.0, "800 latencies are enough for it, and 400 are as well"


def test_a_window_that_fails_fails_its_sample() -> None:
    first, second, third = in_rounds([good(1, 1, 0)] * 3)
    failed = replace(lost(1, 1, 0, "gone"), round=2, rounds=3)
    kept = sample_of([first, failed])
    assert (kept.status, kept.reason, kept.figures, kept.is_whole) == (Status.FAILED, "gone", None, True)
    assert sample_of([first, second, third]).status == Status.OK


def test_a_second_attempt_replaces_the_first() -> None:
    first, second, third = in_rounds([good(1, 1, 0, duration_s) for duration_s in (0.1, 0.9, 0.3)])
    again = replace(second, duration_s=0.2, attempt=2)
    kept = sample_of([first, second, again, third])
    assert kept.figures is not None
    assert kept.figures.costs_s == (0.1, 0.2, 0.3)
    assert kept.again


def test_a_first_round_begins_the_sample_anew() -> None:
    interrupted, whole = in_rounds([good(1, 1, 0, 9.0)] * 3), in_rounds([good(1, 1, 0, 0.1)] * 3)
    kept = sample_of([*interrupted[:2], *whole])
    assert kept.figures is not None
    assert kept.figures.costs_s == (0.1, 0.1, 0.1)


@pytest.mark.parametrize(("restless", "is_flagged"), [(1, False), (2, True), (3, True)])
def test_a_sample_has_the_flags_of_at_least_half_of_its_windows(restless: int, is_flagged: bool) -> None:
    windows = [replace(good(1, 1, 0), idle_cpu=0.5 if place < restless else 0.0) for place in range(3)]
    assert sample_of(in_rounds(windows)).flags == ((Flag.RESTLESS_NEIGHBOUR,) if is_flagged else ())


@pytest.mark.parametrize(("latencies_us", "is_flagged"), [((18_000.0, 22_000.0), False), ((22_000.0, 22_000.0), True)])
def test_several_windows_are_held_against_littles_law_together(latencies_us: Sequence[float], is_flagged: bool) -> None:
    some = plan(steady_cell(CLOSED_LOOP), rounds=2)
    windows = in_rounds([window(1, 1, 0, mean_latency_us=us) for us in latencies_us])
    ((sample,),) = (
        kept.values() for kept in read_tally(iter([header(some), launched(1, 1), *windows, FINISHED])).cells
    )
    assert (Flag.LITTLES_LAW in sample.flags) == is_flagged


def test_a_sample_that_lacks_windows_is_not_whole_and_neither_is_its_block() -> None:
    first, _ = in_rounds([good(1, 1, 0)] * 2)
    tally = read_tally(iter([header(TWO), launched(1, 1), first, *in_rounds([good(1, 1, 1)] * 2), INTERRUPTED]))
    assert [samples[1].is_whole for samples in tally.cells] == [False, True]
    assert (tally.count_measured(1), tally.count_missing(1), tally.complete_blocks()) == (1, 1, 0)


def test_a_narrowed_block_is_complete_with_the_cells_that_it_was_narrowed_to() -> None:
    whole = [*in_rounds([good(1, 1, 0)] * 2), *in_rounds([good(1, 1, 1)] * 2)]
    narrowed = in_rounds([good(2, 2, 1)] * 2)
    first: list[Record] = [header(TWO), launched(1, 1), *whole, stopped(1, 1)]
    records = [*first, Narrowed(2, (1,)), launched(2, 2), *narrowed, stopped(2, 2), FINISHED]
    tally = read_tally(iter(records))
    assert (tally.complete_blocks(), tally.count_missing(2)) == (2, 0)
    found = analyse(iter(records))
    assert [one.blocks for one in found.cells] == [1, 2]
    assert found.troubles == ()


def test_the_burst_that_is_drawn_is_the_window_nearest_to_the_figure_of_its_block() -> None:
    windows = in_rounds([good(1, 1, 0, duration_s) for duration_s in (0.1, 0.4, 0.2)])
    records = journal_of(windows)
    (burst,) = find_typical_bursts(records, analyse(iter(records)))
    assert burst.requests == windows[2].requests
