"""Progress where there is no terminal to draw on: a line when a server is started, one with what its cells gave."""

# ruff: noqa: T201 - printing is what this module is for

import sys
from typing import TYPE_CHECKING

from harness.cli.terminal.results import AGAIN_NOTE, failure, figure, left, rows, standing, unit
from harness.model.executors import format_load
from harness.model.words import one_line

if TYPE_CHECKING:
    from harness.measure.progress import Progress, Result
    from harness.model.plan import Cell


class Lines:
    """Tells of every launch when it begins, and of its cells when all of them have been measured."""

    def __init__(self) -> None:
        self._launch = (0, 0)
        self._cells: tuple[Cell, ...] = ()
        self._results: dict[Cell, Result] = {}

    def show(self, progress: "Progress") -> None:
        """Print what is new in this step."""
        launch = (progress.block, progress.launch)
        if launch != self._launch:
            self.tell_results()
            self._launch, self._cells = launch, progress.cells
        if progress.result:
            self._results[progress.result.cell] = progress.result
        elif progress.cell is None:
            _print(
                f"{standing(progress)}: {one_line(progress.doing)}; {progress.done} of {progress.total} samples, "
                f"{progress.failures} failed, {left(progress)}"
            )

    def tell_results(self) -> None:
        """Print what is known of the cells of the launch so far, and has not been printed."""
        if not self._results:
            return
        results, self._results = self._results, {}
        found = {
            row: [f"{figure(results[cell])} at {format_load(cell)}" for cell in cells.values() if cell in results]
            for row, cells in rows(self._cells).items()
        }
        told = "; ".join(f"{row} {', '.join(figures)}" for row, figures in found.items() if figures)
        _print(f"  {unit(self._cells)}: {told}")
        if any(result.again for result in results.values()):
            _print(f"  {AGAIN_NOTE}")
        for reason in dict.fromkeys(map(failure, results.values())):
            if reason is not None:
                _print(f"  {reason}")


def _print(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
