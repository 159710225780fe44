"""Steps of a run to show, none of which was measured."""

from dataclasses import replace

from harness.measure.progress import Progress, Result, cell_label, launch_label
from harness.model.outcomes import Status
from harness.model.plan import Cell
from tests.builders.journals import cell
from tests.builders.launches import a_launch

LAUNCH = a_launch("uvicorn", loop="uvloop")


def cells(*loads: int) -> tuple[Cell, ...]:
    """The cells of a launch: `def` and `async` at so many requests at once."""
    return tuple(cell(style, load, LAUNCH) for style in ("def", "async") for load in loads)


def starting(of: tuple[Cell, ...], block: int = 1) -> Progress:
    """The first step of a launch."""
    return Progress(
        block=block,
        blocks=2,
        round=0,
        rounds=0,
        doing=f"starting {launch_label(of[0].launch)}",
        done=0,
        total=12,
        failures=0,
        left_s=83.0,
        cells=of,
    )


def measuring(of: tuple[Cell, ...], cell: Cell, block: int = 1) -> Progress:
    """A cell is measured now."""
    return replace(starting(of, block), round=1, rounds=3, doing=cell_label(cell), cell=cell)


def gave(of: tuple[Cell, ...], cell: Cell, figure: float, *, again: bool = False, block: int = 1) -> Progress:
    """A cell has just been measured."""
    result = Result(cell, Status.OK, figure, None, again)
    return replace(starting(of, block), doing=cell_label(cell), done=1, result=result)


def went_wrong(of: tuple[Cell, ...], cell: Cell, reason: str) -> Progress:
    """A cell has just failed."""
    result = Result(cell, Status.FAILED, None, reason, again=False)
    return replace(starting(of), doing=cell_label(cell), done=1, failures=1, result=result)
