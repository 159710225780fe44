import math
from functools import cache
from itertools import combinations
from random import Random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.statistics.estimates import MAY_MISS, Estimate
from harness.analysis.statistics.two_samples import STEPS_AT_MOST, interval_rank, missed, normal_rank, orders, shift
from tests.builders.journals import dice

SAMPLES = st.lists(st.integers(min_value=-1000, max_value=1000), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("size", "other", "may_miss", "critical"),
    [
        (4, 4, 0.05, 0),
        (5, 5, 0.05, 2),
        (6, 6, 0.05, 5),
        (7, 7, 0.05, 8),
        (8, 8, 0.05, 13),
        (9, 9, 0.05, 17),
        (10, 10, 0.05, 23),
        (15, 15, 0.05, 64),
        (20, 20, 0.05, 127),
        (5, 8, 0.05, 6),
        (6, 10, 0.05, 11),
        (10, 20, 0.05, 55),
        (5, 5, 0.01, 0),
        (6, 6, 0.01, 2),
        (8, 8, 0.01, 7),
        (10, 10, 0.01, 16),
        (20, 20, 0.01, 105),
    ],
)
def test_critical_values_of_u_are_those_of_the_tables(size: int, other: int, may_miss: float, critical: int) -> None:
    assert interval_rank(size, other, may_miss) == critical + 1
    assert interval_rank(other, size, may_miss) == critical + 1


def test_three_against_three_have_no_interval_and_four_against_four_have_their_extremes() -> None:
    assert missed(3, 3)[0] == 0.1
    assert shift([4, 5, 6], [1, 2, 3]) == Estimate(3, None, None)
    assert shift([5, 6, 7, 8], [1, 2, 3, 4]) == Estimate(4, 1, 7)


@pytest.mark.parametrize(("size", "other"), [(1, 1), (1, 5), (5, 1), (2, 3), (3, 3), (4, 3), (4, 4), (5, 5), (4, 6)])
def test_orders_are_counted_as_by_trying_all_of_them(size: int, other: int) -> None:
    counts = [0] * (size * other + 1)
    for places in combinations(range(size + other), size):
        others = [place for place in range(size + other) if place not in places]
        counts[sum(place > rival for place in places for rival in others)] += 1
    assert orders(size, other) == tuple(counts)


@cache
def by_recursion(size: int, other: int, u: int) -> int:
    """As Mann and Whitney count them: the largest figure is of the one sample or of the other."""
    if u < 0:
        return 0
    if size == 0 or other == 0:
        return int(u == 0)
    return by_recursion(size - 1, other, u - other) + by_recursion(size, other - 1, u)


@pytest.mark.parametrize(("size", "other"), [(6, 6), (6, 11), (13, 7), (12, 12)])
def test_orders_are_counted_as_by_the_recursion(size: int, other: int) -> None:
    assert orders(size, other) == tuple(by_recursion(size, other, u) for u in range(size * other + 1))
    assert sum(orders(size, other)) == math.comb(size + other, size)


@pytest.mark.parametrize("may_miss", [0.05, 0.05 / 9, 0.001])
@pytest.mark.parametrize(("size", "other"), [(6, 6), (6, 10), (10, 10), (30, 6), (30, 30)])
def test_the_interval_is_the_narrowest_that_keeps_the_promise(size: int, other: int, may_miss: float) -> None:
    rank = interval_rank(size, other, may_miss)

    if rank is None:
        assert missed(size, other)[0] > may_miss
    else:
        assert missed(size, other)[rank - 1] <= may_miss < missed(size, other)[rank]


@pytest.mark.parametrize("tail", [1.5, 3.0])
@pytest.mark.parametrize(("size", "other"), [(6, 6), (6, 10), (10, 10), (20, 20)])
def test_the_interval_holds_the_true_shift_as_often_as_it_says(size: int, other: int, tail: float) -> None:
    rolls, true_shift, trials = dice(size * other), 2.0, 3_000
    rank = interval_rank(size, other)
    assert rank is not None

    held = 0
    for _ in range(trials):
        found = shift(
            [rolls.paretovariate(tail) + true_shift for _ in range(size)],
            [rolls.paretovariate(tail) for _ in range(other)],
        )
        assert found.low is not None
        assert found.high is not None
        held += found.low <= true_shift <= found.high

    assert held / trials >= 0.94
    assert held / trials == pytest.approx(1 - missed(size, other)[rank - 1], abs=0.015)


@pytest.mark.parametrize("may_miss", [0.05, 0.05 / 9, 0.05 / 100])
@pytest.mark.parametrize(("size", "other"), [(50, 50), (40, 100), (31, 1_000), (99, 100), (100, 100)])
def test_where_counting_ends_the_normal_approximation_keeps_the_promise_and_is_hardly_wider(
    size: int, other: int, may_miss: float
) -> None:
    counted, normal = interval_rank(size, other, may_miss), normal_rank(size, other, may_miss)

    assert counted is not None
    assert normal is not None
    assert 0.99 * counted < normal <= counted
    assert missed(size, other)[normal - 1] <= may_miss


def test_more_than_counting_is_good_for_is_approximated() -> None:
    assert 100 * 100 * 100 <= STEPS_AT_MOST < 100 * 100 * 101
    assert interval_rank(101, 101) == normal_rank(101, 101, MAY_MISS)
    # By hand: 500,000 - 1.95996 x 12,913.2 + 0.5.
    assert interval_rank(1_000, 1_000) == 474_691


def test_a_thousand_against_a_thousand_lie_as_far_apart_as_they_do() -> None:
    found = shift([number + 0.5 for number in range(1_000)], range(1_000))
    assert found.median == 0.5
    assert found.low is not None
    assert found.high is not None
    assert found.low - 0.5 == 0.5 - found.high


@given(SAMPLES, SAMPLES)
def test_the_estimate_is_the_median_of_all_differences_and_the_bounds_are_two_of_them(
    sample: list[int], against: list[int]
) -> None:
    found = shift(sample, against)

    differences = [one - other for one in sample for other in against]
    assert found.median == median(differences)
    if interval_rank(len(sample), len(against)) is None:
        assert (found.low, found.high) == (None, None)
    else:
        assert found.low in differences
        assert found.high in differences
        assert found.low <= found.median <= found.high


@given(SAMPLES, SAMPLES, st.randoms())
def test_swapping_the_samples_turns_the_estimate_round_and_their_order_does_not_matter(
    sample: list[int], against: list[int], shuffler: Random
) -> None:
    found = shift(sample, against)
    shuffled = list(sample)
    shuffler.shuffle(shuffled)

    assert shift(shuffled, against) == found
    turned = shift(against, sample)
    assert turned.median == -found.median
    if found.low is not None and found.high is not None:
        assert (turned.low, turned.high) == (-found.high, -found.low)


@given(SAMPLES)
def test_a_sample_lies_nowhere_but_on_itself(sample: list[int]) -> None:
    assert shift(sample, sample).median == 0


def test_a_looser_promise_makes_no_wider_interval() -> None:
    rolls = dice(1)
    one, other = ([rolls.gauss(0, 1) for _ in range(10)] for _ in range(2))
    tight, loose = shift(one, other, MAY_MISS / 10), shift(one, other, MAY_MISS)
    assert tight.low is not None
    assert tight.high is not None
    assert loose.low is not None
    assert loose.high is not None
    assert tight.low < loose.low < loose.high < tight.high
