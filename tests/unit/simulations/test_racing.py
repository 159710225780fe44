from itertools import count, islice
from math import log

import pytest

from harness.analysis.statistics.verdicts import UNDECIDED, judge
from simulations.false_verdicts import FAMILIES
from simulations.noise import DRIFT, Machine, make_random
from simulations.racing import count_cells, run_race
from simulations.runs import DIFFERENCE, TEN, UNTIL_DECIDED, Blocks, simulate_blocks, simulate_run

TRUTHS = FAMILIES["2 at 1, 2 each at d, 1.10 and 2 or their inverse"]

several = pytest.mark.parametrize("seed", range(8))


def blocks(seed: int, truths: list[float]) -> Blocks:
    return simulate_blocks(Machine(DRIFT, make_random(f"race {seed}")), truths)


@several
@pytest.mark.parametrize("truth", [0.0, log(1.1), log(2)])
def test_a_race_of_one_is_a_run_until_it_is_decided(seed: int, truth: float) -> None:
    race = run_race(blocks(seed, [truth]), UNTIL_DECIDED)
    judged, taken = simulate_run(blocks(seed, [truth]), UNTIL_DECIDED)
    assert (race.judged, race.taken) == (judged, [taken])


@several
def test_a_closed_comparison_has_the_verdict_of_its_last_block(seed: int) -> None:
    race = run_race(blocks(seed, TRUTHS), UNTIL_DECIDED)
    measured = list(zip(*islice(blocks(seed, TRUTHS), UNTIL_DECIDED.most), strict=True))

    for place, taken in enumerate(race.taken):
        at_the_time = [logs[: min(own, taken)] for logs, own in zip(measured, race.taken, strict=True)]
        judged = judge(at_the_time, DIFFERENCE, sequential=True)[place]
        assert race.judged[place] == judged
        assert (judged.verdict is UNDECIDED) <= (taken == UNTIL_DECIDED.most)


@several
def test_no_verdict_is_lost_when_all_are_judged_again(seed: int) -> None:
    race = run_race(blocks(seed, TRUTHS), UNTIL_DECIDED)
    for then, now in zip(race.judged, race.again, strict=True):
        assert now.ratio == then.ratio
        assert now.may_miss >= then.may_miss
        assert then.verdict is UNDECIDED or now.verdict is not UNDECIDED


def test_a_fixed_number_of_blocks_leaves_nothing_to_race_for() -> None:
    assert run_race(blocks(0, TRUTHS), TEN).taken == [TEN.most] * len(TRUTHS)


def test_closed_comparisons_get_no_more_blocks() -> None:
    clear = ([log(2) + 0.001 * number, 0.2 * (-1) ** number] for number in count())
    assert run_race(clear, UNTIL_DECIDED).taken == [8, 30]


def test_cells_are_two_a_comparison_and_two_for_the_control() -> None:
    assert count_cells([6, 10]) == 2 * 16 + 2 * 10
