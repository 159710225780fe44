"""The A/A control: cells of the baseline, once more under another name."""

from dataclasses import replace
from pathlib import Path

from harness.matrix.order import order_block
from harness.model.plan import Pair, Variant
from tests.unit.matrix.written import GOOD, plan_of

BASELINE = "baseline: {server: mine, style: async}\nservers: {mine: {server: uvicorn, args: [--http, h11]}}\n"
TEXT = GOOD.replace("uvicorn", "[mine, granian]") + BASELINE


def test_every_cell_of_the_baseline_is_measured_again_under_another_name(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, TEXT)
    assert plan.controls == (Pair(8, 2), Pair(9, 3))
    assert plan.control_names == {"mine (A/A)"}
    for pair in plan.controls:
        original = plan.cells[pair.against]
        assert (original.launch.server, original.style) == ("mine", "async")
        assert plan.cells[pair.cell] == replace(original, launch=replace(original.launch, server="mine (A/A)"))
    mine = Variant("uvicorn", ("--http", "h11"))
    assert plan.variants == {"mine": mine, "granian": Variant("granian"), "mine (A/A)": mine}
    assert plan.cells[:8] == plan_of(tmp_path, TEXT.replace(BASELINE.splitlines()[0], "")).cells


def test_the_repetition_has_a_launch_of_its_own_in_every_block(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, TEXT)
    for number in (1, 2):
        (group,) = order_block(plan, number)
        turns = sorted((turn.launch.server, len(turn.cells)) for turn in group.turns)
        assert turns == [("granian", 4), ("mine", 4), ("mine (A/A)", 2)]


def test_a_baseline_without_a_server_repeats_its_cells_of_every_server(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, TEXT.replace("server: mine, style: async", "style: def, concurrency: 40"))
    assert [(plan.cells[pair.cell].launch.server, pair.against) for pair in plan.controls] == [
        ("mine (A/A)", 1),
        ("granian (A/A)", 5),
    ]


def test_what_is_not_measured_is_not_repeated(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, TEXT, installed=lambda name: name != "uvicorn")
    assert (len(plan.refusals), plan.controls, "mine (A/A)" in plan.variants) == (4, (), False)
    assert plan_of(tmp_path, TEXT, only=["style=def"]).controls == ()
    assert plan_of(tmp_path, TEXT, only=["server=granian"]).controls == ()
    assert plan_of(tmp_path, TEXT, only=["concurrency=40"]).controls == (Pair(4, 1),)


def test_a_profile_without_the_baseline_has_no_control(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, f"{TEXT}profiles: {{other: {{matrix: {{server: granian}}}}}}\n", "other")
    assert (plan.controls, len(plan.cells)) == ((), 4)
