"""The progress of a run on standard error: drawn in place on a terminal, as lines elsewhere, or not at all.

This module must not load what renders reports: it shares a process with what measures.
"""

# ruff: noqa: T201 - this module prints

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from harness.cli.terminal import format_duration
from harness.measure.progress import Progress, Result, Watch
from harness.model.axes import AXES, CONNECTIONS, Scope
from harness.model.executors import executor_of, format_load, load_of
from harness.model.outcomes import Status
from harness.model.plan import Cell
from harness.model.words import one_line

AGAIN = "²"
AGAIN_NOTE = f"{AGAIN} measured again, since there was reason to doubt the first sample"
_DIGITS = 4
_ROW_AXES = (*(axis for axis in AXES if axis.scope is Scope.CELL and axis.name != "style"), CONNECTIONS)


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[Watch]:
    """Yield a function that shows one step of a run."""
    if quiet:
        yield lambda _: None
        return
    if sys.stderr.isatty():
        # Only a terminal needs rich, and only rich knows which terminals cannot be drawn on.
        from rich.console import Console  # noqa: PLC0415

        from harness.cli.terminal.live import draw_progress  # noqa: PLC0415

        console = Console(stderr=True)
        if console.is_interactive:
            with draw_progress(console) as watch:
                yield watch
            return
    lines = ProgressLines()
    try:
        yield lines.show
    finally:
        lines.print_results()


class ProgressLines:
    """Prints a line when a launch begins, and another when all its cells have been measured."""

    def __init__(self) -> None:
        self._launch = (0, 0)
        self._cells: tuple[Cell, ...] = ()
        self._results: dict[Cell, Result] = {}

    def show(self, progress: Progress) -> None:
        """Print the news of this step."""
        launch = (progress.block, progress.launch)
        if launch != self._launch:
            self.print_results()
            self._launch, self._cells = launch, progress.cells
        if progress.result:
            self._results[progress.result.cell] = progress.result
        elif progress.cell is None:
            _print_line(
                f"{describe_position(progress)}: {one_line(progress.doing)}; {progress.done} of {progress.total} "
                f"samples, {progress.failures} failed, {describe_time_left(progress)}"
            )

    def print_results(self) -> None:
        """Print the results of the current launch that have not been printed yet."""
        if not self._results:
            return
        results, self._results = self._results, {}
        rows = {
            name: [f"{format_result(results[cell])} at {format_load(cell)}" for cell in row.values() if cell in results]
            for name, row in group_rows(self._cells).items()
        }
        figures = "; ".join(f"{name} {', '.join(row)}" for name, row in rows.items() if row)
        _print_line(f"  {describe_figures(self._cells)}: {figures}")
        if any(result.again for result in results.values()):
            _print_line(f"  {AGAIN_NOTE}")
        for failure in list_failures(results.values()):
            _print_line(f"  {failure}")


def _print_line(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def describe_position(progress: Progress) -> str:
    """Return how far a run has come: `block 2/6, launch 3/4`."""
    return f"block {progress.block}/{progress.blocks}, launch {progress.launch}/{progress.launches}"


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
        # A name speaks for itself; a number needs its words.
        names = (value if isinstance(value, str) else axis.phrase(value) for axis, value in values if value is not None)
        rows.setdefault(", ".join([cell.style, *names]), {})[load_of(cell)] = cell
    return rows
