from itertools import islice
from math import log

import pytest

from simulations import candidates
from simulations.noise import make_random
from simulations.recording import RecordedWindow, Recording
from simulations.resampling import (
    Method,
    Round,
    draw_run,
    drop_busy,
    group_blocks,
    keep_all,
    list_log_ratios,
    pair_blocks_apart,
    slow_down,
    take_calm_blocks,
    take_calmer_half,
)

MEDIAN = Method("median", candidates.paired_median)


def window(block: int, kind: str, round_number: int, started: int, cost_us: float, foreign: float) -> RecordedWindow:
    return RecordedWindow(block, kind, round_number, "ab"[started % 2], started, 0.0, cost_us, 1, 1, foreign)


def test_a_block_has_both_launches_of_each_round_in_the_order_of_their_start() -> None:
    windows = (
        window(2, "loop", 1, 2, 5.0, 0.0),
        window(2, "loop", 1, 1, 6.0, 0.0),
        window(1, "loop", 2, 1, 3.0, 0.2),
        window(1, "loop", 2, 2, 4.0, 0.1),
        window(1, "burst", 1, 1, 9.0, 0.0),
        window(1, "burst", 1, 2, 9.0, 0.0),
        window(1, "loop", 1, 2, 2.0, 0.3),
        window(1, "loop", 1, 1, 1.0, 0.05),
    )
    assert group_blocks(Recording({}, windows), "loop") == (
        (Round(1.0, 2.0, 0.3), Round(3.0, 4.0, 0.2)),
        (Round(6.0, 5.0, 0.0),),
    )


def test_busy_rounds_are_dropped_unless_all_are_busy() -> None:
    calm, busy = Round(1.0, 1.0, 0.1), Round(1.0, 1.0, 0.11)
    assert drop_busy([busy, calm, busy]) == [calm]
    assert drop_busy([busy, busy]) == [busy, busy]


def test_the_calmer_half_is_rounded_up() -> None:
    rounds = [Round(1.0, 1.0, foreign) for foreign in (0.5, 0.1, 0.3)]
    assert [each.foreign for each in take_calmer_half(rounds)] == [0.1, 0.3]
    assert keep_all(rounds) == rounds


def test_calm_blocks_are_a_quarter_of_all() -> None:
    blocks = [[Round(1.0, 1.0, foreign), Round(1.0, 1.0, 0.5)] for foreign in (0.4, 0.9, 0.1, 0.3, 0.8)]
    assert take_calm_blocks(blocks) == [blocks[2], blocks[3]]


def test_rounds_that_follow_each_other_are_taken_from_every_place() -> None:
    block = [Round(figure, 1.0, 0.0) for figure in (1.0, 2.0, 4.0)]
    assert list(list_log_ratios([block], MEDIAN, 1)[0]) == pytest.approx([0.0, log(2), log(4)])
    assert list(list_log_ratios([block], MEDIAN, 3)[0]) == pytest.approx([log(2)])


def test_sides_apart_come_from_different_blocks() -> None:
    blocks = [[Round(float(block), block + 0.5, 0.0)] for block in range(1, 4)]
    assert pair_blocks_apart(blocks, 1) == [[Round(1.0, 2.5, 0.0)], [Round(2.0, 3.5, 0.0)]]
    assert pair_blocks_apart(blocks, 0) == blocks


def test_one_window_is_slowed_down_on_one_side() -> None:
    block = [Round(1.0, 1.0, 0.0)] * 3
    assert slow_down(block, 1, 1.5) == [block[0], Round(1.5, 1.0, 0.0), block[2]]


def test_a_run_has_the_blocks_in_their_order_around_the_truth() -> None:
    logs = [[0.01], [0.02], [0.03]]
    run = [off for (off,) in islice(draw_run(logs, 1.0, make_random("a run")), 60)]

    sizes = [round(abs(off - 1.0), 2) for off in run]
    first = sizes[0]
    assert sizes == [round((first * 100 - 1 + place) % 3 * 0.01 + 0.01, 2) for place in range(60)]
    assert 15 < sum(off > 1.0 for off in run) < 45
