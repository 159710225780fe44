import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.analysis.findings import Comparison, Control, Findings, Withheld, Withholding
from harness.analysis.statistics.verdicts import DIFFERS, FASTER, SAME, SLOWER, UNDECIDED
from harness.model.journal import Upstream, Window
from harness.model.outcomes import RequestOutcome
from harness.model.plan import Pair, Plan
from tests.builders.executors import CLOSED_LOOP, CONSTANT_RATE
from tests.builders.journals import (
    LAUNCH,
    SampleOf,
    cell,
    findings,
    good,
    lost,
    plan,
    run,
    steady_cell,
    times,
    window,
)

TWICE = replace(LAUNCH, server="uvicorn (A/A)")
OTHER = replace(LAUNCH, server="granian")


def close(value: float) -> Any:
    """A figure that may be off by a rounding."""
    return pytest.approx(value)


def never(block: int, launch: int, place: int) -> Window:
    return lost(block, launch, place, "gone")


def compared(blocks: int = 6, **changes: object) -> Plan:
    """`def` is held against `async`."""
    return replace(plan(cell("def"), cell("async"), blocks=blocks), comparisons=(Pair(0, 1),), **changes)  # type: ignore[arg-type]  # of many types


def controlled(blocks: int = 6) -> Plan:
    """The same, with an A/A control of `async`."""
    with_control = plan(cell("def"), cell("async"), cell("async", launch=TWICE), blocks=blocks)
    return replace(with_control, comparisons=(Pair(0, 1),), controls=(Pair(2, 1),))


def lasting(*factors: float | Callable[[int], float]) -> SampleOf:
    """Every cell takes its factor of a time that drifts a great deal from block to block."""

    def sample(block: int, launch: int, place: int) -> Window:
        factor = factors[place]
        return good(block, launch, place, 0.1 * 1.3**block * (factor(block) if callable(factor) else factor))

    return sample


def only(found: Findings) -> Comparison:
    (comparison,) = found.comparisons
    return comparison


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [
        (1.0, SAME),
        (1.04, SAME),
        (0.96, SAME),
        (1.06, SLOWER),
        (0.94, FASTER),
        (2.0, SLOWER),
        (lambda block: 1.01 if block % 2 else 1.09, DIFFERS),
        (lambda block: 0.98 if block % 2 else 1.09, UNDECIDED),
    ],
)
def test_a_verdict_is_read_from_the_ratios_within_blocks(
    factor: float | Callable[[int], float], verdict: str, tmp_path: Path
) -> None:
    assert only(findings(tmp_path, *run(compared(), lasting(factor, 1.0)))).verdict == verdict


def test_a_comparison_in_full(tmp_path: Path) -> None:
    ratios = [1.10, 1.20, 1.15, 1.30, 1.25, 1.40]

    found = only(findings(tmp_path, *run(compared(), lasting(lambda block: ratios[block - 1], 1.0))))

    assert found == Comparison(
        cell=cell("def"),
        against=cell("async"),
        blocks=6,
        ratio=close(math.sqrt(1.20 * 1.25)),
        low=close(1.10),
        high=close(1.40),
        may_miss=0.05,
        verdict=SLOWER,
    )


def test_swapping_the_sides_turns_the_verdict_round(tmp_path: Path) -> None:
    assert only(findings(tmp_path, *run(compared(), lasting(1.0, 2.0)))).verdict == FASTER


@pytest.mark.parametrize("blocks", [1, 5])
def test_below_six_blocks_nothing_is_claimed(blocks: int, tmp_path: Path) -> None:
    found = only(findings(tmp_path, *run(compared(blocks), lasting(9.0, 1.0))))

    assert (found.ratio, found.low, found.high) == (close(9.0), None, None)
    assert (found.verdict, found.more_blocks) == (UNDECIDED, 6 - blocks)


def test_a_run_that_decides_when_to_stop_needs_seven_blocks_for_a_verdict(tmp_path: Path) -> None:
    six, seven = (replace(compared(blocks), min_blocks=1) for blocks in (6, 7))

    undecided = only(findings(tmp_path, *run(six, lasting(9.0, 1.0))))
    assert (undecided.verdict, undecided.more_blocks) == (UNDECIDED, 1)
    assert only(findings(tmp_path, *run(seven, lasting(9.0, 1.0)))).verdict == SLOWER


def test_comparisons_share_what_may_be_missed(tmp_path: Path) -> None:
    cells = [cell(style, concurrency) for concurrency in range(1, 9) for style in ("def", "async")]
    pairs = tuple(Pair(place, place + 1) for place in range(0, 16, 2))
    eight = replace(plan(*cells, blocks=8), comparisons=pairs)

    def sample(block: int, launch: int, place: int) -> Window:
        return good(block, launch, place, 0.1 if place % 2 else 0.1 * (1.2 if place else 1.0))

    # Eight blocks are enough for one comparison in four, not for one in eight: 2 / 2^8 is more than 5% / 8.
    found = findings(tmp_path, *run(eight, sample)).comparisons
    assert [one.verdict for one in found] == [UNDECIDED] * 8
    nine = findings(tmp_path, *run(replace(eight, blocks=9, min_blocks=9), sample)).comparisons
    assert [one.verdict for one in nine] == [SAME] + [SLOWER] * 7
    assert [one.may_miss for one in nine] == [0.05] + [0.05 / 8] * 7


@pytest.mark.parametrize("side", [0, 1])
def test_a_block_that_gave_no_figure_may_have_been_the_slow_one(side: int, tmp_path: Path) -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        return never(block, launch, place) if (block, place) == (3, side) else lasting(2.0, 1.0)(block, launch, place)

    found = only(findings(tmp_path, *run(compared(7), sample)))

    assert (found.blocks, found.ratio, found.verdict) == (6, close(2.0), None)
    assert found.withheld == Withholding(Withheld.BLOCKS_LOST, lost=1, blocks=7)


def test_what_was_never_measured_has_no_verdict(tmp_path: Path) -> None:
    found = only(findings(tmp_path, *run(compared(), never)))

    assert (found.blocks, found.ratio, found.verdict) == (0, None, None)


def test_a_client_bound_cell_ranks_nothing(tmp_path: Path) -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        measured = lasting(2.0, 1.0)(block, launch, place)
        assert measured.client is not None
        assert measured.duration_s is not None
        return replace(measured, client=replace(measured.client, cpu_s=0.9 * measured.duration_s))

    found = only(findings(tmp_path, *run(compared(), sample)))

    assert (found.ratio, found.verdict, found.withheld) == (close(2.0), None, Withholding(Withheld.CLIENT_BOUND))


def test_an_upstream_bound_cell_ranks_nothing(tmp_path: Path) -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        spent = Upstream(answered=2, connections=2, peak=2, late=times((0, 2)), span_s=0.1, cpu_s=0.09)
        return replace(lasting(2.0, 1.0)(block, launch, place), upstream=spent)

    found = only(findings(tmp_path, *run(compared(), sample)))

    assert (found.ratio, found.verdict, found.withheld) == (close(2.0), None, Withholding(Withheld.UPSTREAM_BOUND))


def test_a_side_whose_requests_gave_up_ranks_nothing(tmp_path: Path) -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        some = lasting(0.5, 1.0)(block, launch, place)
        return some if place else replace(some, outcomes={"ok": 1, RequestOutcome.GAVE_UP: 1})

    found = only(findings(tmp_path, *run(compared(), sample)))

    assert (found.ratio, found.verdict, found.withheld) == (close(0.5), None, Withholding(Withheld.GAVE_UP))


def test_a_closed_loop_is_compared_by_its_time_per_answer(tmp_path: Path) -> None:
    loops = replace(plan(*(steady_cell(CLOSED_LOOP, style=style) for style in ("def", "async")), blocks=6))

    def sample(block: int, launch: int, place: int) -> Window:
        answered = 400 if place else 200
        return window(block, launch, place, answered=answered, mean_latency_us=8e6 / answered)

    found = only(findings(tmp_path, *run(replace(loops, comparisons=(Pair(0, 1),)), sample)))

    assert (found.ratio, found.verdict) == (close(2.0), SLOWER)


def test_a_closed_loop_that_contradicts_itself_ranks_nothing(tmp_path: Path) -> None:
    loops = plan(*(steady_cell(CLOSED_LOOP, style=style) for style in ("def", "async")), blocks=6)

    def sample(block: int, launch: int, place: int) -> Window:
        return window(block, launch, place, answered=400 if place else 200)

    found = only(findings(tmp_path, *run(replace(loops, comparisons=(Pair(0, 1),)), sample)))

    assert (found.verdict, found.withheld) == (None, Withholding(Withheld.LITTLES_LAW))


@pytest.mark.parametrize(("dropped", "verdict"), [(0, SLOWER), (1, None)])
def test_an_open_loop_is_compared_by_its_mean_latency_unless_something_was_dropped(
    dropped: int, verdict: str | None, tmp_path: Path
) -> None:
    loops = plan(*(steady_cell(CONSTANT_RATE, rate=100, style=style) for style in ("def", "async")), blocks=7)

    def sample(block: int, launch: int, place: int) -> Window:
        mean_us = 10_000.0 if place else 30_000.0
        return window(block, launch, place, mean_latency_us=mean_us, dropped=dropped if block == 7 else 0)

    found = only(findings(tmp_path, *run(replace(loops, comparisons=(Pair(0, 1),)), sample)))

    assert (found.blocks, found.ratio, found.verdict) == (7 - dropped, close(3.0), verdict)


def test_def_is_described_beside_async_whether_declared_or_not(tmp_path: Path) -> None:
    several = plan(
        cell("def"), cell("async"), cell("def", 3), cell("async-blocking"), cell("async", 2, OTHER), blocks=6
    )

    (found,) = findings(tmp_path, *run(several, lasting(1.5, 1.0, 1.0, 1.0, 1.0))).ratios

    assert (found.cell, found.against, found.blocks) == (cell("def"), cell("async"), 6)
    assert (found.ratio, found.low, found.high) == (close(1.5),) * 3


def control_of(*factors: float | Callable[[int], float], folder: Path, blocks: int = 6) -> Findings:
    return findings(folder, *run(controlled(blocks), lasting(*factors)))


def test_the_control_stands_in_no_table_and_in_no_knee(tmp_path: Path) -> None:
    found = control_of(2.0, 1.0, 1.0, folder=tmp_path)

    assert [one.cell for one in found.cells] == [cell("def"), cell("async")]
    assert [launch.launch.server for launch in found.launches] == ["uvicorn", "uvicorn (A/A)"]
    assert len(found.knees) == 1


def test_a_control_within_the_practical_difference_withholds_nothing(tmp_path: Path) -> None:
    ratios: Sequence[float] = [1.01, 1.03, 0.99, 1.02, 1.00, 0.97]

    found = control_of(2.0, 1.0, lambda block: ratios[block - 1], folder=tmp_path)

    low, high = close(0.97), close(1.03)
    assert found.control == Control(
        (cell("async"),),
        6,
        close(math.sqrt(1.01)),
        low,
        high,
        within=True,
        by_block=tuple(map(close, ratios)),
        ratio_within=True,
        interval_within=True,
    )
    assert only(found).verdict == SLOWER


@pytest.mark.parametrize("factor", [1.06, 0.94])
def test_a_control_beyond_it_withholds_every_verdict(factor: float, tmp_path: Path) -> None:
    found = control_of(2.0, 1.0, factor, folder=tmp_path)

    assert found.control is not None
    assert found.control.within is False
    assert (only(found).verdict, only(found).withheld) == (None, Withholding(Withheld.CONTROL_DIFFERS))
    assert only(found).ratio == close(2.0)


def test_a_control_of_few_blocks_is_not_judged(tmp_path: Path) -> None:
    found = control_of(2.0, 1.0, 2.0, folder=tmp_path, blocks=5).control

    assert found is not None
    assert (found.ratio, found.within) == (close(2.0), None)


def test_a_control_that_never_answered_says_nothing(tmp_path: Path) -> None:
    found = findings(tmp_path, *run(controlled(), never))

    assert found.control == Control((cell("async"),), 0, None, None, None, None)


def test_one_pair_of_a_control_that_is_apart_is_enough(tmp_path: Path) -> None:
    concurrencies = (1, 2, 3, 4, 5, 6)
    cells = [cell("async", concurrency, launch) for launch in (LAUNCH, TWICE) for concurrency in concurrencies]
    pairs = tuple(Pair(place + 6, place) for place in range(6))
    six = replace(plan(*cells, blocks=9), controls=pairs)

    found = findings(tmp_path, *run(six, lasting(*[1.0] * 6, 1.2, *[1.0] * 5))).control

    assert found is not None
    assert found.ratio == close(1.2 ** (1 / 6)), "all together they are within"
    assert (found.within, found.apart) == (False, (cell("async", 1),))


def test_a_control_that_lost_most_of_its_blocks_withholds_every_verdict(tmp_path: Path) -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        if place == 2 and block > 1:
            return never(block, launch, place)
        return lasting(2.0, 1.0, 1.0)(block, launch, place)

    found = only(findings(tmp_path, *run(controlled(), sample)))

    assert (found.verdict, found.withheld) == (None, Withholding(Withheld.CONTROL_SILENT))


@pytest.mark.parametrize(("measured", "planned", "verdict"), [(6, 6, SLOWER), (6, 20, UNDECIDED), (7, 20, SLOWER)])
def test_a_run_that_is_looked_at_before_its_end_needs_what_holds_at_every_look(
    measured: int, planned: int, verdict: str, tmp_path: Path
) -> None:
    whole = compared(planned)
    records = [record for record in run(whole, lasting(9.0, 1.0)) if getattr(record, "block", 0) <= measured]

    assert only(findings(tmp_path, *records)).verdict == verdict


def test_several_cells_of_a_control_give_one_figure_a_block(tmp_path: Path) -> None:
    cells = [cell("async", concurrency, launch) for launch in (LAUNCH, TWICE) for concurrency in (1, 2)]
    two = replace(plan(*cells, blocks=6), controls=(Pair(2, 0), Pair(3, 1)))

    found = findings(tmp_path, *run(two, lasting(1.0, 1.0, 1.21, 1.0))).control

    assert found is not None
    assert (found.blocks, found.ratio, found.within) == (6, close(1.1), False)
