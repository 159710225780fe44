"""`concurrency: around-knees`: the numbers around the knees of every combination."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.model.axes import DEFAULT_THREADS
from harness.model.plan import Plan
from tests.unit.matrix.written import GOOD, OPEN_LOOP, plan_of, problems_of

AROUND = GOOD.replace("[def, async]", "def").replace("[20, 40]", "{}")


def numbers(plan: Plan) -> dict[tuple[str | int, int, str], list[int]]:
    """The concurrencies of a plan, in its order, by thread limit, workers and style."""
    found: dict[tuple[str | int, int, str], list[int]] = {}
    for cell in plan.cells:
        key = (cell.launch.thread_limit, cell.launch.workers, cell.style)
        found.setdefault(key, []).append(cell.concurrency)
    return found


def test_each_combination_has_two_numbers_for_each_of_its_first_two_knees(tmp_path: Path) -> None:
    text = AROUND.format("around-knees") + "  thread_limit: [default, 7]\n  workers: [1, 3]\n"
    assert numbers(plan_of(tmp_path, text)) == {
        ("default", 1, "def"): [40, 41, 80, 81],
        ("default", 3, "def"): [120, 121, 240, 241],
        (7, 1, "def"): [7, 8, 14, 15],
        (7, 3, "def"): [21, 22, 42, 43],
    }


@pytest.mark.parametrize("written", ["[1, 41, 100, around-knees]", "[around-knees, 100, 41, 1]"])
def test_written_numbers_stand_among_them_once_and_in_ascending_order(tmp_path: Path, written: str) -> None:
    assert numbers(plan_of(tmp_path, AROUND.format(written))) == {("default", 1, "def"): [1, 40, 41, 80, 81, 100]}


def test_numbers_without_the_word_keep_the_order_in_which_they_are_written(tmp_path: Path) -> None:
    text = AROUND.format("[9, 3, around-knees]").replace("style: def", "style: [def, async]")
    text += "  exclude: [{style: async, concurrency: around-knees}]\n"
    assert numbers(plan_of(tmp_path, text)) == {
        ("default", 1, "def"): [3, 9, 40, 41, 80, 81],
        ("default", 1, "async"): [9, 3],
    }


def test_an_exclude_takes_out_what_the_word_stands_for_as_what_is_written(tmp_path: Path) -> None:
    text = AROUND.format("[1, 40, around-knees]") + "  exclude: [{concurrency: 40}]\n"
    assert numbers(plan_of(tmp_path, text)) == {("default", 1, "def"): [1, 41, 80, 81]}
    text = (
        AROUND.format("[1, around-knees]")
        + "  thread_limit: [7, 40]\n  exclude: [{thread_limit: 40, concurrency: %s}]\n"
    )
    assert numbers(plan_of(tmp_path, text % "[80, 81]")) == {
        (7, 1, "def"): [1, 7, 8, 14, 15],
        (40, 1, "def"): [1, 40, 41],
    }
    assert numbers(plan_of(tmp_path, text % "[1, 40, 41, 80, 81]")) == {(7, 1, "def"): [1, 7, 8, 14, 15]}


def test_an_exclude_of_a_number_that_the_word_never_stands_for_is_refused(tmp_path: Path) -> None:
    nothing = (
        "matrix.yaml:{}:13: this excludes nothing: concurrency is never '{}', it is around-knees; fix it or remove it"
    )
    text = AROUND.format("around-knees") + "  exclude: [{concurrency: 50}]\n"
    assert problems_of(tmp_path, text) == [nothing.format(7, 50)]
    text = (
        AROUND.format("around-knees") + "  include: [{server: uvicorn, style: def, thread_limit: 7, concurrency: 7}]\n"
    )
    assert problems_of(tmp_path, f"{text}  exclude: [{{concurrency: 7}}]\n") == [nothing.format(8, 7)]


def test_an_exclude_of_all_that_the_word_stands_for_leaves_nothing_to_measure(tmp_path: Path) -> None:
    text = AROUND.format("around-knees") + "  exclude: [{concurrency: [40, 41, 80, 81]}]\n"
    assert problems_of(tmp_path, text) == [
        "matrix.yaml:3:1: `exclude` leaves nothing to measure; remove an entry, or name more values"
    ]


def test_an_exclude_meets_the_numbers_as_include_leaves_them_and_nothing_that_include_adds(tmp_path: Path) -> None:
    text = (
        AROUND.format("around-knees")
        + """\
  include:
    - {server: uvicorn, style: def, workers: 2}
    - {server: uvicorn, style: def, concurrency: 81}
    - {server: granian, style: def, concurrency: around-knees}
"""
    )
    plan = plan_of(tmp_path, f"{text}  exclude: [{{concurrency: [81, 160]}}]\n")
    assert [(cell.launch.server, cell.launch.workers, cell.concurrency) for cell in plan.cells] == [
        ("uvicorn", 2, 80),
        ("uvicorn", 2, 161),
        ("uvicorn", 1, 81),
        ("granian", 1, 40),
        ("granian", 1, 41),
        ("granian", 1, 80),
        ("granian", 1, 81),
    ]


def test_an_include_can_be_around_knees_or_add_a_number_to_them(tmp_path: Path) -> None:
    alone = "{server: uvicorn, style: async, thread_limit: 2, concurrency: around-knees}"
    text = AROUND.format("[1]") + f"  include: [{alone}]\n"
    assert numbers(plan_of(tmp_path, text)) == {("default", 1, "def"): [1], (2, 1, "async"): [2, 3, 4, 5]}
    text = AROUND.format("[around-knees]") + "  include: [{server: uvicorn, style: def, concurrency: 50}]\n"
    assert numbers(plan_of(tmp_path, text)) == {("default", 1, "def"): [40, 41, 50, 80, 81]}


def test_a_closed_loop_may_be_around_knees(tmp_path: Path) -> None:
    text = AROUND.format("around-knees") + "executor: closed-loop\n"
    assert numbers(plan_of(tmp_path, text)) == {("default", 1, "def"): [40, 41, 80, 81]}


@pytest.mark.parametrize("executor", ["constant-arrival-rate", "poisson-arrival-rate"])
def test_an_open_loop_has_no_knees(tmp_path: Path, executor: str) -> None:
    text = OPEN_LOOP.replace("constant-arrival-rate", executor).replace("[20, 40]", "[20, around-knees]")
    problem = (
        f"executor {executor} takes no concurrency 'around-knees': there it is the most connections, and has no knee; "
        "name a number"
    )
    assert problems_of(tmp_path, text) == [f"matrix.yaml:8:1: {problem}"]
    inherited = AROUND.format("around-knees") + f"profiles: {{open: {{executor: {executor}, matrix: {{rate: 5}}}}}}\n"
    assert problems_of(tmp_path, inherited) == [f"matrix.yaml:7:19: {problem} (with profile 'open')"]


def test_points_beyond_what_a_client_can_send_are_left_out(tmp_path: Path) -> None:
    text = AROUND.format("around-knees") + "  thread_limit: [2500, 5000]\ndelay: 10ms\n"
    assert numbers(plan_of(tmp_path, text)) == {(2500, 1, "def"): [2500, 2501, 5000], (5000, 1, "def"): [5000]}


def test_a_combination_that_is_left_without_any_point_is_refused(tmp_path: Path) -> None:
    text = AROUND.format("[1, around-knees]") + "  thread_limit: [40, 5001]\n  workers: [1, 64]\n"
    problem = "'around-knees' stands for no number up to 5000 where thread_limit is"
    assert problems_of(tmp_path, text) == [
        f"matrix.yaml:6:3: {problem} 5001 and workers is 1; exclude it there, or lower them",
        f"matrix.yaml:6:3: {problem} 5001 and workers is 64; exclude it there, or lower them",
    ]
    exclude = "  exclude: [{thread_limit: 5001, concurrency: around-knees}]\n"
    assert numbers(plan_of(tmp_path, text + exclude))[5001, 64, "def"] == [1]


@settings(max_examples=settings().max_examples // 2)
@given(
    limit=st.integers(1, 2000) | st.just("default"),
    workers=st.integers(1, 4),
    written=st.lists(st.integers(1, 5000), unique=True, max_size=5),
    place=st.integers(0, 5),
)
def test_the_numbers_are_the_model_s_and_those_written(
    tmp_path_factory: pytest.TempPathFactory, limit: int | str, workers: int, written: list[int], place: int
) -> None:
    words: list[int | str] = [*written]
    words.insert(place, "around-knees")
    text = AROUND.format(f"[{', '.join(map(str, words))}]")
    text += f"  thread_limit: {limit}\n  workers: {workers}\ndelay: 10ms\ndeadline: 60m\n"
    fit = (DEFAULT_THREADS if isinstance(limit, str) else limit) * workers
    points = {number for number in (fit, fit + 1, 2 * fit, 2 * fit + 1) if number <= 5000}
    folder = tmp_path_factory.mktemp("drawn")
    if points:
        assert numbers(plan_of(folder, text)) == {(limit, workers, "def"): sorted(points | set(written))}
    else:
        assert len(problems_of(folder, text)) == 1
