"""The expected duration of windows, launches and blocks: the scenario's model plus the time of the harness itself."""

import math
import os
from collections.abc import Collection

from harness.matrix.catalog import read_facts, server_catalog
from harness.matrix.order import STARTED_TOGETHER, count_windows
from harness.model.axes import DEFAULT_THREADS
from harness.model.executors import executor_of
from harness.model.plan import Cell, Launch, Load, Plan

WINDOW_S = 0.03
"""What the harness spends on a window of no work with a single request: measured on two cores with CPython 3.11."""

REQUEST_S = 0.001
"""What one more connection adds to the first window, on the same machine."""


def executor_threads() -> int:
    """Threads in asyncio's own pool, by the rule of the Python that runs this."""
    cpus: int | None = getattr(os, "process_cpu_count", os.cpu_count)()
    return min(32, (cpus or 1) + 4)


EXECUTOR_THREADS = executor_threads()


def first_window_s(cell: Cell, load: Load) -> float:
    """Seconds that a cell of one window should take: its burst, or its window and the requests still in flight."""
    load_s = load.warmup_s + load.duration_s if executor_of(cell).has_window else 0.0
    return WINDOW_S + cell.concurrency * REQUEST_S + load.settle_s + load_s + _model_s(cell)


def cell_s(plan: Plan, index: int) -> float:
    """Seconds that all windows of a cell should take in one block."""
    cell = plan.cells[index]
    more = count_windows(plan, index) - 1
    return first_window_s(cell, plan.load) + more * (WINDOW_S + _model_s(cell))


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


def block_s(plan: Plan, cells: Collection[int] | None = None) -> float:
    """Seconds that one block of these cells should take, None for all."""
    measured = range(len(plan.cells)) if cells is None else cells
    launches = {plan.cells[cell].launch for cell in measured}
    started_s = sum(launch_s(plan, launch) for launch in launches) / min(len(launches) or 1, STARTED_TOGETHER)
    return started_s + sum(cell_s(plan, cell) for cell in measured)


def least_s(plan: Plan) -> float:
    """Seconds that the fewest blocks should take."""
    return plan.min_blocks * block_s(plan)


def total_s(plan: Plan) -> float:
    """Seconds that the run should take at most: the most blocks, or its budget if that is over sooner."""
    most_s = plan.blocks * block_s(plan)
    return most_s if plan.budget_s is None else max(least_s(plan), min(most_s, plan.budget_s))
