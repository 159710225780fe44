"""The overhead of the harness: per cell beyond its model, per launch beyond the server's own start and stop, per run.

The first two are measured in the same run: between the launches of the harness, the same servers are started and
stopped without it.
"""

import os
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from harness.matrix.catalog import scenario_catalog
from harness.matrix.forecast import executor_threads
from harness.matrix.planner import make_plan
from harness.measure import run
from harness.measure.process import find_free_port
from harness.measure.readiness import fetch_facts
from harness.measure.server import build_command, build_environment
from harness.measure.stop import Stop
from harness.model import journal
from harness.model.journal import Window
from harness.model.outcomes import Status
from harness.model.plan import Cell, Course, Launch, Plan
from scenarios.kit import Crowd

MATRIX = """\
scenario: sleep
matrix:
  server: [uvicorn, hypercorn, granian]
  thread_limit: 40
  style: [def, async]
  concurrency: [1, 20, 40, 41, 80]
blocks: 1
"""
ROUNDS = 3


def measure() -> dict[str, float]:
    """Measure the overhead in ms: medians over all samples (`per_cell_ms`) and over the rounds (the others)."""
    plan = _plan()
    launches = list(dict.fromkeys(cell.launch for cell in plan.cells))
    per_cell_s: list[float] = []
    per_launch_s: list[float] = []
    per_run_s: list[float] = []
    for _ in range(ROUNDS):
        bare_s = statistics.mean(_bare_launch_s(launch, plan) for launch in launches)
        samples, before_s, launches_s = _run(plan)
        per_cell_s += [sample.wall_s - _model_s(plan.cells[sample.cell]) for sample in samples]
        around_cells_s = launches_s - sum(sample.wall_s for sample in samples)
        per_launch_s.append(around_cells_s / len(launches) - bare_s)
        per_run_s.append(before_s)
    return {
        "per_cell_ms": statistics.median(per_cell_s) * 1e3,
        "per_launch_ms": statistics.median(per_launch_s) * 1e3,
        "per_run_ms": statistics.median(per_run_s) * 1e3,
    }


def _plan() -> Plan:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "matrix.yaml"
        path.write_text(MATRIX)
        return make_plan(path)


def _run(plan: Plan) -> tuple[list[Window], float, float]:
    """Return the samples of a run of one block, the seconds before its first launch and the seconds from then on.

    Before its first launch a run measures the ceiling of the load generator.
    """
    shown_s: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        began_s = time.monotonic()
        run.begin(plan, Path(folder), lambda: Course(plan.blocks), Stop(), lambda _: shown_s.append(time.monotonic()))
        ended_s = time.monotonic()
        records = list(journal.read(journal.find(Path(folder))))
    samples = [record for record in records if isinstance(record, Window)]
    if any(sample.status != Status.OK for sample in samples):
        raise RuntimeError("a cell failed, so the overhead is unknown")
    return samples, shown_s[0] - began_s, ended_s - shown_s[0]


def _model_s(cell: Cell) -> float:
    model = scenario_catalog()[cell.launch.scenario].styles[cell.style].model
    assert model is not None
    assert cell.launch.delay_s is not None
    assert cell.launch.thread_limit != "default"
    return model(Crowd(cell.concurrency, cell.launch.thread_limit, executor_threads(), cell.launch.delay_s))


def _bare_launch_s(launch: Launch, plan: Plan) -> float:
    """Return the seconds from starting a server to its first answer, plus those from stopping it to its exit."""
    with tempfile.TemporaryDirectory() as folder:
        port = find_free_port()
        variant = plan.variants[launch.server]
        env = build_environment(launch, variant, "bare", Path(folder))
        began_s = time.monotonic()
        command = build_command(launch, variant, port)
        with subprocess.Popen(
            command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        ) as server:
            try:
                _wait_for_answer(port, began_s + plan.limits.ready_s)
            finally:
                # To the group, as the harness does: some servers stop faster than if only their parent is signalled.
                os.killpg(server.pid, signal.SIGTERM)
                server.wait()
        return time.monotonic() - began_s


def _wait_for_answer(port: int, deadline_s: float) -> None:
    while True:
        try:
            fetch_facts(port)
        except (OSError, ValueError):
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.005)
        else:
            return
