import math
from random import Random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.estimates import CONFIDENCE, Estimate, coverage, estimate, interval_rank, needed_for
from tests.analysis.journals import dice

FIGURES = st.lists(st.floats(min_value=-1e9, max_value=1e9), min_size=1, max_size=40)


def binomial_coverage(blocks: int, rank: int) -> float:
    """The same probability, summed over the outcomes that are inside instead of those that are outside."""
    return sum(math.comb(blocks, below) * 0.5**blocks for below in range(rank, blocks - rank + 1))


@pytest.mark.parametrize("blocks", range(1, 60))
def test_coverage_is_that_of_the_binomial(blocks: int) -> None:
    for rank in range(1, blocks // 2 + 1):
        assert coverage(blocks, rank) == pytest.approx(binomial_coverage(blocks, rank), abs=1e-12)


@pytest.mark.parametrize("blocks", range(6, 60))
def test_the_interval_is_the_narrowest_that_covers_95_percent(blocks: int) -> None:
    rank = interval_rank(blocks)

    assert rank is not None
    assert coverage(blocks, rank) >= CONFIDENCE > coverage(blocks, rank + 1)


def test_ranks_are_those_of_the_tables() -> None:
    assert [interval_rank(blocks) for blocks in (5, 6, 8, 9, 11, 12, 15, 20, 25)] == [None, 1, 1, 2, 2, 3, 4, 6, 8]


def test_six_blocks_give_their_extremes_with_96_9_percent() -> None:
    assert estimate([6, 1, 5, 2, 4, 3]) == Estimate(median=3.5, low=1, high=6)
    assert coverage(6, 1) == 0.96875


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
    assert [needed_for(share) for share in (0.95, 0.99, 0.999)] == [59, 299, 2995]
