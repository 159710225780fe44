"""The doctor's own A/A run: one cell measured twice in each block, and what that says about the machine."""

import math
from collections.abc import Callable
from dataclasses import replace

from harness.analysis.findings import Control
from harness.matrix.catalog import server_catalog
from harness.matrix.control import SUFFIX
from harness.matrix.support import is_installed
from harness.model.axes import DEFAULT_THREADS
from harness.model.executors import BURST
from harness.model.plan import Cell, Launch, Limits, Load, Pair, Plan, Variant

PREFERRED = "uvicorn"
BLOCKS = 10
ROUNDS = 5
CONCURRENCY = 20
DELAY_S = 0.1
PRACTICAL_DIFFERENCE = 0.05


def plan_aa(blocks: int = BLOCKS, installed: Callable[[str], bool] = is_installed) -> Plan | None:
    """Return the plan, for uvicorn or else the first installed server; None if none is installed.

    The load is a burst of `def` requests: they need threads, which a busy machine disturbs first. There is one cell
    only: over several, the machine's noise would average out, and each comparison of a run has one pair per block.
    """
    catalog = server_catalog()
    names = [name for name in (PREFERRED, *catalog) if name in catalog and installed(catalog[name].distribution)]
    if not names:
        return None
    launch = Launch("sleep", names[0], DEFAULT_THREADS, workers=1, loop=catalog[names[0]].loops[0], delay_s=DELAY_S)
    again = replace(launch, server=f"{launch.server}{SUFFIX}")
    cells = tuple(Cell(each, "def", BURST.name, "engine", CONCURRENCY) for each in (launch, again))
    return Plan(
        title="A/A",
        cells=cells,
        refusals=(),
        blocks=blocks,
        min_blocks=blocks,
        seed=1,
        limits=Limits(ready_s=30.0, cell_s=20.0, stop_s=10.0),
        load=Load(settle_s=0.01, warmup_s=0.0, duration_s=0.0, processes=1, connections="keep-alive"),
        variants={cell.launch.server: Variant(launch.server) for cell in cells},
        practical_difference=PRACTICAL_DIFFERENCE,
        baseline={"server": launch.server},
        controls=(Pair(cell=1, against=0),),
        rounds=ROUNDS,
        focus=frozenset({0, 1}),
    )


def smallest_difference(control: Control) -> float | None:
    """Return the smallest difference, as a share, that the A/A's blocks can show; None without an interval.

    It is half the width of the interval, as a factor. A true difference of this size shows in about every other run,
    one of twice the size in nearly every run.
    """
    if control.low is None or control.high is None:
        return None
    return math.expm1(math.log(control.high / control.low) / 2)
