"""The tables of the report: concurrency down, server and style across, seconds until the last answer."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise, product
from typing import TypeVar

from harness.analysis.findings import CellFinding, Findings
from harness.report.conditions import grouped, of_cell, varied
from harness.report.markdown import MOST_COLUMNS, code, details, prose, table, text
from harness.report.numbers import NONE, delay, ratio, seconds

Thing = TypeVar("Thing")
Column = tuple[str, str]
"""A server and a style."""

COMPARED = ("def", "async")
STYLES = (*COMPARED, "async-blocking", "async-to-thread", "async-threadpool")
PARTLY = "\\*"


def section(findings: Findings) -> str:
    """A heading and its tables for every scenario and thread limit, and for whatever else the run varies.

    What a scenario shows stands under its first heading.
    """
    axes = varied([finding.cell for finding in findings.cells]) | {"scenario", "thread limit"}
    shows = {scenario.name: scenario.shows for scenario in findings.scenarios}
    parts = ["## How long it took", _legend(findings)]
    for name, cells in grouped(findings.cells, lambda finding: of_cell(finding.cell), axes):
        parts.append(f"### {name}")
        if told := shows.pop(cells[0].cell.launch.scenario, None):
            parts.append(prose(told))
        parts += _tables(cells, _figure)
        if any(PARTLY in _figure(cell) for cell in cells):
            parts.append(f"{PARTLY} Some blocks gave no figure here: this is the median over those that did.")
        if sure := [cell for cell in cells if cell.low_s is not None]:
            parts.append(details("95% intervals of these figures, in seconds", "\n\n".join(_tables(sure, _interval))))
    return "\n\n".join(parts)


def _legend(findings: Findings) -> str:
    blocks = {cell.blocks for cell in findings.cells if cell.blocks}
    most = max(blocks, default=0)
    over = f"median over {'up to ' if len(blocks) > 1 else ''}{most} blocks" if most > 1 else "one block"
    brackets = "; in brackets, measured / model" if any(cell.vs_model is not None for cell in findings.cells) else ""
    delays_s = {cell.cell.launch.delay_s for cell in findings.cells}
    one_delay_s = delays_s.pop() if len(delays_s) == 1 else None
    each = "" if one_delay_s is None else f" The delay of a request is {delay(one_delay_s)}."
    return (
        "Down: simultaneous requests (at once). Across: server and style. "
        f"In seconds, until the last answer: {over}{brackets}.{each}"
    )


def _figure(finding: CellFinding) -> str:
    """What the main table says of a cell: its figure, or the word for why there is none."""
    if finding.median_s is None:
        return NONE if finding.status == "ok" else finding.status
    model = "" if finding.vs_model is None else f" ({ratio(finding.vs_model)})"
    mark = PARTLY if finding.blocks_failed else ""
    return f"{seconds(finding.median_s)}{model}{mark}"


def _interval(finding: CellFinding) -> str:
    if finding.low_s is None or finding.high_s is None:
        return NONE
    return f"{seconds(finding.low_s)} to {seconds(finding.high_s)}"


def _tables(findings: Sequence[CellFinding], write: Callable[[CellFinding], str]) -> list[str]:
    """As many tables as it takes, none of them too wide, none with an empty row or column."""
    cells = {
        ((finding.cell.launch.server, finding.cell.style), finding.cell.concurrency): write(finding)
        for finding in findings
    }
    tables = []
    for columns in _layout(list(dict.fromkeys(column for column, _ in cells))):
        concurrencies = sorted({concurrency for column, concurrency in cells if column in columns})
        rows = [
            [str(concurrency), *(cells.get((column, concurrency), NONE) for column in columns)]
            for concurrency in concurrencies
        ]
        headers = ["at once", *(f"{text(server)} {code(style)}" for server, style in columns)]
        tables.append(table(headers, rows, ["right"] * len(headers)))
    return tables


def _layout(columns: Sequence[Column]) -> list[list[Column]]:
    """Columns shared out over tables: `def` beside `async`, the other styles after them, servers in their order."""
    servers = list(dict.fromkeys(server for server, _ in columns))
    styles = in_order(list(dict.fromkeys(style for _, style in columns)))
    room = MOST_COLUMNS - 1
    compared = [style for style in styles if style in COMPARED]
    others = _shared_out([style for style in styles if style not in COMPARED], max(1, room // len(servers)))
    layout = [
        [column for column in product(part, beside) if column in columns]
        for beside in (compared, *others)
        if beside
        for part in _shared_out(servers, room // len(beside))
    ]
    return [held for held in layout if held]


def in_order(styles: Sequence[str]) -> list[str]:
    """Styles in the order of the house, unknown ones last."""
    return sorted(styles, key=lambda style: STYLES.index(style) if style in STYLES else len(STYLES))


def _shared_out(things: Sequence[Thing], most: int) -> list[Sequence[Thing]]:
    """Things in as few parts as hold at most so many each, the parts as equal as can be."""
    parts = max(1, math.ceil(len(things) / most))
    bounds = [len(things) * part // parts for part in range(parts + 1)]
    return [things[low:high] for low, high in pairwise(bounds)]
