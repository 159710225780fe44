"""The plan of an A/A holds one cell twice, on a server that is installed."""

from dataclasses import replace

from harness.doctor.aa import plan_aa


def test_the_two_cells_differ_in_nothing_but_the_name() -> None:
    plan = plan_aa()
    assert plan is not None
    cell, again = plan.cells
    assert replace(again, launch=replace(again.launch, server=cell.launch.server)) == cell
    assert [plan.cells[pair.against] for pair in plan.controls] == [cell]
    assert plan.control_names == {"uvicorn (A/A)"}
    assert plan.variants["uvicorn (A/A)"] == plan.variants["uvicorn"]


def test_another_server_takes_its_place_where_uvicorn_is_not_installed() -> None:
    plan = plan_aa(installed=lambda name: name in {"hypercorn", "granian"})
    assert plan is not None
    assert [cell.launch.server for cell in plan.cells] == ["granian", "granian (A/A)"]
    assert plan_aa(installed=lambda _: False) is None
