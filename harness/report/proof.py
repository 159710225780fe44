"""What a reader can check the figures by: what was in force inside the servers, and how workers shared the requests."""

from collections.abc import Iterable

from harness.analysis.findings import CellFinding, Findings, LaunchFinding
from harness.report.busiest import busiest, load_header
from harness.report.conditions import grouped, load, of_cell, of_launch, thread_limit, varied
from harness.report.markdown import code, details, table, text
from harness.report.numbers import NONE, seconds

_PROOF_HEADERS = ("server", "version", "thread limit", "peak handlers", "workers", "loop", "HTTP parser")
_PROOF_READING = (
    "Read back from inside the servers, as `asked → in force`. Peak handlers: the most that were seen at once in one "
    "process, among the styles that wait for the thread limit."
)
_STARTS = "Starts: how often, and the medians of how long each took to be ready and to be stopped"
_STARTS_HEADERS = ("server", "thread limit", "workers", "loop", "starts", "ready after, s", "stopped after, s")


def section(findings: Findings) -> str | None:
    """Asked and in force for each kind of launch, or None where the plan holds none."""
    if not findings.launches:
        return None
    axes = varied([finding.cell for finding in findings.cells]) - {"thread limit", "workers", "loop"}
    parts = ["## Proof", _PROOF_READING]
    for name, launches in grouped(findings.launches, lambda found: of_launch(found.launch), axes):
        if name:
            parts.append(f"### Proof: {name}")
        parts.append(table(_PROOF_HEADERS, [_proof_row(found) for found in launches], ["left"] * len(_PROOF_HEADERS)))
        parts.append(details(_STARTS, _starts(launches)))
    processes = busiest(finding for finding in findings.cells if finding.cell.launch.workers > 1 and finding.ok)
    if processes:
        parts.append("Requests that each worker process answered, busiest first, over all blocks:")
    for name, cells in grouped(processes, lambda finding: of_cell(finding.cell), axes):
        if name:
            parts.append(f"### Requests per worker process: {name}")
        headers = ("server", "style", "thread limit", "workers", load_header(cells), "requests per worker process")
        rows = [_process_row(finding) for finding in cells]
        parts.append(table(headers, rows, ("left", "left", "right", "right", "right", "left")))
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
        load(finding.cell),
        ", ".join(map(str, finding.requests_per_process)),
    ]
