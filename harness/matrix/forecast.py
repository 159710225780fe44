"""The expected duration of cells, launches and blocks: the scenario's model plus the time of the harness itself."""

import math
import os

from harness.matrix.catalog import read_facts, server_catalog
from harness.model.axes import DEFAULT_THREADS
from harness.model.executors import executor_of
from harness.model.plan import Cell, Launch, Load, Plan

CELL_S = 0.01
"""What the harness spends on a cell of no work with a single request: measured on two cores with CPython 3.11."""

REQUEST_S = 0.001
"""What one more request of a burst adds to that, on the same machine."""


def executor_threads() -> int:
    """Threads in asyncio's own pool, by the rule of the Python that runs this."""
    cpus: int | None = getattr(os, "process_cpu_count", os.cpu_count)()
    return min(32, (cpus or 1) + 4)


EXECUTOR_THREADS = executor_threads()


def cell_s(cell: Cell, load: Load) -> float:
    """Seconds that one cell should take in one block: its burst, or its window and the requests still in flight."""
    window_s = load.warmup_s + load.duration_s if executor_of(cell).has_window else 0.0
    return CELL_S + cell.concurrency * REQUEST_S + load.settle_s + window_s + _model_s(cell)


def _model_s(cell: Cell) -> float:
    """Seconds until the last of all requests in flight has its answer, if they spread evenly over the workers."""
    launch = cell.launch
    model = read_facts().models.get((launch.scenario, cell.style))
    if model is None or launch.delay_s is None:
        return 0.0
    limit = DEFAULT_THREADS if launch.thread_limit == "default" else launch.thread_limit
    return model.expect_s(launch, math.ceil(cell.concurrency / launch.workers), limit, EXECUTOR_THREADS)


def launch_s(plan: Plan, launch: Launch) -> float:
    """Seconds that one start and stop of a server should take."""
    return server_catalog()[plan.variants[launch.server].server].launch_s


def block_s(plan: Plan) -> float:
    """Seconds that one block should take."""
    launches = {cell.launch for cell in plan.cells}
    return sum(launch_s(plan, launch) for launch in launches) + sum(cell_s(cell, plan.load) for cell in plan.cells)


def least_s(plan: Plan) -> float:
    """Seconds that the fewest blocks should take."""
    return plan.min_blocks * block_s(plan)


def total_s(plan: Plan) -> float:
    """Seconds that the most blocks should take."""
    return plan.blocks * block_s(plan)
