import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.analysis.findings import Outcome, ThresholdFinding, ThresholdReason, Withheld, Withholding
from harness.model.journal import Health, Record, Rerun, Window
from harness.model.plan import Aggregate, Operator, Pair, Plan, Threshold, ThresholdMetric
from tests.builders.journals import FINISHED, LAUNCH, cell, findings, good, launched, lost, plan, run, stopped

TWICE = replace(LAUNCH, server="uvicorn (A/A)")


def threshold(
    metric: ThresholdMetric,
    operator: Operator,
    *bounds: float,
    cells: tuple[int, ...] = (0,),
    aggregate: Aggregate | None = None,
) -> Threshold:
    return Threshold("as it is written", metric, cells, operator, bounds, aggregate)


def asked(*of: Threshold, blocks: int = 6) -> Plan:
    """`def` is held against `async`, and to these thresholds; the control is `async` again."""
    cells = (cell("def"), cell("async"), cell("async", launch=TWICE))
    whole = plan(*cells, blocks=blocks, comparisons=(Pair(0, 1),), controls=(Pair(2, 1),))
    return replace(whole, thresholds=of)


def lasting(*factors: Callable[[int], float] | float) -> Callable[[int, int, int], Window]:
    def sample(block: int, launch: int, place: int) -> Window:
        factor = factors[place]
        return good(block, launch, place, 0.1 * (factor(block) if callable(factor) else factor))

    return sample


def close(value: float) -> Any:
    return pytest.approx(value)


def judged(folder: Path, *records: Record) -> ThresholdFinding:
    (found,) = findings(folder, *records).thresholds
    return found


def rerun(whole: Plan, factor: float, blocks: int = 6, control: float = 1.0, *, fails: bool = False) -> list[Record]:
    """A run whose `def` took twice as long, and a rerun in which it took a factor of `async`.

    The control took its own factor there; or `async` fails in the last block of it.
    """
    *first, _ = run(whole, lasting(2.0, 1.0, 1.0))
    records: list[Record] = [*first, Rerun(whole.blocks + 1)]
    for block in range(whole.blocks + 1, whole.blocks + 1 + blocks):
        for launch, settings, places in ((2 * block + 100, LAUNCH, (0, 1)), (2 * block + 101, TWICE, (2,))):
            records.append(launched(block, launch, settings))
            records += [good(block, launch, place, 0.1 * (factor, 1.0, control)[place]) for place in places]
            if fails and block == whole.blocks + blocks and launch % 2 == 0:
                records[-1] = lost(block, launch, 1, "connection reset")
            records.append(stopped(block, launch))
    return [*records, FINISHED]


@pytest.mark.parametrize(
    ("operator", "bounds", "outcome", "reason"),
    [
        ("<", (2.1,), "kept", ThresholdReason.INTERVAL_WITHIN),
        ("<=", (2.1,), "kept", ThresholdReason.INTERVAL_WITHIN),
        ("<", (1.25,), "undecided", ThresholdReason.UNCONFIRMED),
        (">", (1.25,), "kept", ThresholdReason.INTERVAL_WITHIN),
        (">=", (2.2,), "undecided", ThresholdReason.UNCONFIRMED),
        ("<", (2.0,), "undecided", ThresholdReason.INTERVAL_ON_BOTH_SIDES),
        ("within", (1.9, 2.1), "kept", ThresholdReason.INTERVAL_WITHIN),
        ("within", (1.9, 2.0), "undecided", ThresholdReason.INTERVAL_ON_BOTH_SIDES),
        ("within", (0.9, 1.1), "undecided", ThresholdReason.UNCONFIRMED),
    ],
)
def test_a_ratio_is_judged_by_its_whole_interval(
    operator: Operator, bounds: tuple[float, ...], outcome: str, reason: ThresholdReason, tmp_path: Path
) -> None:
    wavering = lasting(lambda block: 1.95 + 0.02 * block, 1.0, 1.0)

    found = judged(tmp_path, *run(asked(threshold("ratio", operator, *bounds)), wavering))

    assert (found.outcome, found.reason) == (outcome, reason)
    assert (found.cell, found.low, found.high) == (cell("def"), close(1.97), close(2.07))
    assert found.figure == close(math.sqrt(2.01 * 2.03))


def test_a_ratio_that_is_broken_in_the_rerun_too_is_broken(tmp_path: Path) -> None:
    whole = asked(threshold("ratio", "<", 1.25))

    found = judged(tmp_path, *rerun(whole, factor=1.3))

    assert (found.outcome, found.reason) == ("broken", ThresholdReason.CONFIRMED)
    assert (found.rerun_low, found.rerun_high) == (close(1.3), close(1.3))
    assert found.figure == close(2.0), "the rerun is judged by itself and changes no figure"


def test_a_ratio_that_a_rerun_does_not_confirm_is_undecided(tmp_path: Path) -> None:
    found = judged(tmp_path, *rerun(asked(threshold("ratio", "<", 1.25)), factor=1.2))

    assert (found.outcome, found.reason) == ("undecided", ThresholdReason.RERUN_DIFFERS)
    assert (found.rerun_low, found.rerun_high) == (close(1.2), close(1.2))


def test_a_rerun_whose_own_control_is_off_confirms_nothing(tmp_path: Path) -> None:
    found = judged(tmp_path, *rerun(asked(threshold("ratio", "<", 1.25)), factor=2.0, control=1.2))

    assert found.outcome == "undecided"
    assert found.reason is ThresholdReason.RERUN_WITHHELD
    assert found.withheld == Withholding(Withheld.CONTROL_DIFFERS)


def test_what_fails_in_a_rerun_is_a_trouble_and_confirms_nothing(tmp_path: Path) -> None:
    found = findings(tmp_path, *rerun(asked(threshold("ratio", "<", 1.25)), factor=2.0, fails=True))

    assert found.thresholds[0].outcome == "undecided"
    assert found.thresholds[0].withheld == Withholding(Withheld.BLOCKS_LOST, lost=1, blocks=6)
    assert [(trouble.status, trouble.reason, trouble.count) for trouble in found.troubles] == [
        ("failed", "connection reset", 1)
    ]


def test_a_ratio_without_a_control_is_not_judged(tmp_path: Path) -> None:
    bare = plan(cell("def"), cell("async"), blocks=6, comparisons=(Pair(0, 1),))
    gated = replace(bare, thresholds=(threshold("ratio", "<", 1.25),))

    found = judged(tmp_path, *run(gated, lasting(2.0, 1.0)))

    assert (found.outcome, found.reason) == ("not judged", ThresholdReason.NO_CONTROL)


@pytest.mark.parametrize(("operator", "worst"), [("<", 0.9), (">", 0.5)])
def test_the_worst_of_several_ratios_is_the_one_furthest_on_the_wrong_side(
    operator: Operator, worst: float, tmp_path: Path
) -> None:
    cells = (cell("def"), cell("async"), cell("def", 3), cell("async", 3), cell("async", launch=TWICE))
    pairs = (Pair(0, 1), Pair(2, 3))
    whole = plan(*cells, blocks=8, comparisons=pairs, controls=(Pair(4, 1),))
    bound = 0.4 if operator == "<" else 2.0
    gated = replace(whole, thresholds=(threshold("ratio", operator, bound, cells=(0, 2)),))

    assert judged(tmp_path, *run(gated, lasting(0.5, 1.0, 0.9, 1.0, 1.0))).figure == close(worst)


def test_a_rerun_of_few_blocks_confirms_nothing(tmp_path: Path) -> None:
    found = judged(tmp_path, *rerun(asked(threshold("ratio", "<", 1.25)), factor=2.0, blocks=5))

    assert (found.outcome, found.reason) == ("undecided", ThresholdReason.UNCONFIRMED)


def test_the_blocks_of_a_rerun_are_counted_apart(tmp_path: Path) -> None:
    found = findings(tmp_path, *rerun(asked(threshold("ratio", "<", 1.25)), factor=1.3))

    assert (found.blocks, found.rerun, found.cells[0].blocks, found.troubles) == (6, 6, 6, ())


def test_a_ratio_without_an_interval_is_undecided(tmp_path: Path) -> None:
    found = judged(tmp_path, *run(asked(threshold("ratio", "<", 1.25), blocks=5), lasting(2.0, 1.0, 1.0)))

    assert (found.outcome, found.reason) == ("undecided", ThresholdReason.TOO_FEW_BLOCKS)


def test_a_ratio_is_not_judged_where_the_control_is_beyond(tmp_path: Path) -> None:
    found = judged(tmp_path, *run(asked(threshold("ratio", "<", 1.25)), lasting(2.0, 1.0, 1.2)))

    assert (found.outcome, found.reason) == ("not judged", ThresholdReason.WITHHELD)
    assert found.withheld == Withholding(Withheld.CONTROL_DIFFERS)


def test_a_threshold_without_a_cell_is_not_judged(tmp_path: Path) -> None:
    found = judged(tmp_path, *run(asked(threshold("p99", "<", 1.0, cells=()))))

    assert found == ThresholdFinding("as it is written", "p99", Outcome.NOT_JUDGED, ThresholdReason.NO_CELL)


KNEES = tuple(cell(style, concurrency) for concurrency in (20, 40, 41) for style in ("def", "async"))


def bending(block: int, launch: int, place: int) -> Window:
    planned = KNEES[place]
    return good(block, launch, place, 0.2 if planned.style == "def" and planned.concurrency > 40 else 0.1)


@pytest.mark.parametrize(
    ("bounds", "blocks", "outcome", "reason"),
    [
        ((40, 41), 6, "kept", ThresholdReason.KNEE),
        ((20, 80), 6, "kept", ThresholdReason.KNEE),
        ((41, 80), 6, "broken", ThresholdReason.KNEE),
        ((20, 40), 6, "broken", ThresholdReason.KNEE),
        ((40, 41), 5, "undecided", ThresholdReason.KNEE_NOT_CLAIMED),
    ],
)
def test_a_knee_is_judged_by_where_its_interval_lies(
    bounds: tuple[int, int], blocks: int, outcome: str, reason: ThresholdReason, tmp_path: Path
) -> None:
    whole = plan(*KNEES, blocks=blocks, thresholds=(threshold("knee", "within", *bounds),))

    found = judged(tmp_path, *run(whole, bending))

    assert (found.outcome, found.reason, found.cell) == (outcome, reason, KNEES[0])
    assert (found.low, found.high) == (40, 41)


@pytest.mark.parametrize(("least", "most", "outcome"), [(30, 45, "undecided"), (41, 60, "broken"), (10, 60, "kept")])
def test_a_wide_knee_is_undecided_where_only_part_of_it_lies_within(
    least: int, most: int, outcome: str, tmp_path: Path
) -> None:
    two = tuple(one for one in KNEES if one.concurrency != 40)
    whole = plan(*two, blocks=6, thresholds=(threshold("knee", "within", least, most),))

    def sample(block: int, launch: int, place: int) -> Window:
        planned = two[place]
        return good(block, launch, place, 0.2 if planned.style == "def" and planned.concurrency > 40 else 0.1)

    assert judged(tmp_path, *run(whole, sample)).outcome == outcome


def test_a_knee_that_was_not_reached_lies_beyond_all_that_was_measured(tmp_path: Path) -> None:
    whole = plan(*KNEES, blocks=6, thresholds=(threshold("knee", "within", 20, 41),))

    found = judged(tmp_path, *run(whole))

    assert (found.outcome, found.reason, found.low, found.high) == ("broken", ThresholdReason.KNEE, 41, None)


def with_health(*async_us: int) -> Callable[[int, int, int], Window]:
    def sample(block: int, launch: int, place: int) -> Window:
        return replace(good(block, launch, place), health=Health(list(async_us), [], unanswered=0))

    return sample


@pytest.mark.parametrize(
    ("aggregate", "operator", "bound", "outcome", "figure"),
    [
        ("p50", "<", 2.5, "kept", 2.0),
        ("p50", "<", 2.0, "broken", 2.0),
        ("p50", "<=", 2.0, "kept", 2.0),
        ("max", "<", 9.0, "broken", 9.0),
        ("max", ">=", 9.0, "kept", 9.0),
    ],
)
def test_health_is_judged_by_its_median_or_its_worst(
    aggregate: Aggregate, operator: Operator, bound: float, outcome: str, figure: float, tmp_path: Path
) -> None:
    whole = plan(cell(), thresholds=(threshold("health_async", operator, bound, aggregate=aggregate),))

    found = judged(tmp_path, *run(whole, with_health(1_000, 2_000, 9_000)))

    assert (found.outcome, found.figure) == (outcome, figure)


def test_health_that_nobody_checked_is_undecided(tmp_path: Path) -> None:
    whole = plan(cell(), thresholds=(threshold("health_async", "<", 1.0, aggregate="p50"),))

    found = judged(tmp_path, *run(whole))

    assert (found.outcome, found.reason) == ("undecided", ThresholdReason.NO_FIGURE)


def test_a_p99_without_requests_enough_is_undecided(tmp_path: Path) -> None:
    found = judged(tmp_path, *run(plan(cell(), thresholds=(threshold("p99", "<", 500.0),))))

    assert (found.outcome, found.reason, found.count) == ("undecided", ThresholdReason.TOO_FEW_REQUESTS, 2)


@pytest.mark.parametrize(("bound", "outcome"), [(100.5, "kept"), (100.0, "broken")])
def test_a_p99_is_judged_in_milliseconds(bound: float, outcome: str, tmp_path: Path) -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        return good(block, launch, place, process=[0] * 300)

    found = judged(tmp_path, *run(plan(cell(), thresholds=(threshold("p99", "<", bound),)), sample))

    assert (found.outcome, found.figure) == (outcome, 100.0)


@pytest.mark.parametrize(
    ("aggregate", "operator", "bound", "outcome", "figure"),
    [
        ("count", "==", 0, "broken", 1.0),
        ("count", "<=", 1, "kept", 1.0),
        ("share", "<", 0.34, "kept", 1 / 3),
        ("share", "<", 0.01, "broken", 1 / 3),
    ],
)
def test_errors_are_a_count_or_a_share(
    aggregate: Aggregate, operator: Operator, bound: float, outcome: str, figure: float, tmp_path: Path
) -> None:
    def sample(block: int, launch: int, place: int) -> Window:
        return replace(lost(block, launch, place, "one was lost"), outcomes={"ok": 2, "aborted": 1})

    whole = plan(cell(), thresholds=(threshold("errors", operator, bound, aggregate=aggregate),))

    found = judged(tmp_path, *run(whole, sample))

    assert (found.outcome, found.figure) == (outcome, close(figure))
    assert (found.reason, found.count) == (ThresholdReason.FIGURE, 3)


def test_the_worst_cell_decides(tmp_path: Path) -> None:
    cells = (cell("def"), cell("async"), cell("def", 3))
    whole = plan(*cells, thresholds=(threshold("health_async", "<", 5.0, cells=(0, 1, 2), aggregate="p50"),))

    def sample(block: int, launch: int, place: int) -> Window:
        return with_health((1_000, 7_000, 6_000)[place])(block, launch, place)

    found = judged(tmp_path, *run(whole, sample))

    assert (found.outcome, found.cell, found.figure) == ("broken", cell("async"), 7.0)


def test_a_cell_that_gave_nothing_is_not_judged_rather_than_kept(tmp_path: Path) -> None:
    whole = plan(cell("def"), cell("async"), thresholds=(threshold("p99", "<", 500.0, cells=(0, 1)),))

    def sample(block: int, launch: int, place: int) -> Window:
        return (
            good(block, launch, place, process=[0] * 300) if place else lost(block, launch, place, "connection reset")
        )

    found = judged(tmp_path, *run(whole, sample))

    assert (found.outcome, found.cell, found.reason) == ("not judged", cell("def"), ThresholdReason.NO_FIGURE)
