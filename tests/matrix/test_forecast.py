"""The predicted duration: the model of the style, for the busiest worker."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.matrix import forecast
from harness.matrix.forecast import CELL_S, REQUEST_S, cell_s, launch_s, total_s
from harness.model.plan import Cell, Launch, Limits, Plan, ThreadLimit, Variant
from servers import uvicorn


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
def test_a_cell_takes_its_model_and_what_the_harness_costs(measured: Cell, work_s: float) -> None:
    assert cell_s(measured) == pytest.approx(work_s + CELL_S + measured.concurrency * REQUEST_S)


def test_asyncios_own_pool_has_the_size_that_this_python_gives_it() -> None:
    assert forecast.executor_threads() == ThreadPoolExecutor()._max_workers


def test_a_run_takes_all_launches_and_cells_of_all_blocks() -> None:
    cells = (cell("async", 1), cell("def", 1), cell("async", 1, thread_limit=7))
    plan = Plan(
        title="two launches",
        cells=cells,
        refusals=(),
        blocks=3,
        seed=1,
        limits=Limits(1.0, 1.0, 1.0),
        variants={"mine": Variant("uvicorn")},
        practical_difference=0.05,
        baseline={},
        thresholds={},
        profile=None,
        only=(),
        matrix="",
    )
    one_launch_s = launch_s(plan, cells[0].launch)
    assert one_launch_s == uvicorn.server.launch_s
    assert total_s(plan) == pytest.approx(3 * (2 * one_launch_s + sum(map(cell_s, cells))))
