"""Tables of many cells: a row per concurrency, a column per server and style."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise, product
from typing import TypeVar

from harness.analysis.findings import CellFinding
from harness.model.axes import format_delay
from harness.report.writing.markdown import MOST_COLUMNS, code, table, text
from harness.report.writing.numbers import NONE

Thing = TypeVar("Thing")
GridColumn = tuple[str, str]
"""A server and a style."""

COMPARED = ("def", "async")
STYLES = (*COMPARED, "async-blocking", "async-to-thread", "async-threadpool")


def one_delay(cells: Sequence[CellFinding]) -> str:
    """Return the end of a legend: the delay of all requests, if they have one in common."""
    delays_s = {finding.cell.launch.delay_s for finding in cells}
    delay_s = delays_s.pop() if len(delays_s) == 1 else None
    return "" if delay_s is None else f" The delay of a request is {format_delay(delay_s)}."


def tables(findings: Sequence[CellFinding], write: Callable[[CellFinding], str]) -> list[str]:
    """Return as many tables as it takes, none of them too wide, none with an empty row or column."""
    cells = {
        ((finding.cell.launch.server, finding.cell.style), finding.cell.concurrency): write(finding)
        for finding in findings
    }
    written = []
    for columns in _layout(list(dict.fromkeys(column for column, _ in cells))):
        concurrencies = sorted({concurrency for column, concurrency in cells if column in columns})
        rows = [
            [str(concurrency), *(cells.get((column, concurrency), NONE) for column in columns)]
            for concurrency in concurrencies
        ]
        headers = ["at once", *(f"{text(server)} {code(style)}" for server, style in columns)]
        written.append(table(headers, rows, ["right"] * len(headers)))
    return written


def _layout(columns: Sequence[GridColumn]) -> list[list[GridColumn]]:
    """Return the columns of each table: `def` next to `async`, other styles after them, servers in their order."""
    servers = list(dict.fromkeys(server for server, _ in columns))
    styles = in_order(list(dict.fromkeys(style for _, style in columns)))
    room = MOST_COLUMNS - 1
    compared = [style for style in styles if style in COMPARED]
    others = shared_out([style for style in styles if style not in COMPARED], max(1, room // len(servers)))
    layout = [
        [column for column in product(part, beside) if column in columns]
        for beside in (compared, *others)
        if beside
        for part in shared_out(servers, room // len(beside))
    ]
    return [held for held in layout if held]


def in_order(styles: Sequence[str]) -> list[str]:
    """Return styles in the usual order, unknown ones last."""
    return sorted(styles, key=lambda style: STYLES.index(style) if style in STYLES else len(STYLES))


def shared_out(things: Sequence[Thing], most: int) -> list[Sequence[Thing]]:
    """Return things in as few parts as possible, of at most `most` each and about equal."""
    parts = max(1, math.ceil(len(things) / most))
    bounds = [len(things) * part // parts for part in range(parts + 1)]
    return [things[low:high] for low, high in pairwise(bounds)]
