"""How long `plan` takes, from its start to the last line: for the default matrix, and for 100,000 cells."""

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent

MATRIX = """\
title: 100,000 cells
scenario: sleep
delay: 100ms
matrix:
  server: [uvicorn]
  thread_limit: [{thread_limits}]
  style: [def, async]
  concurrency: [{concurrencies}]
executor: burst
blocks: 6
seed: 1
"""


def measure() -> dict[str, float]:
    """Measure the seconds of planning the default matrix, and 100,000 cells."""
    with TemporaryDirectory() as folder:
        large = Path(folder) / "matrix.yaml"
        large.write_text(write_matrix(thread_limits=100, concurrencies=500))
        return {"seconds_default": time_plan(ROOT / "matrix.yaml"), "seconds_100k": time_plan(large)}


def write_matrix(thread_limits: int, concurrencies: int) -> str:
    """Return a matrix of two styles with these numbers of thread limits and concurrencies."""
    return MATRIX.format(thread_limits=_up_to(thread_limits), concurrencies=_up_to(concurrencies))


def time_plan(matrix: Path) -> float:
    """Return the seconds that one process takes to plan a matrix and print the plan."""
    began_s = time.perf_counter()
    subprocess.run([sys.executable, "-m", "harness", "plan", matrix], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began_s


def _up_to(last: int) -> str:
    return ", ".join(map(str, range(1, last + 1)))
