import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from harness.analysis.findings import Comparison, Withheld, Withholding
from harness.analysis.statistics.verdicts import DIFFERS, FASTER, SAME, SLOWER, UNDECIDED
from harness.analysis.tally import Tally
from harness.analysis.two_runs import StyleInBoth, TwoRuns, compare_runs
from harness.model.journal import METHOD, Change, ClientCost, Header, Launched, Record, Window
from harness.model.plan import Cell, Load, Pair, Plan, Variant
from tests.builders.executors import CLOSED_LOOP
from tests.builders.journals import (
    IN_FORCE,
    LAUNCH,
    cell,
    dice,
    good,
    in_blocks,
    lost,
    plan,
    read_tally,
    run,
    steady_cell,
    window,
)

NAMES = ("before", "after")
GRANIAN = replace(LAUNCH, server="granian")
CELLS = tuple(cell(style, at, launch) for launch in (LAUNCH, GRANIAN) for style in ("def", "async") for at in (2, 4))
PLAN = in_blocks(plan(*CELLS), 6)
HOST = {"cpu": "test", "host": "a"}

Factor = Callable[[Cell], float]
"""How many times as long as usual a cell takes."""


def usual(_: Cell) -> float:
    return 1.0


def slower_async(cell: Cell) -> float:
    return 1.1 if (cell.launch.server, cell.style) == ("uvicorn", "async") else 1.0


def records(some: Plan, factor: Factor = usual, seed: int = 1, noise: float = 0.01) -> Iterator[Record]:
    """A run whose bursts take 100 ms, with the noise of each sample."""
    rolls = dice(seed)

    def sample(block: int, launch: int, place: int) -> Window:
        return good(block, launch, place, 0.1 * factor(some.cells[place]) * math.exp(heavy_tailed(rolls, noise)))

    return run(some, sample)


def heavy_tailed(rolls: Random, noise: float) -> float:
    """Noise of this standard deviation: normal, but one time in twenty five times as large."""
    usual = noise / math.sqrt(0.95 + 0.05 * 5**2)
    return rolls.gauss(0, usual * (5 if rolls.random() < 0.05 else 1))


def tally(some: Plan = PLAN, factor: Factor = usual, seed: int = 1, noise: float = 0.01, **changes: Any) -> Tally:
    """What such a run adds up to, where the changes are of its header."""
    every = records(some, factor, seed, noise)
    return read_tally(replace(one, **changes) if isinstance(one, Header) else one for one in every)


def compared(before: Tally, after: Tally) -> TwoRuns:
    return compare_runs(NAMES, (before, after))


def comparisons(found: TwoRuns) -> list[Comparison]:
    return [style.comparison for style in found.styles]


def verdicts(found: TwoRuns) -> dict[tuple[str, str], str | None]:
    return {(one.cell.launch.server, one.cell.style): one.verdict for one in comparisons(found)}


def test_a_run_is_the_same_as_itself_at_a_ratio_of_exactly_one() -> None:
    found = compared(tally(), tally())

    assert {one.ratio for one in comparisons(found)} == {1.0}
    assert {both.ratio.median for both in found.cells if both.ratio is not None} == {1.0}
    assert verdicts(found) == dict.fromkeys(verdicts(found), SAME)
    assert (found.apart, found.changed, found.without) == ((), (), ())
    assert found.is_valid


def test_what_is_ten_percent_slower_is_called_slower_and_all_else_the_same() -> None:
    found = compared(tally(seed=1), tally(factor=slower_async, seed=2))

    assert verdicts(found) == {
        ("uvicorn", "def"): SAME,
        ("uvicorn", "async"): SLOWER,
        ("granian", "def"): SAME,
        ("granian", "async"): SAME,
    }
    turned = compared(tally(factor=slower_async, seed=2), tally(seed=1))
    assert verdicts(turned)["uvicorn", "async"] == FASTER


def test_a_style_counts_the_mean_over_its_cells_in_each_block() -> None:
    """Two cells whose ratios are 1.1 and 1.2, without any noise."""
    found = compared(tally(noise=0), tally(factor=lambda cell: 1.1 if cell.concurrency == 2 else 1.2, noise=0)).styles[
        0
    ]

    assert (found.cells, found.blocks) == (2, (6, 6))
    one = found.comparison
    assert [one.ratio, one.low, one.high] == pytest.approx([math.sqrt(1.1 * 1.2)] * 3)


def test_the_interval_of_a_cell_holds_every_block_of_one_run_against_every_block_of_the_other() -> None:
    some = in_blocks(plan(cell()), 6)
    before = read_tally(run(some, lambda block, launch, place: good(block, launch, place, float(block))))
    after = read_tally(run(some, lambda block, launch, place: good(block, launch, place, 100.0 * 2**block)))

    (both,) = compared(before, after).cells

    ratios = sorted(100 * 2**one / other for one in range(1, 7) for other in range(1, 7))
    middle = math.sqrt(ratios[17] * ratios[18])
    assert both.ratio is not None
    assert (both.ratio.median, both.ratio.low, both.ratio.high) == pytest.approx((middle, ratios[5], ratios[30]))
    assert (both.cost_s, both.blocks) == ((3.5, 1200.0), (6, 6))


def test_a_closed_loop_is_compared_by_the_time_per_answer() -> None:
    some = in_blocks(plan(steady_cell(CLOSED_LOOP)), 6)
    before = read_tally(run(some, lambda *place: window(*place, answered=400)))
    after = read_tally(run(some, lambda *place: window(*place, answered=200)))

    (both,) = compared(before, after).cells

    assert both.cost_s == (0.01, 0.02)
    assert both.ratio is not None
    assert [both.ratio.median, both.ratio.low, both.ratio.high] == pytest.approx([2.0] * 3)


@pytest.mark.parametrize(
    ("header", "difference"),
    [
        ({"environment": HOST | {"host": "b"}}, Change("host", "a", "b")),
        ({"environment": {"cpu": "test"}}, Change("host", "a", None)),
        ({"environment": HOST | {"cpu": "other"}}, Change("cpu", "test", "other")),
        ({"environment": HOST | {"python": "3.12.1"}}, Change("python", None, "3.12.1")),
        ({"environment": HOST | {"implementation": "PyPy"}}, Change("implementation", None, "PyPy")),
        ({"method": 99}, Change("method", METHOD, 99)),
    ],
)
def test_other_hosts_pythons_and_methods_keep_runs_apart(header: dict[str, Any], difference: Change) -> None:
    assert compared(tally(), tally(**header)).apart == (difference,)


def test_two_hosts_that_are_not_known_are_not_one_host() -> None:
    some = tally(environment={"cpu": "test"})
    found = compared(some, some)
    assert (found.apart, found.styles) == ((Change("host", None, None),), ())


def test_runs_that_are_apart_have_figures_and_neither_ratios_nor_verdicts() -> None:
    found = compared(tally(), tally(environment=HOST | {"cpu": "other", "kernel": "7"}, method=99))

    assert found.apart == (Change("cpu", "test", "other"), Change("method", METHOD, 99))
    assert found.changed == (Change("cpu", "test", "other"), Change("kernel", None, "7"))
    assert found.styles == ()
    assert [both.ratio for both in found.cells] == [None] * len(CELLS)
    assert all(0.09 < cost_s < 0.11 for both in found.cells for cost_s in both.cost_s)


@pytest.mark.parametrize(("before", "after"), [(5, 6), (6, 5), (5, 30)])
def test_nothing_is_claimed_with_fewer_than_six_blocks_on_a_side(before: int, after: int) -> None:
    found = compared(tally(in_blocks(PLAN, before)), tally(in_blocks(PLAN, after), slower_async, seed=2))

    assert {(one.verdict, one.low, one.withheld) for one in comparisons(found)} == {
        (None, None, Withholding(Withheld.TOO_FEW_BLOCKS, blocks=5))
    }
    assert {style.blocks for style in found.styles} == {(before, after)}
    assert comparisons(found)[1].ratio == pytest.approx(1.1, rel=0.05)
    assert {both.ratio.low for both in found.cells if both.ratio is not None} == {None}


def test_only_blocks_with_a_figure_of_every_cell_of_a_style_count() -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        failed = place == 0 and block in (2, 5)
        return lost(block, launch, place, "reset") if failed else good(block, launch, place, 0.1)

    found = compared(tally(in_blocks(PLAN, 8), noise=0), read_tally(run(in_blocks(PLAN, 8), sample)))

    assert [style.blocks for style in found.styles] == [(8, 6), (8, 8), (8, 8), (8, 8)]
    assert found.cells[0].blocks == (8, 6)


def test_cells_without_a_figure_in_one_run_are_left_out() -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        return lost(block, launch, place, "reset") if place == 0 else good(block, launch, place, 0.1)

    found = compared(tally(noise=0), read_tally(run(PLAN, sample)))

    assert found.without == (CELLS[0],)
    assert (found.styles[0].cells, comparisons(found)[0].verdict) == (1, SAME)
    assert len(found.cells) == len(CELLS) - 1


def test_cells_that_only_one_run_has_are_listed() -> None:
    more = (cell("def", 80), cell("async", 2, replace(LAUNCH, server="daphne")))
    before, after = compared(tally(), tally(in_blocks(plan(*CELLS, *more), 6))).runs
    assert (before.alone, after.alone) == ((), more)


def test_a_cell_is_the_same_only_where_everything_is() -> None:
    others = (
        cell("async", 2),
        cell("def", 3),
        cell("def", 2, client="aiohttp"),
        steady_cell(CLOSED_LOOP),
        replace(cell("def", 2), rate=10),
        cell("def", 2, replace(LAUNCH, thread_limit=41)),
        cell("def", 2, replace(LAUNCH, delay_s=0.2)),
    )
    before = tally(plan(cell("def", 2)))
    for other in others:
        after = read_tally(run(plan(other), window if other.executor == CLOSED_LOOP else good))
        found = compared(before, after)
        assert (found.cells, found.without) == ((), ())


def test_runs_whose_common_cells_gave_no_figure_have_all_of_them_without() -> None:
    failed = read_tally(run(PLAN, lambda block, launch, place: lost(block, launch, place, "reset")))
    found = compared(tally(), failed)
    assert (found.cells, found.styles, found.without) == ((), (), CELLS)


AGAIN = replace(LAUNCH, server="uvicorn (again)")
CONTROLLED = in_blocks(
    plan(cell(), cell("async"), cell(launch=AGAIN), controls=(Pair(2, 0),), practical_difference=0.04), 6
)


@pytest.mark.parametrize("dirty", [0, 1])
def test_verdicts_are_withheld_where_an_a_a_control_differs_from_itself(dirty: int) -> None:
    def drifts(cell: Cell) -> float:
        return 1.2 if cell.launch == AGAIN else 1.0

    tallies = [tally(CONTROLLED), tally(CONTROLLED)]
    tallies[dirty] = tally(CONTROLLED, drifts)
    found = compared(tallies[0], tallies[1])

    assert not found.is_valid
    assert {(one.verdict, one.withheld) for one in comparisons(found)} == {
        (None, Withholding(Withheld.CONTROL_DIFFERS))
    }
    assert [run.control is not None and run.control.differs for run in found.runs] == [dirty == 0, dirty == 1]


def test_the_repetitions_of_the_control_are_held_against_nothing() -> None:
    found = compared(tally(CONTROLLED), tally(CONTROLLED, seed=2))
    assert found.is_valid
    assert [both.cell for both in found.cells] == [cell(), cell("async")]
    assert [run.alone for run in found.runs] == [(), ()]
    assert [run.control.within for run in found.runs if run.control is not None] == [True, True]


def test_client_bound_cells_are_left_aside_and_where_there_are_only_such_nothing_is_claimed() -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        sample = good(block, launch, place, 0.1)
        bound = place in (0, 2, 3) and block == 4
        return replace(sample, client=ClientCost(0.09, 0.001, 0)) if bound else sample

    found = compared(tally(noise=0), read_tally(run(PLAN, sample)))

    why = Withholding(Withheld.CLIENT_BOUND)
    (in_def, in_async), (first, second) = found.styles[:2], (CELLS[0], CELLS[2])
    same = Comparison(first, first, 6, 1.0, 1.0, 1.0, 0.05 / 3, SAME)
    assert in_def == StyleInBoth(same, cells=1, bound=1, blocks=(6, 6))
    nothing = Comparison(second, second, 0, None, None, None, 0.05, None, why)
    assert in_async == StyleInBoth(nothing, cells=0, bound=2, blocks=(0, 0))
    bound = "client-bound"
    assert [both.bound for both in found.cells[:4]] == [bound, None, bound, bound]


def test_the_larger_practical_difference_counts() -> None:
    lax = replace(PLAN, practical_difference=0.2)
    assert verdicts(compared(tally(lax), tally(factor=slower_async, seed=2)))["uvicorn", "async"] == SAME
    assert compared(tally(), tally(lax)).difference == 0.2


def test_of_a_run_whose_figures_decided_when_to_stop_as_many_blocks_count_as_it_would_have_had_anyway() -> None:
    """What came after the sixth block is twice as slow, client-bound, and has no part in it."""

    def sample(block: int, launch: int, place: int) -> Window:
        some = good(block, launch, place, 0.1 if block <= 6 else 0.2)
        return some if block <= 6 else replace(some, client=ClientCost(0.2, 0.001, 0))

    until_decided = read_tally(run(replace(PLAN, blocks=9), sample))
    found = compared(tally(noise=0), until_decided)

    assert found.styles == compared(tally(noise=0), tally(noise=0)).styles
    assert found.cells == compared(tally(noise=0), tally(noise=0)).cells
    assert [(run.blocks, run.compared) for run in found.runs] == [(6, None), (9, 6)]


def test_too_few_blocks_that_a_run_would_have_had_anyway_claim_nothing_however_many_it_has() -> None:
    found = compared(tally(), tally(replace(PLAN, min_blocks=3, blocks=9)))
    assert {one.withheld for one in comparisons(found)} == {Withholding(Withheld.TOO_FEW_BLOCKS, blocks=3)}


def test_what_has_changed_around_the_common_cells_is_listed_once() -> None:
    before = tally(environment=HOST | {"kernel": "6.1", "versions": {"anyio": "4.16.0", "granian": "2.8"}})
    other = replace(
        PLAN,
        load=Load(settle_s=0.1, warmup_s=1.0, duration_s=9.0, processes=1, connections="per-request"),
        variants={**PLAN.variants, "uvicorn": Variant("uvicorn", ("--http", "h11"), {"DEBUG": "1"})},
    )
    header = {"environment": HOST | {"kernel": "6.2", "versions": {"anyio": "4.17.0", "daphne": "4.2"}}}
    in_force = replace(IN_FORCE, http_parser="h11", versions={**IN_FORCE.versions, "anyio": "4.17.0"})
    after = read_tally(
        replace(one, **header)  # type: ignore[arg-type]
        if isinstance(one, Header)
        else replace(one, in_force=in_force)
        if isinstance(one, Launched) and one.settings == LAUNCH
        else one
        for one in records(other)
    )

    assert compared(before, after).changed == (
        Change("kernel", "6.1", "6.2"),
        Change("anyio", "4.16.0", "4.17.0"),
        Change("duration_s", 5.0, 9.0),
        Change("connections", "keep-alive", "per-request"),
        Change("uvicorn", "uvicorn", "DEBUG=1 uvicorn --http h11"),
        Change("uvicorn: http_parser", "httptools", "h11"),
    )


def test_two_runs_of_the_same_are_hardly_ever_told_apart() -> None:
    """A/A: with four verdicts at a time, at most 5% of comparisons may say anything but same or undecided."""
    trials, wrong = 100, 0
    for trial in range(trials):
        found = compared(tally(seed=2 * trial, noise=0.03), tally(seed=2 * trial + 1, noise=0.03))
        wrong += any(one.verdict in (SLOWER, FASTER, DIFFERS) for one in comparisons(found))
    assert wrong / trials <= 0.05


def test_ten_percent_are_found_in_ten_blocks_with_three_percent_of_noise() -> None:
    trials, some = 50, in_blocks(PLAN, 10)
    hits = 0
    for trial in range(trials):
        found = compared(tally(some, seed=2 * trial, noise=0.03), tally(some, slower_async, 2 * trial + 1, noise=0.03))
        hits += verdicts(found)["uvicorn", "async"] == SLOWER
        assert SLOWER not in {verdict for of, verdict in verdicts(found).items() if of != ("uvicorn", "async")}
    assert hits / trials >= 0.9


def test_too_many_verdicts_at_once_for_the_blocks_leave_it_undecided_without_an_interval() -> None:
    servers = [replace(LAUNCH, server=f"server {number}") for number in range(24)]
    some = in_blocks(plan(*(cell(launch=launch) for launch in servers)), 6)
    found = compared(tally(some, noise=0), tally(some, noise=0))
    assert {(one.verdict, one.low, one.ratio) for one in comparisons(found)} == {(UNDECIDED, None, 1.0)}
