"""Tables of the highest load of each style on each server."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from harness.analysis.findings import CellFinding, Findings
from harness.model.axes import format_thread_limit
from harness.model.executors import executor_of, format_load, load_of
from harness.report.writing.conditions import cell_conditions, group_by_conditions, run_axes
from harness.report.writing.grid import in_order
from harness.report.writing.markdown import Align, code, details, table, text

MOST_ROWS = 24
"""A longer table is folded away."""

Write = Callable[[CellFinding], str]


def busiest(findings: Iterable[CellFinding]) -> list[CellFinding]:
    """Return the cell of the highest load per server, style and conditions, in the order of the servers."""
    most: dict[tuple[object, str, str], CellFinding] = {}
    for finding in findings:
        cell = finding.cell
        key = (tuple(cell_conditions(cell).values()), cell.launch.server, cell.style)
        if key not in most or _load(finding) > _load(most[key]):
            most[key] = finding
    styles = in_order(list(dict.fromkeys(finding.cell.style for finding in most.values())))
    servers = list(dict.fromkeys(finding.cell.launch.server for finding in most.values()))
    return sorted(
        most.values(),
        key=lambda finding: (servers.index(finding.cell.launch.server), styles.index(finding.cell.style)),
    )


def _load(finding: CellFinding) -> tuple[int, int]:
    return load_of(finding.cell), finding.cell.concurrency


def tables(what: str, cells: Sequence[CellFinding], columns: Mapping[str, Write], findings: Findings) -> list[str]:
    """Return a table of these cells for each setting that the run varies, under its heading, with these columns."""
    axes = run_axes(findings) - {"thread_limit"}
    parts = []
    for name, alike in group_by_conditions(cells, lambda finding: finding.cell, axes):
        if name:
            parts.append(f"### {what}: {name}")
        headers = ["server", "style", "thread limit", load_header(alike), *columns]
        rows = [_row(finding, columns.values()) for finding in alike]
        align: list[Align] = ["left" if header in ("server", "style") else "right" for header in headers]
        parts.append(folded(table(headers, rows, align), len(rows)))
    return parts


def _row(finding: CellFinding, columns: Iterable[Write]) -> list[str]:
    cell = finding.cell
    limit = format_thread_limit(cell.launch.thread_limit)
    return [
        text(cell.launch.server),
        code(cell.style),
        limit,
        format_load(cell),
        *(write(finding) for write in columns),
    ]


def load_header(findings: Iterable[CellFinding]) -> str:
    """Return the header of the loads of these cells."""
    return " or ".join(dict.fromkeys(executor_of(finding.cell).load_label for finding in findings))


def folded(written: str, rows: int) -> str:
    """Return a table, folded away if it has many rows."""
    return written if rows <= MOST_ROWS else details(f"All {rows} of them", written)
