from dataclasses import replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from harness.model.plan import Cell
from harness.model.words import counted
from harness.report.naming import Names
from tests.builders.executors import CONSTANT_RATE
from tests.builders.journals import LAUNCH, cell, plan, steady_cell

STYLES = ("def", "async", "async-blocking")
SERVERS = ("uvicorn", "granian", "daphne")


def cells(limits: tuple[int, ...] = (40,), concurrencies: tuple[int, ...] = (20, 80, 120)) -> list[Cell]:
    return [
        cell(style, concurrency, replace(LAUNCH, server=server, thread_limit=limit))
        for server, limit, style, concurrency in product(SERVERS, limits, STYLES, concurrencies)
    ]


def grouped(planned: list[Cell], named: list[Cell]) -> str:
    return Names(plan(*planned)).name_group(named)


def test_an_axis_with_one_value_goes_without_saying() -> None:
    names = Names(plan(*cells()))

    assert names.name_launch(cells()[0].launch) == "uvicorn"
    assert names.name_cell(cells()[1]) == "uvicorn def at 80"


def test_axes_that_vary_are_named() -> None:
    two_clients = [
        cell("def", 80, replace(LAUNCH, thread_limit=limit, workers=2), client)
        for limit in (40, "default")
        for client in ("engine", "article")
    ]
    names = Names(plan(*two_clients))

    assert names.name_launch(two_clients[2].launch) == "uvicorn (default thread limit)"
    assert names.name_cell(two_clients[1]) == "uvicorn (thread limit 40, client article) def at 80"


def test_an_open_loop_is_named_by_its_rate() -> None:
    rates = [steady_cell(CONSTANT_RATE, 64, rate) for rate in (100, 200, 400)]
    names = Names(plan(*rates))

    assert names.name_cell(rates[1]) == "uvicorn def at 200/s"
    assert names.name_group(rates[1:]) == "uvicorn at 200/s, 400/s"


def test_the_connections_of_an_open_loop_are_named_where_they_vary() -> None:
    few, many = (steady_cell(CONSTANT_RATE, connections, 200) for connections in (64, 128))
    names = Names(plan(few, many))

    assert names.name_cell(few) == "uvicorn (64 connections) def at 200/s"
    assert names.name_group([many]) == "uvicorn (128 connections)"
    assert names.name_launch(few.launch) == "uvicorn"


def test_a_scenario_without_a_delay_is_named_without_one() -> None:
    launches = [LAUNCH, replace(LAUNCH, delay_s=0.5), replace(LAUNCH, scenario="noop", delay_s=None)]
    names = Names(plan(*(cell("def", launch=launch) for launch in launches)))

    assert [names.name_launch(launch) for launch in launches] == [
        "uvicorn (sleep, delay 100 ms)",
        "uvicorn (sleep, delay 500 ms)",
        "uvicorn (noop)",
    ]


def test_a_delay_that_goes_with_its_scenario_goes_without_saying() -> None:
    launches = [LAUNCH, replace(LAUNCH, scenario="noop", delay_s=None)]
    names = Names(plan(*(cell("def", launch=launch) for launch in launches)))

    assert [names.name_launch(launch) for launch in launches] == ["uvicorn (sleep)", "uvicorn (noop)"]


def test_the_loop_of_a_server_that_has_one_goes_without_saying() -> None:
    daphne = cell("def", launch=replace(LAUNCH, server="daphne", loop="asyncio"))

    assert Names(plan(cell("def"), daphne)).name_launch(daphne.launch) == "daphne"


def test_all_cells_of_a_server_are_counted() -> None:
    assert grouped(cells(), [one for one in cells() if one.launch.server == "daphne"]) == "daphne: 9 cells"


def test_a_product_of_values_is_named_by_them() -> None:
    named = [
        one
        for one in cells(limits=(10, 40))
        if one.launch.server != "daphne" and one.style == "async-blocking" and one.concurrency > 20
    ]

    assert grouped(cells(limits=(10, 40)), named) == "uvicorn, granian async-blocking at 80, 120"


def test_a_launch_that_singles_out_is_named_in_brackets() -> None:
    named = [one for one in cells(limits=(10, 40)) if one.launch.thread_limit == 10 and one.style == "def"]

    assert grouped(cells(limits=(10, 40)), named) == "uvicorn, granian, daphne (thread limit 10) def"


def test_what_is_no_product_is_counted() -> None:
    named = [one for one in cells() if (one.style, one.concurrency) in {("def", 80), ("async", 120)}]

    assert grouped(cells(), named) == "uvicorn, granian, daphne: 2 cells each"


def test_a_long_list_of_values_is_counted() -> None:
    many = cells(concurrencies=tuple(range(1, 10)))

    assert grouped(many, [one for one in many if one.concurrency > 2]) == "uvicorn, granian, daphne: 21 cells each"


@given(st.sets(st.sampled_from(cells(limits=(10, 40))), min_size=1))
def test_a_group_names_each_of_its_servers_once(named: set[Cell]) -> None:
    text = grouped(cells(limits=(10, 40)), sorted(named, key=str))

    for server in SERVERS:
        assert text.count(server) == any(one.launch.server == server for one in named)


def test_things_are_counted() -> None:
    assert [counted(number, "cell") for number in (0, 1, 2)] == ["0 cells", "1 cell", "2 cells"]
    assert counted(2, "launch", "launches") == "2 launches"
