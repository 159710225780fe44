from math import log

import pytest

from harness.analysis.statistics.rounds import combine_rounds
from simulations import candidates
from simulations.candidates import Combine
from simulations.windows import METHODS

COMBINES = list(dict.fromkeys(method.combine for method in METHODS))
FIGURES = [3.0, 1.0, 4.0, 1.5, 9.0, 2.0, 6.0, 5.0, 3.5, 8.0]
AGAINST = [2.0, 7.0, 1.0, 8.0, 2.5, 8.5, 1.2, 8.0, 4.0, 5.0]

every_candidate = pytest.mark.parametrize("combine", COMBINES)


@every_candidate
@pytest.mark.parametrize("windows", [1, 2, 3, 5, 10])
def test_twice_as_long_in_every_window_is_a_ratio_of_two(combine: Combine, windows: int) -> None:
    figures = FIGURES[:windows]
    assert combine([2 * figure for figure in figures], figures) == pytest.approx(log(2))


@every_candidate
def test_a_factor_on_one_side_is_a_factor_of_the_ratio(combine: Combine) -> None:
    longer = combine([1.05 * figure for figure in FIGURES], AGAINST)
    assert longer == pytest.approx(combine(FIGURES, AGAINST) + log(1.05))


@every_candidate
def test_swapped_sides_turn_the_sign(combine: Combine) -> None:
    assert combine(AGAINST, FIGURES) == pytest.approx(-combine(FIGURES, AGAINST))


def test_totals_are_all_answers_over_all_time() -> None:
    # 3 + 1 answers in two windows of 1 s, against 2 + 2.
    assert candidates.ratio_of_totals([1 / 3, 1.0], [0.5, 0.5]) == pytest.approx(0.0)


def test_the_middle_half_leaves_out_the_lowest_and_the_highest_quarter() -> None:
    logs = [9.0, 0.1, 0.2, 0.3, 0.4, -9.0, 8.0, -8.0]
    figures = [1.0] * len(logs)
    assert combine_rounds([2.718281828**off for off in logs], figures) == pytest.approx(0.25)


def test_minima_compare_the_fastest_windows_wherever_they_are() -> None:
    assert candidates.ratio_of_minima([4.0, 2.0], [1.0, 9.0]) == pytest.approx(log(2))


def test_quartiles_lie_a_quarter_from_either_end() -> None:
    figures, even = [5.0, 1.0, 3.0, 2.0, 4.0], [1.0] * 5
    assert candidates.ratio_of_lower_quartiles(figures, even) == pytest.approx(log(2))
    assert candidates.ratio_of_upper_quartiles(figures, even) == pytest.approx(log(4))
