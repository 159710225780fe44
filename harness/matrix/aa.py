"""The plan of an A/A by itself: one cell, measured in each block under two names."""

from collections.abc import Callable
from dataclasses import replace

from harness.matrix.catalog import server_catalog
from harness.matrix.control import SUFFIX
from harness.matrix.planner import is_installed
from harness.model.plan import Cell, Launch, Limits, Load, Pair, Plan, Variant

PREFERRED = "uvicorn"
BLOCKS = 10
THREAD_LIMIT = 40
CONCURRENCY = 20
DELAY_S = 0.1
PRACTICAL_DIFFERENCE = 0.05


def aa_plan(blocks: int = BLOCKS, installed: Callable[[str], bool] = is_installed) -> Plan | None:
    """The plan, on uvicorn or else on the first server that is installed; None where none is.

    A burst of `def`, since that takes threads, which a busy machine disturbs first. One cell only: over several, what
    the machine does would average out, and the comparisons of a run have one pair of cells in each block.
    """
    catalog = server_catalog()
    names = [name for name in (PREFERRED, *catalog) if name in catalog and installed(catalog[name].distribution)]
    if not names:
        return None
    launch = Launch("sleep", names[0], THREAD_LIMIT, workers=1, loop=catalog[names[0]].loops[0], delay_s=DELAY_S)
    again = replace(launch, server=f"{launch.server}{SUFFIX}")
    cells = tuple(Cell(each, "def", "burst", "engine", CONCURRENCY) for each in (launch, again))
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
        comparisons=(),
        thresholds=(),
        profile=None,
        only=(),
        matrix="",
    )
