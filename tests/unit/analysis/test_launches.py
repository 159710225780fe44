from dataclasses import replace
from pathlib import Path

from harness.analysis.findings import LaunchFinding
from harness.model.outcomes import Status
from tests.builders.journals import (
    FINISHED,
    IN_FORCE,
    LAUNCH,
    cell,
    findings,
    good,
    header,
    launched,
    lost,
    never_ready,
    plan,
    stopped,
)

ASYNC_ONLY = replace(LAUNCH, server="hypercorn")


def test_launches_come_in_the_order_of_the_plan_with_medians_over_those_that_got_ready(tmp_path: Path) -> None:
    two = plan(cell("def"), cell("async", launch=ASYNC_ONLY), blocks=3)

    found = findings(
        tmp_path,
        header(two),
        launched(1, 1, ASYNC_ONLY),
        good(1, 1, 1),
        stopped(1, 1),
        replace(launched(1, 2), ready_s=0.8),
        good(1, 2, 0, process=(0,) * 5),
        replace(stopped(1, 2), stop_s=0.1),
        replace(launched(2, 3), ready_s=1.0),
        good(2, 3, 0, process=(0,) * 7),
        replace(stopped(2, 3), stop_s=0.3),
        never_ready(3, 4, "exit code 1"),
        lost(3, 4, 0, "exit code 1"),
        replace(stopped(3, 4), stop_s=9.0),
        FINISHED,
    )

    assert found.launches == (
        LaunchFinding(LAUNCH, "0.54.0", IN_FORCE, peak_handlers=7, launches=2, ready_s=0.9, stop_s=0.2),
        LaunchFinding(ASYNC_ONLY, "0.18.0", IN_FORCE, peak_handlers=None, launches=1, ready_s=1.0, stop_s=0.5),
    )


def test_a_kind_that_never_got_ready_has_nothing_in_force(tmp_path: Path) -> None:
    found = findings(
        tmp_path, header(plan(cell())), never_ready(1, 1, "exit code 1"), lost(1, 1, 0, "exit code 1"), FINISHED
    )

    assert found.launches == (
        LaunchFinding(LAUNCH, version=None, in_force=None, peak_handlers=None, launches=0, ready_s=None, stop_s=None),
    )


def test_a_launch_that_was_refused_for_what_was_in_force_is_no_launch_of_its_kind(tmp_path: Path) -> None:
    refused = replace(
        launched(1, 1),
        status=Status.FAILED,
        reason="loop asyncio, not uvloop",
        in_force=replace(IN_FORCE, loop="asyncio"),
    )

    found = findings(
        tmp_path,
        header(plan(cell(), blocks=2)),
        refused,
        lost(1, 1, 0, "loop asyncio, not uvloop"),
        stopped(1, 1),
        launched(2, 2),
        good(2, 2, 0),
        stopped(2, 2),
        FINISHED,
    )

    assert [(one.launches, one.in_force) for one in found.launches] == [(1, IN_FORCE)]


def test_the_peak_is_that_of_the_busiest_style_that_the_limit_bounds(tmp_path: Path) -> None:
    styles = plan(cell("async-threadpool"), cell("def"), cell("async"))
    samples = [good(1, 1, place, process=(0,) * peak) for place, peak in enumerate([9, 7, 11])]

    found = findings(tmp_path, header(styles), launched(1, 1), *samples, FINISHED)

    assert [one.peak_handlers for one in found.launches] == [9]


def test_a_sample_that_failed_has_no_part_in_the_peak(tmp_path: Path) -> None:
    broken = replace(good(2, 1, 0, process=(0,) * 9), status=Status.FAILED, reason="wrong body", duration_s=None)

    found = findings(tmp_path, header(plan(cell(), blocks=2)), launched(1, 1), good(1, 1, 0), broken, FINISHED)

    assert [one.peak_handlers for one in found.launches] == [2]
