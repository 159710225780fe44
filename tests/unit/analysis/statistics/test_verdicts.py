import math
from collections.abc import Sequence
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.statistics.estimates import MAY_MISS, Estimate, estimate
from harness.analysis.statistics.verdicts import (
    DIFFERS,
    FASTER,
    SAME,
    SLOWER,
    UNDECIDED,
    Judged,
    Verdict,
    judge,
    verdict_of,
)

D = math.log1p(0.05)
"""The practical difference as a logarithm."""
BIT = 1e-9

LOG_RATIOS = st.lists(st.one_of(st.floats(-1, 1), st.floats(-0.1, 0.1)), max_size=40)
FAMILIES = st.lists(LOG_RATIOS, max_size=6)
SEQUENTIAL = st.booleans()

MIRRORED: dict[Verdict, Verdict] = {SLOWER: FASTER, FASTER: SLOWER}


def verdicts(
    comparisons: Sequence[Sequence[float]], *, sequential: bool = False, may_miss: float = MAY_MISS
) -> list[Verdict]:
    return [one.verdict for one in judge(comparisons, 0.05, sequential=sequential, may_miss=may_miss)]


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (D + BIT, 1.0, SLOWER),
        (D, 1.0, DIFFERS),
        (D - BIT, 1.0, DIFFERS),
        (BIT, D + BIT, DIFFERS),
        (BIT, D, DIFFERS),
        (BIT, D - BIT, SAME),
        (0.0, D, UNDECIDED),
        (0.0, D - BIT, SAME),
        (-BIT, D, UNDECIDED),
        (-D + BIT, D - BIT, SAME),
        (-D, D - BIT, UNDECIDED),
        (-D, D, UNDECIDED),
        (-1.0, 1.0, UNDECIDED),
        (0.0, 0.0, SAME),
        (D, D, DIFFERS),
    ],
)
def test_a_verdict_is_read_from_where_the_interval_ends(low: float, high: float, verdict: Verdict) -> None:
    assert verdict_of(Estimate((low + high) / 2, low, high), 0.05) == verdict
    assert verdict_of(Estimate(-(low + high) / 2, -high, -low), 0.05) == MIRRORED.get(verdict, verdict)


def test_the_practical_difference_is_a_share_and_as_far_below_one_as_above() -> None:
    assert verdict_of(Estimate(0.0, math.log(1.26), math.log(1.3)), 0.25) == SLOWER
    assert verdict_of(Estimate(0.0, math.log(1.24), math.log(1.3)), 0.25) == DIFFERS
    assert verdict_of(Estimate(0.0, math.log(1 / 1.3), math.log(1 / 1.26)), 0.25) == FASTER
    assert verdict_of(Estimate(0.0, math.log(1 / 1.3), math.log(1 / 1.24)), 0.25) == DIFFERS
    assert verdict_of(Estimate(0.0, math.log(1 / 1.24), math.log(1.24)), 0.25) == SAME


def test_without_an_interval_nothing_is_claimed() -> None:
    assert verdict_of(Estimate(1.0, None, None), 0.05) == UNDECIDED
    assert judge([[1.0] * 5, []], 0.05) == [
        Judged(math.e, None, None, 0.025, UNDECIDED),
        Judged(None, None, None, 0.025, UNDECIDED),
    ]


def test_no_comparisons_have_no_verdicts() -> None:
    assert judge([], 0.05) == []


def test_one_comparison_has_all_that_may_be_missed() -> None:
    logs = [math.log(ratio) for ratio in (1.5, 1.2, 1.4, 1.1, 1.3, 1.6)]
    (found,) = judge([logs], 0.05)
    assert (found.may_miss, found.verdict) == (0.05, SLOWER)
    assert (found.ratio, found.low, found.high) == pytest.approx((math.sqrt(1.3 * 1.4), 1.1, 1.6))


# Six blocks miss with 2/64 = 3.1%, seven with 2/128 = 1.6%, eight with 2/256 = 0.8%.
BESIDE = {6: 0.05, 7: 0.025, 8: 0.0125}
"""The least share with which so many blocks have an interval, out of those of 1, 2 and 4 comparisons."""


@pytest.mark.parametrize(("blocks", "least"), BESIDE.items())
def test_extremes_are_used_as_soon_as_the_share_allows(blocks: int, least: float) -> None:
    for comparisons in (1, 2, 4):
        has_interval = 0.05 / comparisons >= least
        assert verdicts([[0.0] * blocks] * comparisons) == [SAME if has_interval else UNDECIDED] * comparisons


def test_what_is_found_leaves_its_share_to_the_others() -> None:
    # Of four, each has 1.25%: with eight blocks the first is found. Of the three that are left, each has 1.67%: with
    # seven blocks the next two are found. The last has all 5%, for which six blocks do.
    found = judge([[1.0] * 8, [-1.0] * 7, [1.0] * 7, [0.5] * 6], 0.05)
    assert [one.verdict for one in found] == [SLOWER, FASTER, SLOWER, SLOWER]
    assert [one.may_miss for one in found] == [0.05 / 4, 0.05 / 3, 0.05 / 3, 0.05]


def test_a_share_that_nobody_leaves_is_not_there() -> None:
    # Six blocks would do for one comparison alone, seven for two: here the first step finds nothing to go on from.
    found = judge([[1.0] * 6, [1.0] * 6, [1.0] * 6], 0.05)
    assert [(one.verdict, one.may_miss) for one in found] == [(UNDECIDED, 0.05 / 3)] * 3


@pytest.mark.parametrize("kept", [[0.0] * 8, [0.01] * 8, [0.01] * 4 + [0.1] * 4])
def test_what_is_the_same_or_differs_a_little_keeps_its_share(kept: list[float]) -> None:
    found = judge([kept, [1.0] * 6], 0.05)
    assert found[0].verdict in (SAME, DIFFERS)
    assert (found[1].verdict, found[1].may_miss) == (UNDECIDED, 0.025)


def test_those_that_are_left_are_looked_at_again() -> None:
    # Nine blocks: with 2.5% their extremes, with 5% (2 x 10/512 = 3.9%) the second of them, without the outlier.
    logs = [0.0] + [1.0] * 8
    assert [one.verdict for one in judge([logs, [0.0] * 9], 0.05)] == [UNDECIDED, SAME]
    assert [one.verdict for one in judge([logs, [1.0] * 9], 0.05)] == [SLOWER, SLOWER]


def test_a_run_that_may_stop_at_any_look_takes_a_block_more() -> None:
    assert verdicts([[1.0] * 6]) == [SLOWER]
    assert verdicts([[1.0] * 6], sequential=True) == [UNDECIDED]
    assert verdicts([[1.0] * 7], sequential=True) == [SLOWER]


@given(FAMILIES, st.randoms(), SEQUENTIAL)
def test_the_order_of_comparisons_and_of_blocks_does_not_matter(
    family: list[list[float]], shuffler: Random, sequential: bool
) -> None:
    places = list(range(len(family)))
    shuffler.shuffle(places)
    shuffled = [shuffler.sample(family[place], k=len(family[place])) for place in places]

    found = judge(family, 0.05, sequential=sequential)

    assert judge(shuffled, 0.05, sequential=sequential) == [found[place] for place in places]


@given(FAMILIES, SEQUENTIAL)
def test_the_other_way_round_faster_is_slower(family: list[list[float]], sequential: bool) -> None:
    mirrored = verdicts([[-log for log in logs] for logs in family], sequential=sequential)

    assert mirrored == [MIRRORED.get(verdict, verdict) for verdict in verdicts(family, sequential=sequential)]


@given(FAMILIES, SEQUENTIAL, st.lists(st.floats(1e-6, 0.5), min_size=2, max_size=4))
def test_who_may_miss_less_never_says_more(family: list[list[float]], sequential: bool, may_miss: list[float]) -> None:
    ladder = [verdicts(family, sequential=sequential, may_miss=share) for share in sorted(may_miss)]

    for strict, lax in pairwise(ladder):
        for less, more in zip(strict, lax, strict=True):
            assert less in (UNDECIDED, more) or (less, more) in [(DIFFERS, SLOWER), (DIFFERS, FASTER), (DIFFERS, SAME)]


@given(FAMILIES)
def test_to_hold_at_every_look_never_says_more_than_to_hold_at_one(family: list[list[float]]) -> None:
    for less, more in zip(verdicts(family, sequential=True), verdicts(family), strict=True):
        assert less in (UNDECIDED, more) or less == DIFFERS


@given(FAMILIES, LOG_RATIOS)
def test_one_comparison_more_never_says_more_of_the_others(family: list[list[float]], one: list[float]) -> None:
    for less, more in zip(verdicts([*family, one]), verdicts(family), strict=False):
        assert less in (UNDECIDED, more) or less == DIFFERS


@given(FAMILIES, SEQUENTIAL)
def test_every_verdict_follows_from_its_own_interval_at_its_own_level(
    family: list[list[float]], sequential: bool
) -> None:
    for logs, found in zip(family, judge(family, 0.05, sequential=sequential), strict=True):
        assert MAY_MISS / len(family) <= found.may_miss <= MAY_MISS
        if logs:
            again = estimate(logs, found.may_miss, sequential=sequential)
            assert found.verdict == verdict_of(again, 0.05)
            assert found.ratio == math.exp(again.median)
