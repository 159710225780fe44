"""Progress drawn in place on a terminal: position, time left, current step, and the last results of the launch."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from harness.cli.terminal.first_block import FirstBlock
from harness.cli.terminal.labels import (
    AGAIN,
    AGAIN_NOTE,
    describe_figures,
    describe_position,
    describe_time_left,
    format_result,
    group_rows,
    list_failures,
)
from harness.measure.progress import Progress, Result, Watch, launch_label
from harness.model.executors import executor_of, load_of
from harness.model.plan import Cell
from harness.model.words import one_line

_COLUMN = len(f"timeout{AGAIN}")
_GAP = 1
_NOT_YET = "·"
_NOW = "..."


LastResults = Mapping[Cell, tuple[int, Result]]
"""The last result of each cell, after its block."""


@contextmanager
def draw_progress(console: Console) -> Iterator[Watch]:
    """Yield a function that draws a step of a run; at the end, the terminal is as it was before."""
    last: dict[Cell, tuple[int, Result]] = {}
    first_block = FirstBlock()
    # A thread that redraws now and then would wake up while a sample is measured, and take time from it. So the picture
    # changes only when the run says what it does next: between samples, when nothing is measured.
    with Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False) as live:

        def watch(progress: Progress) -> None:
            if progress.result:
                last[progress.result.cell] = progress.block, progress.result
            if lines := first_block.add(progress):
                console.print(Text("\n".join([*lines, ""])), soft_wrap=True)
            live.update(render_frame(progress, last, console.width), refresh=True)

        try:
            yield watch
        finally:
            # rich draws once more at the end, in full: a picture higher than the window would leave a part behind.
            live.update(Text())


def render_frame(progress: Progress, last: LastResults, width: int) -> RenderableType:
    """Return the picture of one step, `width` columns wide."""
    bar = Table.grid(expand=True, padding=(0, _GAP, 0, 0))
    bar.add_column(ratio=1)
    bar.add_column(no_wrap=True)
    bar.add_row(
        ProgressBar(total=progress.total, completed=progress.done, complete_style="cyan"),
        f"{progress.done}/{progress.total} cells",
    )
    failed = Text(f"{progress.failures} failed", "red" if progress.failures else "green")
    return Group(
        bar,
        _crop_line(Text(", ").join([Text(describe_position(progress)), failed, Text(describe_time_left(progress))])),
        _crop_line(Text.assemble(("now: ", "dim"), one_line(progress.doing))),
        Text(),
        *_render_results(progress, last, width),
    )


def _crop_line(text: Text) -> Text:
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _render_results(progress: Progress, last: LastResults, width: int) -> Iterator[RenderableType]:
    """Yield the table of this launch, with a line above it and notes on its marks."""
    newest = progress.cell or (progress.result and progress.result.cell) or progress.cells[0]
    cells = [cell for cell in progress.cells if cell.launch == newest.launch]
    rows = group_rows(cells)
    loads = sorted({load_of(cell) for cell in cells})
    header = executor_of(newest).load_label
    name_width = min(max(map(len, [header, *rows])), width // 2)
    # As many loads as fit, among them the one that is measured or was measured last.
    fitting = max(1, (width - name_width) // (_COLUMN + _GAP))
    first = loads.index(load_of(newest)) // fitting * fitting
    shown = loads[first : first + fitting]

    yield _crop_line(Text(f"{one_line(launch_label(newest.launch))}: {describe_figures(cells)}"))
    table = Table(box=None, padding=(0, 0, 0, _GAP), pad_edge=False, header_style="dim")
    table.add_column(header, max_width=name_width, no_wrap=True, overflow="ellipsis")
    for load in shown:
        table.add_column(str(load), width=_COLUMN, justify="right", no_wrap=True)
    for name, by_load in rows.items():
        table.add_row(Text(name), *(_render_cell(by_load.get(load), progress, last) for load in shown))
    yield table

    if len(shown) < len(loads):
        yield _crop_line(Text(f"{len(shown)} of {len(loads)} columns: there is no room for more", "dim"))
    of_launch = [last[cell] for cell in cells if cell in last]
    if any(result.again for _, result in of_launch):
        yield _crop_line(Text(AGAIN_NOTE, "dim"))
    for failure in list_failures(result for block, result in of_launch if block == progress.block):
        yield _crop_line(Text(failure, "red"))


def _render_cell(cell: Cell | None, progress: Progress, last: LastResults) -> Text:
    """Return the last result of one cell, dimmed if it is from an earlier block."""
    if cell is None:
        return Text()
    if cell == progress.cell:
        return Text(_NOW, "bold cyan")
    if cell not in last:
        return Text(_NOT_YET, "dim")
    block, result = last[cell]
    style = "red" if result.figure is None else "yellow" if result.again else ""
    return Text(format_result(result), style if block == progress.block else f"dim {style}")
