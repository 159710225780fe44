"""The cells of two runs beside each other, under headings that name what the runs vary."""

from collections.abc import Iterable, Iterator, Sequence

from harness.analysis.statistics.estimates import Estimate
from harness.analysis.two_runs import Both, SideBySide
from harness.model.plan import BURST, CLOSED_LOOP, Cell
from harness.model.words import counted, load
from harness.report.sections.verdicts import interval
from harness.report.writing.busiest import folded
from harness.report.writing.conditions import group_by_conditions, varied_axes
from harness.report.writing.markdown import Align, code, table, text
from harness.report.writing.marks import BOUND, bound_note
from harness.report.writing.numbers import milliseconds, per_second, ratio, seconds


def section(found: SideBySide) -> Iterator[str]:
    """Every cell with its figure in each run, and how many times as much it cost in the second."""
    yield "## Cells"
    sure = any(both.ratio is not None and both.ratio.low is not None for both in found.cells)
    yield "Medians over blocks." + (" In brackets 95% intervals of each cell alone: they describe." if sure else "")
    axes = varied_axes([both.cell for both in found.cells]) | {"scenario"}
    for name, alike in group_by_conditions(found.cells, lambda both: both.cell, axes):
        yield f"### {name}"
        yield folded(_table(alike), len(alike))
    if note := bound_note(both.bound for both in found.cells):
        yield note
    if found.without is not None:
        cells = counted(found.without.cells, "cell")
        yield f"Without a figure in one of the runs: {cells}, {text(found.without.names)}."


def _table(alike: Sequence[Both]) -> str:
    cell = alike[0].cell
    unit, at = _unit(cell), "at once" if cell.rate is None else "rate"
    with_ratio = alike[0].ratio is not None
    headers = ("server", "style", at, f"A, {unit}", f"B, {unit}", "blocks, A and B", *(["B / A"] if with_ratio else []))
    align: list[Align] = ["left" if header in ("server", "style") else "right" for header in headers]
    return table(headers, [_row(both) for both in alike], align)


def _row(both: Both) -> list[str]:
    cell = both.cell
    figures = [_figure(cell, cost_s) + (BOUND if both.bound else "") for cost_s in both.cost_s]
    times = [] if both.ratio is None else [_times(both.ratio)]
    return [text(cell.launch.server), code(cell.style), load(cell), *figures, each(both.blocks), *times]


def _times(found: Estimate) -> str:
    return ratio(found.median) + ("" if found.low is None else f" ({interval(found.low, found.high)})")


def _unit(cell: Cell) -> str:
    return {BURST: "s", CLOSED_LOOP: "answers/s"}.get(cell.executor, "ms of mean latency")


def _figure(cell: Cell, cost_s: float) -> str:
    """What a cell cost, as its executor is spoken of."""
    if cell.executor == BURST:
        return seconds(cost_s)
    return per_second(1 / cost_s) if cell.executor == CLOSED_LOOP else milliseconds(1000 * cost_s)


def each(blocks: Iterable[int]) -> str:
    """How many blocks there are in each run."""
    return ", ".join(map(str, blocks))
