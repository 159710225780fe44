"""Blocks: every cell in all its windows, shuffled, the same for the same seed, what is compared next to each other."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.matrix.order import Group, count_windows, order_block
from harness.model.plan import Pair, Plan
from tests.builders.journals import LAUNCH, cell, plan, steady_cell
from tests.unit.matrix.written import GOOD, plan_of

MATRIX = GOOD.replace("uvicorn", "[uvicorn, granian, h2corn]") + "  thread_limit: [1, 2, 3]\n"
COMPARED = f"{MATRIX}baseline: {{server: uvicorn, thread_limit: 1, style: async}}\nrounds: 3\n"


def windows(groups: tuple[Group, ...]) -> Counter[int]:
    return Counter(cell for group in groups for cells in group.rounds for cell in cells)


def test_a_block_has_every_launch_once_and_every_cell_in_all_its_windows(tmp_path: Path) -> None:
    some = plan_of(tmp_path, COMPARED + "compare: [{server: all, against: baseline}]\n")
    groups = order_block(some, 1)
    turns = [turn for group in groups for turn in group.turns]
    assert len({turn.launch for turn in turns}) == len(turns) == 10
    assert all(some.cells[place].launch == turn.launch for turn in turns for place in turn.cells)
    assert windows(groups) == {place: count_windows(some, place) for place in range(len(some.cells))}
    assert {count_windows(some, place) for place in some.focus} == {3}
    assert 0 < len(some.focus) < len(some.cells)


def test_a_block_is_the_same_for_the_same_seed_and_differs_from_the_next(tmp_path: Path) -> None:
    some = plan_of(tmp_path, MATRIX)
    assert order_block(some, 2) == order_block(plan_of(tmp_path, MATRIX), 2)
    assert order_block(some, 1) != order_block(some, 2)
    assert order_block(some, 1) != order_block(plan_of(tmp_path, f"{MATRIX}seed: 2\n"), 1)


def test_both_sides_of_a_comparison_follow_each_other_in_every_round(tmp_path: Path) -> None:
    some = plan_of(tmp_path, COMPARED + "compare: [{style: [def, async]}]\n")
    for number in range(1, 4):
        for group in order_block(some, number):
            for cells in group.rounds:
                for pair in some.comparisons:
                    if pair.cell in cells:
                        others = [p.cell for p in some.controls if p.against == pair.against]
                        assert abs(cells.index(pair.cell) - cells.index(pair.against)) <= 1 + len(others)


def test_a_group_holds_as_many_launches_as_may_be_alive_and_all_that_are_compared(tmp_path: Path) -> None:
    some = plan_of(tmp_path, COMPARED + "compare: [{server: all, against: baseline}]\nalive: 2\n")
    groups = order_block(some, 1)
    alive = [{turn.launch for turn in group.turns} for group in groups]
    compared = {some.cells[place].launch for pair in some.comparisons for place in (pair.cell, pair.against)}
    (together,) = [launches for launches in alive if launches & compared]
    assert compared < together, "the A/A control belongs to what it controls"
    assert all(len(launches) <= 2 for launches in alive if launches != together)


def test_an_open_loop_has_one_window_and_so_has_a_cell_that_no_question_is_about() -> None:
    some = plan(cell("def", 5), cell("def", 6), steady_cell("closed-loop"), steady_cell("poisson-arrival-rate", rate=5))
    some = replace(some, rounds=4, focus=frozenset({0, 2, 3}))
    assert [count_windows(some, place) for place in range(4)] == [4, 1, 4, 1]


def test_only_the_cells_of_open_questions_are_measured_and_only_their_servers_started() -> None:
    other = replace(LAUNCH, server="granian")
    some = plan(cell("def", 5), cell("async", 5), cell("async", 5, other), rounds=2, focus=frozenset({0, 1}))
    (group,) = order_block(some, 3, {1})
    assert [turn.launch for turn in group.turns] == [LAUNCH]
    assert group.rounds == ((1,), (1,))


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_whatever_is_compared_every_window_is_planned_once_and_pairs_share_a_group(data: st.DataObject) -> None:
    servers = [replace(LAUNCH, server=f"s{number}") for number in range(data.draw(st.integers(1, 6)))]
    cells = tuple(cell(style, load, launch) for launch in servers for style in ("def", "async") for load in (1, 2))
    place = st.integers(0, len(cells) - 1)
    pairs = tuple(Pair(*both) for both in data.draw(st.lists(st.tuples(place, place), max_size=8)))
    some: Plan = replace(
        plan(*cells),
        comparisons=pairs,
        rounds=data.draw(st.integers(1, 4)),
        focus=data.draw(st.frozensets(place)),
        alive=data.draw(st.integers(1, 8)),
    )
    groups = order_block(some, data.draw(st.integers(1, 3)))
    assert windows(groups) == {index: count_windows(some, index) for index in range(len(cells))}
    group_of = {place: number for number, group in enumerate(groups) for turn in group.turns for place in turn.cells}
    assert all(group_of[pair.cell] == group_of[pair.against] for pair in pairs)
