"""The cells that a question is about get several windows a block."""

from pathlib import Path

from harness.matrix.order import count_windows
from tests.unit.matrix.written import plan_of

BURSTS = """\
title: bursts
scenario: sleep
matrix: {server: uvicorn, thread_limit: 3, style: [def, async], concurrency: [1, 3, 4, 9]}
rounds: 4
"""
STEADY = """\
title: steady
scenario: noop
executor: closed-loop
matrix: {server: [uvicorn, granian], thread_limit: 3, style: [def, async], concurrency: [8, 16]}
rounds: 4
"""


def in_focus(folder: Path, matrix: str, **changes: str) -> set[tuple[str, str, int]]:
    """Return (server, style, load) of the cells in focus."""
    plan = plan_of(folder, matrix + "".join(f"{key}: {value}\n" for key, value in changes.items()))
    cells = [plan.cells[index] for index in plan.focus]
    assert {count_windows(plan, index) for index in plan.focus} <= {4}
    return {(cell.launch.server, cell.style, cell.concurrency) for cell in cells}


def test_a_knee_needs_the_loads_on_both_sides_of_the_thread_limit(tmp_path: Path) -> None:
    expected = {("uvicorn", style, load) for style in ("def", "async") for load in (3, 4)}
    assert in_focus(tmp_path, BURSTS) == expected


def test_a_threshold_says_where_its_knee_has_to_be(tmp_path: Path) -> None:
    expected = {("uvicorn", style, load) for style in ("def", "async") for load in (1, 9)}
    assert in_focus(tmp_path, BURSTS, thresholds='{knee: "within(2,8)"}') == expected


def test_a_knee_of_one_style_is_none(tmp_path: Path) -> None:
    assert in_focus(tmp_path, BURSTS.replace("[def, async]", "def")) == set()


def test_both_sides_of_a_comparison_and_the_control_are_in_focus_and_nothing_else(tmp_path: Path) -> None:
    compared = in_focus(
        tmp_path,
        STEADY,
        baseline="{server: uvicorn, style: async}",
        compare="[{server: all, against: baseline, where: {concurrency: 16}}]",
    )
    assert compared == {(server, "async", 16) for server in ("uvicorn", "granian", "uvicorn (A/A)")}


def test_a_percentile_takes_many_windows_and_a_count_of_errors_takes_one(tmp_path: Path) -> None:
    assert in_focus(tmp_path, STEADY, thresholds='{"p99{server:granian,style:def}": "< 9ms"}') == {
        ("granian", "def", load) for load in (8, 16)
    }
    assert in_focus(tmp_path, STEADY, thresholds="{errors: == 0}") == set()
