import math
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.statistics.staircase import FEWEST_POINTS, Point, Staircase, line_misfit, staircase

AROUND_THE_KNEES = (1, 10, 40, 41, 80, 81)

THREADS = st.integers(1, 200)
DELAYS_S = st.floats(0.001, 5.0)
POINTS = st.lists(
    st.tuples(st.integers(1, 300), st.floats(0.001, 100.0)), min_size=1, max_size=12, unique_by=lambda point: point[0]
)
ENOUGH = POINTS.filter(lambda points: len(points) >= FEWEST_POINTS)


def stairs(requests: Sequence[int], threads: int, delay_s: float = 0.1, overhead_s: float = 0.0) -> list[Point]:
    return [(number, math.ceil(number / threads) * delay_s + number * overhead_s) for number in requests]


@pytest.mark.parametrize("overhead_s", [0.0, 50e-6, 400e-6])
def test_a_perfect_staircase_is_recovered_exactly(overhead_s: float) -> None:
    fit = staircase(stairs(AROUND_THE_KNEES, 40, overhead_s=overhead_s), 0.1)

    assert fit is not None
    assert (fit.threads_low, fit.threads_high) == (40, 40)
    assert fit.overhead_s == pytest.approx(overhead_s, abs=1e-12)
    assert fit.misfit < 1e-9


def test_threads_are_as_many_as_the_points_can_tell_apart() -> None:
    # 8 to 11 threads all answer 1 and 5 requests in one wave, 12 and 15 in two.
    assert staircase(stairs([1, 5, 12, 15], 9), 0.1) == Staircase(8, 11, 0.0, 0.0)


def test_no_threads_are_too_many_where_no_burst_took_a_second_wave() -> None:
    assert staircase(stairs([1, 5, 10, 20], 40), 0.1) == Staircase(20, None, 0.0, 0.0)


def test_one_thread_serves_one_request_after_the_other() -> None:
    assert staircase(stairs([1, 2, 3, 4], 1), 0.1) == Staircase(1, 1, 0.0, 0.0)


def test_faster_than_the_delay_has_no_negative_overhead() -> None:
    quick = [(requests, 0.9 * took_s) for requests, took_s in stairs(AROUND_THE_KNEES, 40)]

    fit = staircase(quick, 0.1)

    assert fit is not None
    assert fit.overhead_s == 0.0
    assert fit.misfit == pytest.approx(0.1 / 0.9)


@pytest.mark.parametrize("delay_s", [0.1, 10.0])
def test_the_fit_has_the_least_squares_of_relative_errors_whatever_the_delay(delay_s: float) -> None:
    points = [(1, 1.1 * delay_s), (2, 1.0 * delay_s), (3, 1.5 * delay_s), (4, 2.2 * delay_s)]

    fit = staircase(points, delay_s)

    assert fit is not None
    least = min(misfit_of(points, threads, delay_s) for threads in (1, 2, 3, 4))
    assert fit.misfit == pytest.approx(least, rel=1e-4)
    assert least > 0.05


def misfit_of(points: Sequence[Point], threads: int, delay_s: float) -> float:
    """The misfit of so many threads, with the best overhead found by looking at many."""
    overheads_s = [delay_s * step / 10_000 for step in range(10_001)]
    return min(
        math.sqrt(
            sum((1 - (math.ceil(n / threads) * delay_s + n * overhead_s) / took_s) ** 2 for n, took_s in points)
            / len(points)
        )
        for overhead_s in overheads_s
    )


def test_a_line_fits_a_line_and_a_staircase_fits_it_worse() -> None:
    line = [(requests, 0.3 + 0.001 * requests) for requests in AROUND_THE_KNEES]

    fit = staircase(line, 0.1)

    assert fit is not None
    assert line_misfit(line) == pytest.approx(0.0, abs=1e-12)
    assert fit.misfit > 0.05


def test_a_staircase_fits_a_staircase_and_a_line_fits_it_worse() -> None:
    points = stairs(AROUND_THE_KNEES, 40, overhead_s=50e-6)

    fit = staircase(points, 0.1)

    assert fit is not None
    assert fit.misfit < 1e-9
    assert line_misfit(points) > 0.1


def test_the_misfit_of_a_line_is_the_least_that_any_line_has() -> None:
    points = [(1, 0.1), (2, 0.1), (3, 0.2)]
    lines = [(start / 1000, slope / 1000) for start in range(201) for slope in range(-50, 101)]

    searched = min(
        math.sqrt(sum((1 - (start + slope * n) / took_s) ** 2 for n, took_s in points) / len(points))
        for start, slope in lines
    )

    assert line_misfit(points) == pytest.approx(searched, rel=1e-3)


@given(POINTS)
def test_fewer_than_four_numbers_of_requests_have_no_staircase(points: list[Point]) -> None:
    assert (staircase([*points, *points], 0.1) is None) == (len(points) < FEWEST_POINTS)


@given(THREADS, DELAYS_S, st.floats(0.0, 1e-3), st.lists(st.integers(1, 300), min_size=4, max_size=12, unique=True))
def test_any_staircase_is_recovered(threads: int, delay_s: float, overhead_s: float, requests: list[int]) -> None:
    points = stairs(requests, threads, delay_s, overhead_s)

    fit = staircase(points, delay_s)

    assert fit is not None
    assert fit.misfit < 1e-6


@given(ENOUGH, DELAYS_S)
def test_whatever_was_measured_overhead_is_never_negative_and_threads_are_in_order(
    points: list[Point], delay_s: float
) -> None:
    fit = staircase(points, delay_s)

    assert fit is not None
    assert fit.overhead_s >= 0.0
    assert fit.misfit >= 0.0
    assert 1 <= fit.threads_low <= max(requests for requests, _ in points)
    assert fit.threads_high is None or fit.threads_low <= fit.threads_high


@given(ENOUGH, DELAYS_S)
def test_threads_are_open_above_where_the_fit_has_one_wave_and_only_there(points: list[Point], delay_s: float) -> None:
    fit = staircase(points, delay_s)

    assert fit is not None
    assert (fit.threads_high is None) == (fit.threads_low >= max(requests for requests, _ in points))


@given(ENOUGH, DELAYS_S, st.randoms())
def test_the_order_of_points_does_not_matter(points: list[Point], delay_s: float, shuffler: Random) -> None:
    fit, shuffled = (staircase(some, delay_s) for some in (points, shuffler.sample(points, k=len(points))))

    assert fit is not None
    assert shuffled is not None
    assert shuffled.misfit == pytest.approx(fit.misfit)


@given(ENOUGH, DELAYS_S, st.floats(0.01, 100.0))
def test_the_unit_of_time_does_not_matter(points: list[Point], delay_s: float, unit: float) -> None:
    fit = staircase(points, delay_s)
    scaled_points = [(requests, unit * took_s) for requests, took_s in points]
    scaled = staircase(scaled_points, unit * delay_s)

    assert fit is not None
    assert scaled is not None
    assert scaled.misfit == pytest.approx(fit.misfit)
    assert line_misfit(scaled_points) == pytest.approx(line_misfit(points), abs=1e-6)


@given(ENOUGH, DELAYS_S)
def test_one_wave_and_an_overhead_are_a_line_and_never_nearer_than_the_best_one(
    points: list[Point], delay_s: float
) -> None:
    fit = staircase(points, delay_s)

    assert fit is not None
    if fit.threads_high is None:
        assert line_misfit(points) <= fit.misfit + 1e-6
