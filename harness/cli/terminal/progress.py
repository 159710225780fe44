"""The progress of a run on standard error: drawn in place on a terminal, as lines elsewhere, or not at all.

This module must not load what renders reports: it shares a process with what measures.
"""

# ruff: noqa: T201 - this module prints

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from harness.cli.terminal.first_block import FirstBlock
from harness.cli.terminal.labels import (
    AGAIN_NOTE,
    describe_figures,
    describe_position,
    describe_time_left,
    format_result,
    group_rows,
    list_failures,
)
from harness.measure.progress import Progress, Result, Watch, launch_label
from harness.model.executors import format_load
from harness.model.groups import group_by
from harness.model.plan import Cell
from harness.model.words import one_line


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
    lines, first_block = ProgressLines(), FirstBlock()

    def show(progress: Progress) -> None:
        if table := first_block.add(progress):
            lines.print_results()
            _print_line("\n".join(table))
        lines.show(progress)

    try:
        yield show
    finally:
        lines.print_results()


class ProgressLines:
    """Prints a line when launches begin, and another for each when all their cells have been measured."""

    def __init__(self) -> None:
        self._cells: tuple[Cell, ...] = ()
        self._block = 0
        self._results: dict[Cell, Result] = {}

    def show(self, progress: Progress) -> None:
        """Print the news of this step."""
        if (progress.block, progress.cells) != (self._block, self._cells):
            self.print_results()
            self._block, self._cells = progress.block, progress.cells
        if progress.result:
            self._results[progress.result.cell] = progress.result
        elif progress.cell is None:
            _print_line(
                f"{describe_position(progress)}: {one_line(progress.doing)}; {progress.done} of {progress.total} "
                f"cells, {progress.failures} failed, {describe_time_left(progress)}"
            )

    def print_results(self) -> None:
        """Print the results that have not been printed yet, a line for each launch."""
        if not self._results:
            return
        results, self._results = self._results, {}
        for launch, cells in group_by(self._cells, lambda cell: cell.launch).items():
            rows = {
                name: [
                    f"{format_result(results[cell])} at {format_load(cell)}" for cell in row.values() if cell in results
                ]
                for name, row in group_rows(cells).items()
            }
            if figures := "; ".join(f"{name} {', '.join(row)}" for name, row in rows.items() if row):
                _print_line(f"  {one_line(launch_label(launch))}, {describe_figures(cells)}: {figures}")
        if any(result.again for result in results.values()):
            _print_line(f"  {AGAIN_NOTE}")
        for failure in list_failures(results.values()):
            _print_line(f"  {failure}")


def _print_line(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
