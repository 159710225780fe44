import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.findings import Explanation, Knee, Placement, Withheld, Withholding
from harness.analysis.knees import Bounds, find_bounds
from harness.analysis.models import bends_at_the_limit
from harness.model.journal import Launched, Window
from harness.model.plan import Cell, Pair
from tests.builders.executors import BURST, CLOSED_LOOP
from tests.builders.journals import (
    FACTS,
    FINISHED,
    IN_FORCE,
    LAUNCH,
    cell,
    dice,
    findings,
    good,
    header,
    in_blocks,
    launched,
    lost,
    never_ready,
    plan,
    run,
    window,
)

CONCURRENCIES = (1, 20, 40, 41, 80, 81, 120)


def logs(**ratios: list[float]) -> dict[int, list[float]]:
    """Log ratios by concurrency, from ratios named n40, n41, ..."""
    return {int(name[1:]): [math.log(ratio) for ratio in values] for name, values in ratios.items()}


def staircase(blocks: int, seed: int) -> dict[int, list[float]]:
    """Log ratios of a limit of 40, with noise on both styles: 3% always, and now and then a stall of up to half."""
    rolls = dice(seed)

    def noise() -> float:
        return abs(rolls.gauss(0, 0.03)) + (rolls.random() < 0.1) * rolls.uniform(0, 0.5)

    return {
        concurrency: [math.log(math.ceil(concurrency / 40)) + noise() - noise() for _ in range(blocks)]
        for concurrency in CONCURRENCIES
    }


@pytest.mark.parametrize(("blocks", "exact_share"), [(6, 0.5), (10, 0.9), (20, 0.99)])
def test_the_knee_of_a_noisy_staircase_is_never_wrong_and_mostly_exact(blocks: int, exact_share: float) -> None:
    every = [find_bounds(staircase(blocks, seed)) for seed in range(500)]

    assert all(bounds.claimed for bounds in every)
    assert all((bounds.low or 0) <= 40 and (bounds.high is None or bounds.high >= 41) for bounds in every)
    assert every.count(Bounds(40, 41, claimed=True)) / len(every) >= exact_share


def test_an_undecided_concurrency_belongs_to_the_inside() -> None:
    level, straddling, behind = [1.0] * 6, [1.0, 1.0, 1.0, 2.0, 2.0, 2.0], [2.0] * 6

    assert find_bounds(logs(n20=level, n40=straddling, n41=behind)) == Bounds(20, 41, claimed=True)


def test_a_knee_below_the_lowest_concurrency_has_no_low() -> None:
    assert find_bounds(logs(n41=[2.0] * 6, n80=[2.0] * 6)) == Bounds(None, 41, claimed=True)


def test_a_knee_that_was_never_reached_has_no_high() -> None:
    assert find_bounds(logs(n20=[1.0] * 6, n40=[1.0] * 6)) == Bounds(40, None, claimed=True)


def test_what_comes_after_the_first_concurrency_above_moves_nothing() -> None:
    assert find_bounds(logs(n40=[1.0] * 6, n41=[2.0] * 6, n80=[1.0] * 6)) == Bounds(40, 41, claimed=True)


def test_five_blocks_describe_and_do_not_claim() -> None:
    assert find_bounds(logs(n40=[1.0] * 5, n41=[2.0] * 5)) == Bounds(40, 41, claimed=False)


def test_a_concurrency_that_lost_blocks_is_undecided_where_the_others_settle_the_knee() -> None:
    assert find_bounds(logs(n20=[1.0] * 6, n40=[2.0], n41=[2.0] * 6)) == Bounds(20, 41, claimed=True)


def test_nothing_is_claimed_where_lost_blocks_leave_an_end_open() -> None:
    assert find_bounds(logs(n20=[1.0] * 6, n40=[1.0] * 6, n41=[2.0] * 5)) == Bounds(40, 41, claimed=False)


@given(
    st.dictionaries(st.integers(1, 1000), st.lists(st.floats(-3, 3), min_size=1, max_size=12), min_size=1, max_size=8)
)
def test_whatever_was_measured_the_ends_of_a_knee_are_measured_and_in_order(ratios: dict[int, list[float]]) -> None:
    bounds = find_bounds(ratios)

    assert {bounds.low, bounds.high} <= {*ratios, None}
    assert bounds.low is None or bounds.high is None or bounds.low < bounds.high


PLAN = plan(cell("def", 40), cell("async", 40), cell("def", 41), cell("async", 41), blocks=6)


def as_modelled(block: int, launch: int, place: int) -> Window:
    """What a perfect server gives; every block is slower than the one before, for all styles alike."""
    planned = PLAN.cells[place]
    waves = math.ceil(planned.concurrency / 40) if planned.style == "def" else 1
    return good(block, launch, place, duration_s=waves * 0.1 * block)


def test_styles_are_paired_within_their_block(tmp_path: Path) -> None:
    found = findings(tmp_path, *run(PLAN, as_modelled))

    ratios = {40: 1.0, 41: math.exp(math.log(2))}
    assert found.knees == (
        Knee(
            LAUNCH,
            "engine",
            low=40,
            high=41,
            expected=40,
            claimed=True,
            placement=Placement.AS_EXPECTED,
            ratios=ratios,
            blocks=6,
        ),
    )


@pytest.mark.parametrize(("factor", "waves"), [(2.0, 2), (1.6, 2), (3.0, None)])
def test_waves_are_told_where_the_model_and_the_ratio_agree(factor: float, waves: int | None, tmp_path: Path) -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        return good(
            block, launch, place, 0.1 * (factor if place == 2 else 1), process=[0] * PLAN.cells[place].concurrency
        )

    (knee,) = findings(tmp_path, *run(PLAN, sample)).knees

    assert (knee.high, knee.waves) == (41, waves)


def test_how_many_times_as_long_is_the_median_over_blocks_that_measured_both(tmp_path: Path) -> None:
    durations_s = {"def": [0.1, 0.9, 0.3, 0.2], "async": [0.1, 0.3, 0.1, 0.9]}

    def uneven(block: int, launch: int, place: int) -> Window:
        style = two.cells[place].style
        if block == 4 and style == "async":
            return lost(block, launch, place, "connection reset")
        return good(block, launch, place, durations_s[style][block - 1])

    two = plan(cell("def", 40), cell("async", 40), blocks=4)

    assert [dict(knee.ratios) for knee in findings(tmp_path, *run(two, uneven)).knees] == [{40: pytest.approx(3.0)}]


def test_a_block_that_lost_one_style_is_no_pair(tmp_path: Path) -> None:
    def without_the_first_async(block: int, launch: int, place: int) -> Window:
        if block == 1 and place == 1:
            return lost(block, launch, place, "connection reset")
        return as_modelled(block, launch, place)

    found = findings(tmp_path, *run(PLAN, without_the_first_async))

    assert [(knee.low, knee.high, knee.claimed) for knee in found.knees] == [(40, 41, False)]


def test_what_is_expected_rests_on_what_was_read_back(tmp_path: Path) -> None:
    left_alone = replace(LAUNCH, thread_limit="default")
    cells = [cell(style, 41, left_alone) for style in ("def", "async")]
    in_force = replace(IN_FORCE, limiter_tokens=7, workers=2)

    found = findings(
        tmp_path, header(plan(*cells)), launched(1, 1, left_alone, in_force), good(1, 1, 0), good(1, 1, 1), FINISHED
    )

    assert [knee.expected for knee in found.knees] == [14]


TWO_WORKERS = replace(LAUNCH, workers=2)


def knee_of_two_workers(folder: Path, knee: int, busiest: float) -> Knee:
    """The knee of two workers with 40 threads each, above so many requests, of which one worker has this share."""
    sizes = (40, 53, 54, 80, 81)
    cells = [cell(style, at_once, TWO_WORKERS) for at_once in sizes for style in ("def", "async")]

    def sample(block: int, launch: int, place: int) -> Window:
        planned = cells[place]
        of_busiest = math.ceil(busiest * planned.concurrency)
        process = [0] * of_busiest + [1] * (planned.concurrency - of_busiest)
        is_slow = planned.style == "def" and planned.concurrency > knee
        return good(block, launch, place, 0.2 if is_slow else 0.1, process=process)

    in_force = replace(IN_FORCE, workers=2)
    records = (
        replace(record, in_force=in_force) if isinstance(record, Launched) else record
        for record in run(plan(*cells, blocks=6), sample)
    )
    (found,) = findings(folder, *records).knees
    return found


@pytest.mark.parametrize(
    ("knee", "busiest", "placement", "explanation"),
    [
        (80, 0.5, Placement.AS_EXPECTED, None),
        (53, 0.5, Placement.SOONER, None),
        # 0.75 x 53 = 40 requests are as many as the worker has threads.
        (53, 0.75, Placement.AS_EXPECTED, Explanation.UNEVEN_WORKERS),
        (40, 0.75, Placement.SOONER, None),
        (80, 0.75, Placement.LATER, None),
    ],
)
def test_a_knee_is_expected_where_the_busiest_worker_is_out_of_threads(
    knee: int, busiest: float, placement: Placement, explanation: Explanation | None, tmp_path: Path
) -> None:
    found = knee_of_two_workers(tmp_path, knee, busiest)

    assert (found.low, found.placement, found.explanation) == (knee, placement, explanation)
    assert found.unevenness == pytest.approx(2 * busiest, abs=0.03)
    assert found.expected == 80, "what an even split would give"


def test_a_single_worker_has_no_split_to_explain_anything(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, *run(PLAN, as_modelled)).knees

    assert (found.unevenness, found.explanation) == (None, None)


@pytest.mark.parametrize(
    "unsuited",
    [
        lambda one: replace(one, style="async-blocking"),
        lambda one: replace(one, executor=CLOSED_LOOP),
        lambda one: replace(one, launch=replace(one.launch, scenario="noop", delay_s=None)),
        lambda one: replace(one, launch=replace(one.launch, scenario="gone")),
    ],
)
def test_only_bursts_of_both_modelled_styles_have_a_knee(unsuited: Callable[[Cell], Cell], tmp_path: Path) -> None:
    changed = replace(PLAN, cells=tuple(map(unsuited, PLAN.cells)))
    sample_of = good if changed.cells[0].executor == BURST else window

    assert findings(tmp_path, *run(changed, sample_of)).knees == ()


def test_a_launch_that_never_got_ready_has_no_knee(tmp_path: Path) -> None:
    samples = [lost(1, 1, place, "no answer") for place in range(4)]

    found = findings(tmp_path, header(in_blocks(PLAN, 1)), never_ready(1, 1, "no answer"), *samples, FINISHED)

    assert found.knees == ()


def test_a_concurrency_that_lost_a_block_bounds_no_knee(tmp_path: Path) -> None:
    cells = [cell(style, at_once) for at_once in (20, 40, 41) for style in ("def", "async")]
    whole = plan(*cells, blocks=7)

    def sample(block: int, launch: int, place: int) -> Window:
        if (block, place) == (1, 2):
            return lost(block, launch, place, "no answer")
        slow = cells[place].style == "def" and cells[place].concurrency > 40
        return good(block, launch, place, 0.2 if slow else 0.1)

    (knee,) = findings(tmp_path, *run(whole, sample)).knees

    assert (knee.low, knee.high, knee.claimed) == (20, 41, True)


def test_no_knee_is_claimed_where_the_control_is_off(tmp_path: Path) -> None:
    again = cell("async", 40, replace(LAUNCH, server="uvicorn (A/A)"))
    whole = replace(PLAN, cells=(*PLAN.cells, again), controls=(Pair(4, 1),))
    whole = replace(whole, variants={**whole.variants, again.launch.server: whole.variants["uvicorn"]})

    def sample(block: int, launch: int, place: int) -> Window:
        return good(block, launch, place, 0.12) if place == 4 else good(block, launch, place, 0.1 + 0.1 * (place == 2))

    (knee,) = findings(tmp_path, *run(whole, sample)).knees

    assert (knee.low, knee.high, knee.claimed) == (40, 41, False)
    assert knee.withheld == Withholding(Withheld.CONTROL_DIFFERS)


def test_no_knee_is_claimed_of_what_is_the_client(tmp_path: Path) -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        one = as_modelled(block, launch, place)
        assert one.client is not None
        return replace(one, client=replace(one.client, cpu_s=10.0))

    (knee,) = findings(tmp_path, *run(PLAN, sample)).knees

    assert (knee.claimed, knee.withheld) == (False, Withholding(Withheld.CLIENT_BOUND))


@pytest.mark.parametrize(("scenario", "bends"), [("sleep", True), ("upstream", True), ("noop", False), ("gone", False)])
def test_a_knee_is_looked_for_where_the_limit_alone_sets_def_apart(scenario: str, bends: bool) -> None:
    assert bends_at_the_limit(FACTS, scenario) is bends
