"""The figures of the first block as a table, shown once when that block is over: a first look, nothing decided."""

from collections.abc import Sequence

from harness.cli.terminal.labels import describe_figures, format_result, group_rows
from harness.measure.progress import Progress, Result, launch_label
from harness.model.executors import executor_of, load_of
from harness.model.plan import Cell, Launch
from harness.model.words import one_line

_GAP = "  "


class FirstBlock:
    """Collects the results of the first block of a run."""

    def __init__(self) -> None:
        self._results: dict[Cell, Result] = {}
        self._is_shown = False

    def add(self, progress: Progress) -> list[str]:
        """Add a step of the run; return the lines of the table at the first step of the second block, else nothing."""
        if progress.block == 1:
            if progress.result:
                self._results[progress.result.cell] = progress.result
            return []
        if self._is_shown or not self._results:
            return []
        self._is_shown = True
        title = f"block 1 of {progress.blocks}, not yet decided: {describe_figures(list(self._results))}"
        return [title, *_align(_make_rows(self._results))]


def _make_rows(results: dict[Cell, Result]) -> list[list[str]]:
    """Return a header of loads, and a row for each launch and style, in the order of their names."""
    loads = sorted({load_of(cell) for cell in results})
    launches: dict[Launch, list[Cell]] = {}
    for cell in results:
        launches.setdefault(cell.launch, []).append(cell)
    header = " or ".join(dict.fromkeys(executor_of(cell).load_label for cell in results))
    rows = [[header, *map(str, loads)]]
    for launch, cells in sorted(launches.items(), key=lambda each: launch_label(each[0])):
        for name, by_load in group_rows(cells).items():
            figures = [format_result(results[by_load[load]]) if load in by_load else "" for load in loads]
            rows.append([one_line(f"{launch_label(launch)}: {name}"), *figures])
    return rows


def _align(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [_GAP.join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows]
