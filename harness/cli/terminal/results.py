"""What the cells of one launch gave, in words: what a figure is called, how it is written, which row it belongs to."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.cli.terminal.text import duration
from harness.model.executors import executor_of, load_of
from harness.model.outcomes import Status
from harness.model.plan import Cell
from harness.model.words import counted, one_line

if TYPE_CHECKING:
    from harness.measure.progress import Progress, Result

AGAIN = "²"
AGAIN_NOTE = f"{AGAIN} measured again, since there was reason to doubt the first sample"
_SIGNS = 4


def standing(progress: "Progress") -> str:
    """How far a run has come: `block 2/6, launch 3/4`."""
    return f"block {progress.block}/{progress.blocks}, launch {progress.launch}/{progress.launches}"


def left(progress: "Progress") -> str:
    """How long a run still takes."""
    return f"{'at most ' if progress.at_most else ''}{duration(progress.left_s)} left"


def figure(result: "Result") -> str:
    """What a cell gave, about four digits of it, or what became of it instead."""
    return f"{result.status if result.figure is None else _number(result.figure)}{AGAIN if result.again else ''}"


def _number(value: float) -> str:
    return f"{value:.{max(0, _SIGNS - len(str(int(value))))}f}"


def unit(cells: Sequence[Cell]) -> str:
    """What the figures of these cells are."""
    return " or ".join(dict.fromkeys(executor_of(cell).headline_label for cell in cells))


def rows(cells: Sequence[Cell]) -> dict[str, dict[int, Cell]]:
    """The cells of a launch by row, and there by how much is asked of the server.

    A row is named by its style, and by whatever else there is more than one of.
    """
    parts = [_parts(cell) for cell in cells]
    varied = [place for place in range(len(parts[0])) if place == 0 or len({part[place] for part in parts}) > 1]
    found: dict[str, dict[int, Cell]] = {}
    for cell, part in zip(cells, parts, strict=True):
        found.setdefault(", ".join(part[place] for place in varied), {})[load_of(cell)] = cell
    return found


def _parts(cell: Cell) -> tuple[str, ...]:
    connections = "" if cell.rate is None else counted(cell.concurrency, "connection")
    return cell.style, cell.executor, cell.client, connections


def failure(result: "Result") -> str | None:
    """What went wrong with a cell, on one line; None where nothing did."""
    return (
        None if result.status is Status.OK else f"{result.status}: {one_line(result.reason or 'no reason was given')}"
    )
