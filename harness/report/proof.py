"""What a reader can check the figures by: where the time went, and what was in force inside the servers."""

from collections.abc import Iterable

from harness.analysis.findings import CellFinding, Findings, LaunchFinding
from harness.report.conditions import grouped, of_cell, of_launch, thread_limit, varied
from harness.report.durations import in_order
from harness.report.markdown import code, details, table, text
from harness.report.numbers import NONE, milliseconds, seconds

_MOST_ROWS = 24
"""A longer table is folded away, so that what comes after it is found."""

_TIME_HEADERS = (
    "server", "style", "thread limit", "at once", "waiting, ms", "working, ms", "server and wire, ms",
)  # fmt: skip
_TIME_READING = (
    "Medians over all requests of each style's highest concurrency: waiting to be handled (for a thread, or for the "
    "loop), working, and all outside the application (the server, the wire and the client)."
)
_BLOCKED_READING = (
    "While `async-blocking` blocks the loop, the server cannot even read the other requests: they have not entered the "
    "application, so their waiting stands under server and wire."
)
_PROOF_HEADERS = ("server", "version", "thread limit", "peak handlers", "workers", "loop", "HTTP parser")
_PROOF_READING = (
    "Read back from inside the servers, as `asked → in force`. Peak handlers: the most that were seen at once in one "
    "process, among the styles that wait for the thread limit."
)
_STARTS = "Starts: how often, and the medians of how long each took to be ready and to be stopped"
_STARTS_HEADERS = ("server", "thread limit", "workers", "loop", "starts", "ready after, s", "stopped after, s")
_PROCESS_HEADERS = ("server", "style", "thread limit", "workers", "at once", "requests per worker process")


def where_the_time_went(findings: Findings) -> str | None:
    """Waiting, working and the rest, or None where nothing was measured."""
    busiest = _busiest(finding for finding in findings.cells if finding.split is not None)
    if not busiest:
        return None
    axes = varied([finding.cell for finding in findings.cells]) - {"thread limit"}
    parts = ["## Where the time went", _TIME_READING]
    for name, cells in grouped(busiest, lambda finding: of_cell(finding.cell), axes):
        if name:
            parts.append(f"### Time: {name}")
        rows = [_time_row(finding) for finding in cells]
        times = table(_TIME_HEADERS, rows, ("left", "left", "right", "right", "right", "right", "right"))
        parts.append(times if len(rows) <= _MOST_ROWS else details(f"All {len(rows)} of them", times))
    if any(finding.cell.style == "async-blocking" for finding in busiest):
        parts.append(_BLOCKED_READING)
    return "\n\n".join(parts)


def _busiest(findings: Iterable[CellFinding]) -> list[CellFinding]:
    """The cell of the highest concurrency of each style under each conditions, servers in their order."""
    most: dict[tuple[object, str, str], CellFinding] = {}
    for finding in findings:
        cell = finding.cell
        key = (of_cell(cell), cell.launch.server, cell.style)
        if key not in most or cell.concurrency > most[key].cell.concurrency:
            most[key] = finding
    styles = in_order(list(dict.fromkeys(finding.cell.style for finding in most.values())))
    servers = list(dict.fromkeys(finding.cell.launch.server for finding in most.values()))
    return sorted(
        most.values(),
        key=lambda finding: (servers.index(finding.cell.launch.server), styles.index(finding.cell.style)),
    )


def _time_row(finding: CellFinding) -> list[str]:
    cell, split = finding.cell, finding.split
    times = [] if split is None else [milliseconds(part) for part in (split.wait_ms, split.work_ms, split.wire_ms)]
    limit = thread_limit(cell.launch.thread_limit)
    return [text(cell.launch.server), code(cell.style), limit, str(cell.concurrency), *times]


def what_was_in_force(findings: Findings) -> str | None:
    """Asked and in force for each kind of launch, or None where the plan holds none."""
    if not findings.launches:
        return None
    axes = varied([finding.cell for finding in findings.cells]) - {"thread limit", "workers", "loop", "executor"}
    parts = ["## Proof", _PROOF_READING]
    for name, launches in grouped(findings.launches, lambda found: of_launch(found.launch), axes):
        if name:
            parts.append(f"### Proof: {name}")
        parts.append(table(_PROOF_HEADERS, [_proof_row(found) for found in launches], ["left"] * len(_PROOF_HEADERS)))
        parts.append(details(_STARTS, _starts(launches)))
    processes = _busiest(finding for finding in findings.cells if finding.cell.launch.workers > 1 and finding.ok)
    if processes:
        parts.append("Requests that each worker process answered, busiest first, over all blocks:")
    for name, cells in grouped(processes, lambda finding: of_cell(finding.cell), axes):
        if name:
            parts.append(f"### Requests per worker process: {name}")
        rows = [_process_row(finding) for finding in cells]
        parts.append(table(_PROCESS_HEADERS, rows, ("left", "left", "right", "right", "right", "left")))
    return "\n\n".join(parts)


def _proof_row(found: LaunchFinding) -> list[str]:
    asked, in_force = found.launch, found.in_force
    limit = thread_limit(asked.thread_limit)
    if in_force is None:
        return [text(asked.server), NONE, f"{limit} → never ready", NONE, str(asked.workers), text(asked.loop), NONE]
    return [
        text(asked.server),
        text(found.version or NONE),
        f"{limit} → {in_force.limiter_tokens}",
        NONE if found.peak_handlers is None else str(found.peak_handlers),
        f"{asked.workers} → {in_force.workers}",
        f"{text(asked.loop)} → {text(in_force.loop)}",
        text(in_force.http_parser or NONE),
    ]


def _starts(launches: Iterable[LaunchFinding]) -> str:
    rows = [
        [
            text(found.launch.server),
            thread_limit(found.launch.thread_limit),
            str(found.launch.workers),
            text(found.launch.loop),
            str(found.launches),
            NONE if found.ready_s is None else seconds(found.ready_s),
            NONE if found.stop_s is None else seconds(found.stop_s),
        ]
        for found in launches
    ]
    return table(_STARTS_HEADERS, rows, ("left", "right", "right", "left", "right", "right", "right"))


def _process_row(finding: CellFinding) -> list[str]:
    launch = finding.cell.launch
    return [
        text(launch.server),
        code(finding.cell.style),
        thread_limit(launch.thread_limit),
        str(launch.workers),
        str(finding.cell.concurrency),
        ", ".join(map(str, finding.requests_per_process)),
    ]
