"""Where does the time go? Waiting, working, and outside the application."""

from collections.abc import Callable

from harness.analysis.findings import CellFinding, Findings, Percentiles, Split
from harness.model.executors import format_load
from harness.report.cells import busiest_under_first_conditions
from harness.report.document import Block, Line, Paragraph, Row, Section, code, line, table
from harness.report.numbers import between, middle_and_tail, short_ms

_THREE_PARTS = (
    "p50 / p99 in ms over all requests at each style's highest load: waiting for a thread or the loop, working, and "
    "outside the application (server, wire and client). A p99 needs 299 requests."
)
_TWO_PARTS = (
    "p50 / p99 in ms over all requests at each style's highest load: in the application until it begins to answer, and "
    "outside it. Your own app is not changed, so waiting inside it cannot be told from working."
)
_BLOCKED = line(
    "While `async-blocking` blocks the loop the server cannot even read other requests, so their waiting counts as "
    "outside."
)


def section(findings: Findings) -> Section | None:
    """Return waiting, working and the rest, or None if nothing was measured."""
    cells = busiest_under_first_conditions(finding for finding in findings.cells if finding.split is not None)
    if not cells:
        return None
    only_two = all(map(has_two_parts, cells))
    parts: dict[str, Callable[[Split], Percentiles | None]] = {
        **({} if only_two else {"waiting": lambda split: split.wait}),
        "in the application" if only_two else "working": lambda split: split.work,
        "outside": lambda split: split.wire,
    }
    first = [finding for finding in cells if finding.cell.launch.server == cells[0].cell.launch.server]
    rows: list[Row] = [
        [
            code(finding.cell.style),
            format_load(finding.cell),
            *(middle_and_tail(part(finding.split) if finding.split else None) for part in parts.values()),
        ]
        for finding in first
    ]
    where = _name_scenario(findings, first[0])
    reading = line("{} On {}{}.", _TWO_PARTS if only_two else _THREE_PARTS, first[0].cell.launch.server, where)
    blocks: list[Block] = [Paragraph(reading), table(["style", "load", *parts], rows, "lr" + "r" * len(parts))]
    if any(finding.cell.style == "async-blocking" for finding in cells):
        blocks.append(Paragraph(_BLOCKED))
    return Section("time", "Where does the time go?", tuple(blocks), rank=4, finding=_describe(cells, findings))


def has_two_parts(finding: CellFinding) -> bool:
    """Return whether only the total time in the app is known, since the app does not say when a handler begins."""
    return finding.split is not None and finding.split.wait is None


def _name_scenario(findings: Findings, first: CellFinding) -> str:
    """Return the scenario, unless there is no other."""
    scenarios = {finding.cell.launch.scenario for finding in findings.cells}
    return f", scenario {first.cell.launch.scenario}" if len(scenarios) > 1 else ""


def _describe(cells: list[CellFinding], findings: Findings) -> Line:
    """Return how long the median request of the first style waited and worked at its highest load."""
    first = cells[0]
    alike = [
        each
        for each in cells
        if each.cell.style == first.cell.style and format_load(each.cell) == format_load(first.cell)
    ]
    splits = [each.split for each in alike if each.split is not None]
    waits = [split.wait.p50_ms for split in splits if split.wait is not None]
    work = between(short_ms(split.work.p50_ms) for split in splits)
    load = f"{format_load(first.cell)}{_name_scenario(findings, first)}"
    if not waits:
        return line("{} at {}: the median request spends {} ms in the application.", code(first.cell.style), load, work)
    return line(
        "{} at {}: the median request waits {} ms and works {} ms.",
        code(first.cell.style),
        load,
        between(map(short_ms, waits)),
        work,
    )
