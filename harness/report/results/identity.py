"""What a thing in results.json is called by, and how its figures are rounded."""

from typing import Any

from harness.model.plan import Cell, Launch

SECONDS_DECIMALS = 6
MS_DECIMALS = 3
US_DECIMALS = 1
MB_DECIMALS = 1
RPS_DECIMALS = 3
SHARE_DECIMALS = 4
CONFIDENCE_DECIMALS = 6


def launch_identity(launch: Launch) -> dict[str, Any]:
    """What tells a launch apart from all others of its run."""
    return {
        "scenario": launch.scenario,
        "delay_s": rounded(launch.delay_s, SECONDS_DECIMALS),
        "pool_size": launch.pool_size,
        "parameters": dict(launch.parameters) or None,
        "server": launch.server,
        "thread_limit": launch.thread_limit,
        "workers": launch.workers,
        "loop": launch.loop,
    }


def cell_identity(cell: Cell) -> dict[str, Any]:
    """What tells a cell apart from all others of its run."""
    return {
        **launch_identity(cell.launch),
        "style": cell.style,
        "executor": cell.executor,
        "client": cell.client,
        "concurrency": cell.concurrency,
        "rate": cell.rate,
    }


def rounded(value: float | None, decimals: int) -> float | None:
    """A figure to as many decimals, so that the last bits of a sum cannot change the file."""
    return None if value is None else round(float(value), decimals)
