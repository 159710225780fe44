"""The shipped recording is what the page says of it, and gives the reasons for the candidate that is taken."""

from statistics import median

import pytest

from simulations import candidates
from simulations.candidates import Combine
from simulations.recording import RECORDED
from simulations.resampling import (
    Method,
    drop_busy,
    pair_blocks_apart,
    recorded_blocks,
    take_calm_blocks,
    take_calmer_half,
)
from simulations.windows import CHOSEN, LOADS, METHODS, MOST, find_order_effect, find_shift, find_spread

MOST_BYTES = 300_000
every_load = pytest.mark.parametrize("load", LOADS.values())
MINIMA = next(method for method in METHODS if method.combine is candidates.ratio_of_minima)


def test_the_recording_is_small_and_has_ten_rounds_of_many_blocks() -> None:
    assert RECORDED.stat().st_size < MOST_BYTES
    for load in LOADS.values():
        assert len(recorded_blocks(load)) >= 190
        assert {len(block) for block in recorded_blocks(load)} == {MOST}


def test_the_ninth_burst_is_slow_in_nearly_every_launch() -> None:
    blocks = recorded_blocks("burst")
    sides = [[[each.figure for each in block], [each.against for each in block]] for block in blocks]
    slow = [figures[8] / median(figures) for both in sides for figures in both]
    assert 1.4 < median(slow) < 1.8
    assert sum(each > 1.2 for each in slow) > 0.9 * len(slow)


@every_load
def test_no_candidate_spreads_much_less_than_the_chosen_one(load: str) -> None:
    blocks = recorded_blocks(load)
    for some in (blocks, take_calm_blocks(blocks)):
        spreads = {method: find_spread(some, method, MOST) for method in METHODS}
        assert spreads[CHOSEN] < 1.1 * min(spreads.values())
        assert spreads[MINIMA] > 1.15 * spreads[CHOSEN]


@every_load
def test_servers_measured_one_after_the_other_spread_more(load: str) -> None:
    blocks = recorded_blocks(load)
    assert find_spread(pair_blocks_apart(blocks, 1), CHOSEN, MOST) > 2 * find_spread(blocks, CHOSEN, MOST)


@every_load
def test_ten_windows_spread_a_third_as_much_as_one(load: str) -> None:
    blocks = recorded_blocks(load)
    assert find_spread(blocks, CHOSEN, MOST) == pytest.approx(find_spread(blocks, CHOSEN, 1) / 3, rel=0.2)


@every_load
def test_leaving_out_busy_rounds_does_not_help(load: str) -> None:
    blocks = recorded_blocks(load)
    whole = find_spread(blocks, Method("all", candidates.paired_median), MOST)
    for choose in (drop_busy, take_calmer_half):
        assert find_spread(blocks, Method("some", candidates.paired_median, choose), MOST) > whole


@pytest.mark.parametrize("combine", [candidates.paired_mean, candidates.ratio_of_totals])
def test_a_slow_burst_moves_the_chosen_candidate_least_of_those_that_spread_least(combine: Combine) -> None:
    assert find_shift(CHOSEN) < 0.6 * find_shift(Method("another", combine))


@every_load
@pytest.mark.parametrize("combine", [candidates.paired_mean, candidates.ratio_of_totals])
def test_three_candidates_spread_alike(load: str, combine: Combine) -> None:
    blocks = recorded_blocks(load)
    another = find_spread(blocks, Method("another", combine), MOST)
    assert another == pytest.approx(find_spread(blocks, CHOSEN, MOST), rel=0.1)


@pytest.mark.parametrize("load", LOADS)
def test_the_launch_that_starts_first_has_no_advantage(load: str) -> None:
    found = find_order_effect(load)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high
