"""The predicted duration: the model of the style, for the busiest worker."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from harness.matrix import forecast
from harness.matrix.forecast import REQUEST_S, WINDOW_S, cell_s, first_window_s, launch_s, total_s
from harness.matrix.order import STARTED_TOGETHER
from harness.model.executors import EXECUTORS
from harness.model.plan import Cell, Launch, Load, ThreadLimit, Variant
from servers import uvicorn
from tests.builders.journals import plan

LOAD = Load(settle_s=0.05, warmup_s=2.0, duration_s=30.0, processes=1, connections="keep-alive")


def cell(
    style: str, concurrency: int, thread_limit: ThreadLimit = 40, workers: int = 1, scenario: str = "sleep"
) -> Cell:
    delay_s = 0.1 if scenario == "sleep" else None
    launch = Launch(scenario, "mine", thread_limit, workers, "uvloop", delay_s)
    return Cell(launch, style, "burst", "aiohttp", concurrency)


@pytest.mark.parametrize(
    ("measured", "work_s"),
    [
        (cell("async", 120), 0.1),
        (cell("def", 40), 0.1),
        (cell("def", 41), 0.2),
        (cell("def", 120, "default"), 0.3),
        (cell("def", 81, workers=2), 0.2),
        (cell("async-blocking", 20), 2.0),
        (cell("async-blocking", 20, workers=3), 0.7),
        (cell("def", 500, scenario="noop"), 0.0),
    ],
)
def test_a_cell_takes_its_model_its_pause_and_what_the_harness_costs(measured: Cell, work_s: float) -> None:
    assert first_window_s(measured, LOAD) == pytest.approx(work_s + 0.05 + WINDOW_S + measured.concurrency * REQUEST_S)


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("measured", [cell("def", 81), cell("def", 81, scenario="noop")])
def test_a_steady_executor_takes_its_warmup_and_its_window_besides(measured: Cell, executor: str) -> None:
    besides_s = first_window_s(replace(measured, executor=executor), LOAD) - first_window_s(measured, LOAD)
    assert besides_s == pytest.approx(32.0 if EXECUTORS[executor].has_window else 0.0)


def test_asyncios_own_pool_has_the_size_that_this_python_gives_it() -> None:
    assert forecast.executor_threads() == ThreadPoolExecutor()._max_workers


def test_a_run_takes_all_launches_and_cells_of_all_blocks() -> None:
    cells = (cell("async", 1), cell("def", 1), cell("async", 1, thread_limit=7))
    two_launches = plan(*cells, blocks=3, load=LOAD, variants={"mine": Variant("uvicorn")})
    one_launch_s = launch_s(two_launches, cells[0].launch)
    assert one_launch_s == uvicorn.server.launch_s
    cells_s = sum(first_window_s(each, LOAD) for each in cells)
    assert total_s(two_launches) == pytest.approx(3 * (2 * one_launch_s / STARTED_TOGETHER + cells_s))


def test_further_windows_of_a_cell_open_no_connections() -> None:
    once = plan(cell("def", 41), load=LOAD)
    often = replace(once, rounds=5, focus=frozenset({0}))
    assert cell_s(often, 0) - cell_s(once, 0) == pytest.approx(4 * (0.2 + WINDOW_S))


def test_a_budget_limits_what_a_run_may_take_but_not_its_fewest_blocks() -> None:
    some = plan(cell("def", 41), load=LOAD, blocks=10, min_blocks=2, variants={"mine": Variant("uvicorn")})
    assert total_s(replace(some, budget_s=forecast.least_s(some) + 1.0)) == pytest.approx(forecast.least_s(some) + 1.0)
    assert total_s(replace(some, budget_s=0.1)) == forecast.least_s(some)
