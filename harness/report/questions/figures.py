"""The figures: one table for the first screen, and all of them folded."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product

from harness.analysis.findings import CellFinding, Findings
from harness.model.executors import executor_of, format_load, load_of
from harness.model.words import counted
from harness.report.cells import (
    COMPARED,
    describe_blocks,
    explain_marks,
    mark,
    order_styles,
    servers_of,
    share_out,
    styles_of,
)
from harness.report.conditions import group_by_conditions, run_axes
from harness.report.document import (
    MOST_COLUMNS,
    Block,
    Bullets,
    Details,
    Line,
    Paragraph,
    Section,
    Subheading,
    Table,
    Words,
    as_line,
    code,
    line,
    link,
    table,
)
from harness.report.numbers import NONE, middle_and_tail, milliseconds, per_second, seconds

Column = tuple[str, str]
"""A server and a style."""

_CLASS_HEADERS = ("server", "style", "load", "class", "requests", "p50 / p95 / p99, ms", "slowest, ms")


def numbers(findings: Findings) -> list[Block]:
    """Return the table of the first screen: the first conditions of the run, `def` and `async` if there are both."""
    conditions, cells = _first_conditions(findings)
    compared = [finding for finding in cells if finding.cell.style in COMPARED] or cells
    if not compared:
        return []
    return [Paragraph(line("{} ({}).", _describe_headline(compared), conditions)), *_render_cells(compared)][:2]


def section(findings: Findings) -> Section | None:
    """Return the figures of all cells by conditions, but for those of the first screen; None without any cell."""
    if not findings.cells:
        return None
    finding = line(
        "{} over {}. Every percentile is in {}.",
        counted(len(findings.cells), "cell"),
        describe_blocks(findings.cells),
        link("results.json", "results.json"),
    )
    executors = {executor_of(each.cell): each for each in findings.cells}
    readings = [Paragraph(line("{}.", _describe_headline([each]))) for each in executors.values()]
    return Section("figures", "All figures", (*readings, *_render_every(findings)), rank=5, finding=finding)


def _first_conditions(findings: Findings) -> tuple[str, list[CellFinding]]:
    measured = [finding for finding in findings.cells if finding.blocks]
    groups = group_by_conditions(measured, lambda finding: finding.cell, run_axes(findings) | {"thread_limit"})
    return groups[0] if groups else ("", [])


def _render_every(findings: Findings) -> Iterator[Block]:
    axes = run_axes(findings) | {"thread_limit"}
    shown, _ = _first_conditions(findings)
    for conditions, cells in group_by_conditions(findings.cells, lambda finding: finding.cell, axes):
        left = [finding for finding in cells if conditions != shown or finding.cell.style not in COMPARED]
        if left:
            yield Subheading(as_line(conditions))
            yield from _render_cells(left)
        if notes := list(explain_marks(cells)):
            yield Bullets(tuple(notes))
        yield from _render_classes(cells)


def _describe_headline(cells: Sequence[CellFinding]) -> Line:
    """Return what the figures are, and of how many blocks."""
    executor = executor_of(cells[0].cell)
    blocks = describe_blocks(cells)
    if executor.is_burst:
        return as_line(f"Seconds until the last answer, by concurrent requests: median over {blocks}")
    if executor.is_closed_loop:
        return as_line(f"Requests/s by connections that are always busy, over {blocks}; latencies are p50 / p99 in ms")
    return as_line(f"Open loop, over {blocks}: latency p50 / p99 counts from when a request was due")


def _render_cells(cells: Sequence[CellFinding]) -> Iterator[Block]:
    executor = executor_of(cells[0].cell)
    if executor.is_burst:
        yield from _lay_out(cells, _write_burst)
    elif executor.is_closed_loop:
        yield _render_steady(cells)
    else:
        yield _render_rates(cells)


def _write_burst(finding: CellFinding) -> str:
    return mark(finding, NONE if finding.median_s is None else seconds(finding.median_s))


def _render_steady(cells: Sequence[CellFinding]) -> Table:
    rows = [
        [
            *_name(finding),
            mark(finding, NONE if finding.rps is None else per_second(finding.rps)),
            _write_interval(finding),
            middle_and_tail(finding.latency),
        ]
        for finding in _by_server_and_style(cells)
    ]
    return table(("server", "style", "connections", "requests/s", "interval", "latency, ms"), rows, "llrrrr")


def _render_rates(cells: Sequence[CellFinding]) -> Table:
    rows = [
        [
            *_name(finding),
            mark(finding, NONE if finding.rps is None else per_second(finding.rps)),
            middle_and_tail(finding.latency),
            NONE if finding.punctuality is None else str(finding.punctuality.late),
            NONE if finding.punctuality is None else str(finding.punctuality.dropped),
        ]
        for finding in _by_server_and_style(cells)
    ]
    return table(("server", "style", "rate", "answered/s", "latency, ms", "late", "dropped"), rows, "llrrrrr")


def _name(finding: CellFinding) -> list[str | Line]:
    return [finding.cell.launch.server, as_line(code(finding.cell.style)), format_load(finding.cell)]


def _write_interval(finding: CellFinding) -> str:
    if finding.rps_low is None or finding.rps_high is None:
        return NONE
    return f"{per_second(finding.rps_low)} to {per_second(finding.rps_high)}"


def _by_server_and_style(cells: Sequence[CellFinding]) -> list[CellFinding]:
    servers, styles = servers_of(cells), styles_of(cells)
    return sorted(
        cells,
        key=lambda finding: (
            servers.index(finding.cell.launch.server),
            styles.index(finding.cell.style),
            load_of(finding.cell),
        ),
    )


def _lay_out(findings: Sequence[CellFinding], write: Callable[[CellFinding], str]) -> Iterator[Table]:
    """Yield as many tables as it takes, a row per concurrency, none too wide, none with an empty row or column."""
    cells = {
        ((finding.cell.launch.server, finding.cell.style), finding.cell.concurrency): write(finding)
        for finding in findings
    }
    for columns in _share_out_columns(list(dict.fromkeys(column for column, _ in cells))):
        loads = sorted({concurrency for column, concurrency in cells if column in columns})
        rows = [[str(load), *(cells.get((column, load), NONE) for column in columns)] for load in loads]
        headers: list[Words] = ["requests", *(line("{} {}", server, code(style)) for server, style in columns)]
        yield table(headers, rows, "r" * len(headers))


def _share_out_columns(columns: Sequence[Column]) -> list[list[Column]]:
    """Return the columns of each table: `def` next to `async`, other styles after them, servers in their order."""
    servers = list(dict.fromkeys(server for server, _ in columns))
    styles = order_styles(style for _, style in columns)
    room = MOST_COLUMNS - 1
    compared = [style for style in styles if style in COMPARED]
    others = share_out([style for style in styles if style not in COMPARED], max(1, room // len(servers)))
    layout = [
        [column for column in product(part, group) if column in columns]
        for group in (compared, *others)
        if group
        for part in share_out(servers, room // len(group))
    ]
    return [held for held in layout if held]


def _render_classes(cells: Sequence[CellFinding]) -> Iterator[Block]:
    """Yield a folded table with a row per cell and class of requests; nothing if no style has several classes."""
    rows = [
        [
            *_name(finding),
            as_line(code(name)),
            str(found.requests),
            " / ".join(
                NONE if ms is None else milliseconds(ms)
                for ms in (found.latency.p50_ms, found.latency.p95_ms, found.latency.p99_ms)
            ),
            milliseconds(found.max_ms),
        ]
        for finding in cells
        for name, found in finding.classes.items()
    ]
    if rows:
        yield Details(line("Latency by class of request"), (table(_CLASS_HEADERS, rows, "lllrrrr"),))
