"""What the harness adds: to a cell beyond its model, to a launch beyond the server's own start and stop.

Both are measured in the same run: between the launches of the harness, the same servers are started and stopped bare.
"""

import os
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from harness.matrix.catalog import scenario_catalog
from harness.measure import ports, run
from harness.measure.server import ask_in_force, command_for, environment_for
from harness.measure.stop import Stop
from harness.model import journal
from harness.model.journal import Ended, Sample
from harness.model.plan import Cell, Launch, Limits, Plan, Variant
from scenarios.kit import Crowd

SERVERS = ("uvicorn", "hypercorn", "granian")
STYLES = ("def", "async")
CONCURRENCY = (1, 20, 40, 41, 80)
ROUNDS = 3
LIMITS = Limits(ready_s=30.0, cell_s=30.0, stop_s=10.0)


def measure() -> dict[str, float]:
    """Medians in milliseconds: `per_cell_ms` over all samples, `per_launch_ms` over the rounds."""
    per_cell_s: list[float] = []
    per_launch_s: list[float] = []
    for _ in range(ROUNDS):
        bare_s = statistics.mean(_bare_launch_s(launch) for launch in _launches())
        samples, wall_s = _run()
        per_cell_s += [sample.wall_s - _model_s(sample) for sample in samples]
        around_cells_s = wall_s - sum(sample.wall_s for sample in samples)
        per_launch_s.append(around_cells_s / len(SERVERS) - bare_s)
    return {
        "per_cell_ms": statistics.median(per_cell_s) * 1e3,
        "per_launch_ms": statistics.median(per_launch_s) * 1e3,
    }


def _launches() -> list[Launch]:
    return [Launch("sleep", server, 40, 1, "uvloop", 0.1) for server in SERVERS]


CELLS = tuple(
    Cell(launch, style, "burst", "aiohttp", concurrency)
    for launch in _launches()
    for style in STYLES
    for concurrency in CONCURRENCY
)


def _run() -> tuple[list[Sample], float]:
    """The samples of a run of one block, and the seconds that it took."""
    plan = Plan(
        title="overhead",
        cells=CELLS,
        refusals=(),
        blocks=1,
        seed=1,
        limits=LIMITS,
        variants={server: Variant(server) for server in SERVERS},
        practical_difference=0.05,
        baseline={},
        thresholds={},
        profile=None,
        only=(),
        matrix="",
    )
    with tempfile.TemporaryDirectory() as folder:
        run.begin(plan, Path(folder), Stop(), lambda _: None)
        records = list(journal.read(Path(folder) / journal.FILE_NAME))
    samples = [record for record in records if isinstance(record, Sample)]
    if any(sample.status != "ok" for sample in samples):
        raise RuntimeError("a cell failed, so nothing can be said of the overhead")
    return samples, sum(record.wall_s for record in records if isinstance(record, Ended))


def _model_s(sample: Sample) -> float:
    cell = CELLS[sample.cell]
    model = scenario_catalog()["sleep"].styles[cell.style].model
    if model is None or cell.launch.delay_s is None:
        raise RuntimeError(f"style {cell.style} has no model to hold its samples against")
    return model(Crowd(cell.concurrency, 40, 40, cell.launch.delay_s))


def _bare_launch_s(launch: Launch) -> float:
    """Seconds from starting a server to its first answer, and from telling it to stop to its exit."""
    with tempfile.TemporaryDirectory() as folder:
        port = ports.free_port()
        variant = Variant(launch.server)
        env = environment_for(launch, variant, "bare", Path(folder))
        began_s = time.monotonic()
        command = command_for(launch, variant, port)
        with subprocess.Popen(
            command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        ) as server:
            try:
                _wait_for_answer(port, began_s + LIMITS.ready_s)
            finally:
                # To the group, as the harness does: some servers stop faster so than when only their parent is told.
                os.killpg(server.pid, signal.SIGTERM)
                server.wait()
        return time.monotonic() - began_s


def _wait_for_answer(port: int, deadline_s: float) -> None:
    while True:
        try:
            ask_in_force(port)
        except (OSError, ValueError):
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.005)
        else:
            return
