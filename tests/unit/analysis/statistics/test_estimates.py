import math
from random import Random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.statistics.estimates import (
    MAY_MISS,
    Estimate,
    blocks_for_an_interval,
    count_needed,
    estimate,
    interval_rank,
    missed_ever,
    missed_once,
)
from tests.builders.journals import dice

FIGURES = st.lists(st.floats(min_value=-1e9, max_value=1e9), min_size=1, max_size=40)


def binomial_miss(blocks: int, rank: int) -> float:
    """The same probability, from the outcomes that are inside instead of those that are outside."""
    return 1 - sum(math.comb(blocks, below) * 0.5**blocks for below in range(rank, blocks - rank + 1))


@pytest.mark.parametrize("blocks", range(1, 60))
def test_what_one_look_misses_is_that_of_the_binomial(blocks: int) -> None:
    for rank in range(1, blocks // 2 + 1):
        assert missed_once(blocks, rank) == pytest.approx(binomial_miss(blocks, rank), abs=1e-12)


def stake(blocks: int, few: int) -> float:
    """The stake of the gambler of Rule 2, block by block, where these many of the blocks fall on one side."""
    money, seen = 1.0, [0, 0]
    for side in [0] * few + [1] * (blocks - few):
        money *= 2 * (seen[side] + 0.5) / (sum(seen) + 1)
        seen[side] += 1
    return money


@pytest.mark.parametrize("blocks", range(1, 60))
def test_what_all_looks_miss_is_bounded_by_the_inverse_of_the_stake(blocks: int) -> None:
    for rank in range(1, blocks // 2 + 1):
        assert missed_ever(blocks, rank) == pytest.approx(min(1.0, 1 / stake(blocks, rank - 1)), rel=1e-9)


@pytest.mark.parametrize("may_miss", [0.05, 0.05 / 8, 0.001])
def test_a_fair_coin_is_never_given_up_more_often_than_promised(may_miss: float) -> None:
    """Exactly, over all paths of up to 60 blocks: how likely it is that any look leaves the true median outside."""
    inside, outside = {0: 1.0}, 0.0
    for blocks in range(1, 61):
        rank = interval_rank(blocks, may_miss, sequential=True) or 0
        ahead: dict[int, float] = {}
        for below, chance in inside.items():
            for now in (below, below + 1):
                ahead[now] = ahead.get(now, 0.0) + chance / 2
        inside = {below: chance for below, chance in ahead.items() if rank <= below <= blocks - rank}
        outside += sum(chance for below, chance in ahead.items() if below not in inside)
    assert 0.2 * may_miss < outside <= may_miss


@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize("blocks", range(7, 60))
def test_the_interval_is_the_narrowest_that_keeps_the_promise(blocks: int, sequential: bool) -> None:
    missed = missed_ever if sequential else missed_once
    rank = interval_rank(blocks, sequential=sequential)

    assert rank is not None
    assert missed(blocks, rank) <= MAY_MISS < missed(blocks, rank + 1)


def test_ranks_are_those_of_the_tables() -> None:
    assert [interval_rank(blocks) for blocks in (5, 6, 8, 9, 11, 12, 15, 20, 25)] == [None, 1, 1, 2, 2, 3, 4, 6, 8]
    assert [interval_rank(blocks, sequential=True) for blocks in (6, 7, 11, 12, 16)] == [None, 1, 1, 2, 3]


@pytest.mark.parametrize(("comparisons", "fixed", "sequential"), [(1, 6, 7), (2, 7, 8), (8, 9, 10), (40, 11, 13)])
def test_more_comparisons_take_more_blocks(comparisons: int, fixed: int, sequential: int) -> None:
    assert blocks_for_an_interval(MAY_MISS / comparisons) == fixed
    assert blocks_for_an_interval(MAY_MISS / comparisons, sequential=True) == sequential


def test_six_blocks_give_their_extremes_with_96_9_percent() -> None:
    assert estimate([6, 1, 5, 2, 4, 3]) == Estimate(median=3.5, low=1, high=6)
    assert missed_once(6, 1) == 1 - 0.96875


def test_five_blocks_give_a_median_and_no_interval() -> None:
    assert estimate([5, 1, 4, 2, 3]) == Estimate(median=3, low=None, high=None)


@pytest.mark.parametrize("blocks", [6, 10, 20])
def test_the_interval_holds_the_true_median_under_heavy_tails(blocks: int) -> None:
    rolls, shape, trials = dice(blocks), 1.5, 3_000
    true_median = 2 ** (1 / shape)

    held = 0
    for _ in range(trials):
        found = estimate([rolls.paretovariate(shape) for _ in range(blocks)])
        assert found.low is not None
        assert found.high is not None
        held += found.low <= true_median <= found.high

    assert held / trials >= 0.93


@given(FIGURES)
def test_the_interval_is_made_of_measured_figures_around_the_median(figures: list[float]) -> None:
    found = estimate(figures)

    assert found.median == median(figures)
    if len(figures) < 6:
        assert (found.low, found.high) == (None, None)
    else:
        assert found.low in figures
        assert found.high in figures
        assert found.low <= found.median <= found.high


@given(FIGURES, st.randoms())
def test_the_order_of_blocks_does_not_matter(figures: list[float], shuffler: Random) -> None:
    shuffled = list(figures)
    shuffler.shuffle(shuffled)

    assert estimate(shuffled) == estimate(figures)


def test_percentiles_need_59_299_and_2995_requests() -> None:
    assert [count_needed(share) for share in (0.95, 0.99, 0.999)] == [59, 299, 2995]
