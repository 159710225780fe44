from dataclasses import replace

from harness.analysis.findings import CellFinding, Curve, LaunchFinding
from harness.analysis.models import trace_curves
from harness.model.outcomes import Status
from harness.model.plan import Cell, Launch
from tests.builders.executors import CLOSED_LOOP
from tests.builders.journals import FACTS, IN_FORCE, LAUNCH, cell, steady_cell


def found(*cells: Cell, launch: Launch = LAUNCH, in_force: bool = True) -> list[Curve]:
    launches = {launch: LaunchFinding(launch, "1.0", IN_FORCE if in_force else None, 40, 1, 1.0, 0.5)}
    return list(trace_curves(FACTS, [CellFinding(each, Status.OK, None, model_s=0.1) for each in cells], launches))


def test_the_model_of_def_is_a_staircase_given_by_the_ends_of_its_steps() -> None:
    (curve,) = found(cell("def", 81))

    assert (curve.launch, curve.style) == (LAUNCH, "def")
    assert [(requests, round(expected_s, 9)) for requests, expected_s in curve.points] == [
        (1, 0.1),
        (40, 0.1),
        (41, 0.2),
        (80, 0.2),
        (81, 0.3),
    ]


def test_a_straight_model_has_two_points() -> None:
    of_async, blocking = found(cell("async", 1000), cell("async-blocking", 1000))

    assert of_async.points == ((1, 0.1), (1000, 0.1))
    assert [(requests, round(expected_s, 6)) for requests, expected_s in blocking.points] == [(1, 0.1), (1000, 100.0)]


def test_a_curve_goes_as_far_as_the_largest_burst_of_its_style() -> None:
    assert [curve.points[-1][0] for curve in found(cell("async", 5), cell("async", 7), cell("async", 6))] == [7]


def test_a_single_request_is_a_curve_of_one_point() -> None:
    assert [curve.points for curve in found(cell("def", 1))] == [((1, 0.1),)]


def test_workers_share_their_requests_evenly() -> None:
    two = replace(LAUNCH, workers=2)
    (curve,) = found(cell("def", 81, launch=two), launch=two)

    assert [requests for requests, _ in curve.points] == [1, 80, 81]


def test_there_is_no_curve_without_a_model_a_burst_or_what_was_in_force() -> None:
    unmodelled = CellFinding(cell("def", 5), Status.OK, None)

    assert list(trace_curves(FACTS, [unmodelled], {})) == []
    assert found(steady_cell(CLOSED_LOOP)) == []
    assert found(cell("def", 5), in_force=False) == []
