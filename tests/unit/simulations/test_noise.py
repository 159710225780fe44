from dataclasses import replace
from math import exp
from statistics import median, stdev

import pytest

from simulations.noise import BODY, LAUNCH, LIGHT, NOISES, STALLS, STUDENT, TREND, WALK, Machine, Noise, make_random
from simulations.runs import draw_against_baseline, draw_apart, first_ratios, simulate_blocks

QUIET = Noise("quiet", "nothing at all", lambda _: 0.0)
DRIFTING = Noise("drifting", "drift alone", lambda _: 0.0, walk=WALK, trend=TREND)
LAUNCHES = Noise("launches", "launches alone", lambda _: 0.0, launch=LAUNCH)


@pytest.mark.parametrize("noise", NOISES)
def test_the_same_name_gives_the_same_run(noise: Noise) -> None:
    one, other = (first_ratios(simulate_blocks(Machine(noise, make_random("a run")), [0.0]), 20) for _ in range(2))
    assert one == other
    assert one != first_ratios(simulate_blocks(Machine(noise, make_random("another run")), [0.0]), 20)


def test_light_noise_is_three_percent() -> None:
    rolls = make_random("light")
    assert stdev(LIGHT.of_cell(rolls) for _ in range(5_000)) == pytest.approx(BODY, rel=0.05)


def test_every_twentieth_cell_stalls_by_a_quarter_or_more() -> None:
    rolls = make_random("stalls")
    stalled = sum(exp(STALLS.of_cell(rolls)) > 1.25 for _ in range(10_000))
    assert 400 < stalled < 600


def test_a_student_is_three_percent_in_the_middle_and_far_off_now_and_then() -> None:
    rolls = make_random("student")
    offs = sorted(abs(STUDENT.of_cell(rolls)) for _ in range(10_000))
    # Half of all values of t with two degrees of freedom lie within 0.816, and 99% within 9.925.
    assert median(offs) == pytest.approx(0.816 * BODY, rel=0.05)
    assert offs[9_900] == pytest.approx(9.925 * BODY, rel=0.2)


def test_the_cells_of_a_launch_share_what_it_is_off_by() -> None:
    machine = Machine(LAUNCHES, make_random("launches"))
    machine.begin_block()
    one, other = machine.launch(), machine.launch()
    assert machine.cell(one) == machine.cell(one) == one != machine.cell(other)


def test_comparisons_apart_share_no_launch_and_those_against_a_baseline_do() -> None:
    alone, shared = (
        layout(Machine(LAUNCHES, make_random("layouts")), 8) for layout in (draw_apart, draw_against_baseline)
    )
    assert len(set(alone)) == len(alone) == len(shared)
    assert len(set(shared)) == 2


def test_drift_goes_on_where_the_block_before_has_left_it() -> None:
    machine = Machine(replace(DRIFTING, walk=1e-9), make_random("drift"))
    for block in range(1, 50):
        machine.begin_block()
        cells = [machine.cell(0.0) for _ in range(100)]
        assert TREND * (block - 1) - 1e-6 < min(cells) < TREND * (block - 0.5) < max(cells) < TREND * block + 1e-6


def test_drift_of_the_blocks_before_is_no_part_of_a_ratio() -> None:
    logs = first_ratios(simulate_blocks(Machine(DRIFTING, make_random("ratios")), [0.0]), 1_000)
    assert max(map(abs, logs)) < 0.25 < 1_000 * TREND
    assert median(logs) == pytest.approx(0.0, abs=0.005)


def test_without_noise_the_truth_is_measured() -> None:
    blocks = simulate_blocks(Machine(QUIET, make_random("quiet")), [0.0, 0.1])
    assert [next(blocks) for _ in range(3)] == [[0.0, 0.1]] * 3
