"""The words for a step of a run and for its results, the same in place and as lines."""

from collections.abc import Iterable, Sequence

from harness.cli.terminal import format_duration
from harness.measure.progress import Progress, Result
from harness.model.axes import AXES, CONNECTIONS, Scope
from harness.model.executors import executor_of, load_of
from harness.model.outcomes import Status
from harness.model.plan import Cell
from harness.model.words import one_line

AGAIN = "²"
AGAIN_NOTE = f"{AGAIN} measured again, since there was reason to doubt the first window"
_DIGITS = 4
_ROW_AXES = (*(axis for axis in AXES if axis.scope is Scope.CELL and axis.name != "style"), CONNECTIONS)


def describe_position(progress: Progress) -> str:
    """Return how far a run has come: `block 2/6, round 3/5`."""
    in_block = f", round {progress.round}/{progress.rounds}" if progress.round else ""
    return f"block {progress.block}/{progress.blocks}{in_block}"


def describe_time_left(progress: Progress) -> str:
    """Return how long a run still takes."""
    return f"{'at most ' if progress.at_most else ''}{format_duration(progress.left_s)} left"


def describe_figures(cells: Sequence[Cell]) -> str:
    """Return the name of the figures of these cells, with their unit."""
    return " or ".join(dict.fromkeys(executor_of(cell).headline_label for cell in cells))


def format_result(result: Result) -> str:
    """Return the figure of a cell to about four digits, or its status if there is none."""
    mark = AGAIN if result.again else ""
    if result.figure is None:
        return f"{result.status}{mark}"
    return f"{result.figure:.{max(0, _DIGITS - len(str(int(result.figure))))}f}{mark}"


def list_failures(results: Iterable[Result]) -> list[str]:
    """Return the different failures among these results, one line each."""
    failed = (result for result in results if result.status != Status.OK)
    return list(dict.fromkeys(f"{one.status}: {one_line(one.reason or 'no reason was given')}" for one in failed))


def group_rows(cells: Sequence[Cell]) -> dict[str, dict[int, Cell]]:
    """Return the cells of a launch by row, and in a row by load.

    A row has the name of its style, and the values of the axes that vary on this launch.
    """
    varied = [axis for axis in _ROW_AXES if len({axis.value(cell) for cell in cells}) > 1]
    rows: dict[str, dict[int, Cell]] = {}
    for cell in cells:
        values = ((axis, axis.value(cell)) for axis in varied)
        # A name says what it is; a number needs its words.
        names = (value if isinstance(value, str) else axis.phrase(value) for axis, value in values if value is not None)
        rows.setdefault(", ".join([cell.style, *names]), {})[load_of(cell)] = cell
    return rows
