"""Blocks: every cell once, shuffled, the same for the same seed."""

from pathlib import Path

from harness.matrix.order import order_block
from tests.unit.matrix.written import GOOD, plan_of

MATRIX = GOOD.replace("uvicorn", "[uvicorn, granian, h2corn]") + "  thread_limit: [1, 2, 3]\n"


def test_a_block_has_every_cell_once_and_every_launch_once(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, MATRIX)
    turns = order_block(plan, 1)
    assert sorted(place for turn in turns for place in turn.cells) == list(range(len(plan.cells)))
    assert len({turn.launch for turn in turns}) == len(turns) == 9
    assert all(plan.cells[place].launch == turn.launch for turn in turns for place in turn.cells)


def test_a_block_is_the_same_for_the_same_seed_and_differs_from_the_next(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, MATRIX)
    assert order_block(plan, 2) == order_block(plan_of(tmp_path, MATRIX), 2)
    assert order_block(plan, 1) != order_block(plan, 2)
    assert order_block(plan, 1) != order_block(plan_of(tmp_path, f"{MATRIX}seed: 2\n"), 1)
