"""The settings in force inside a server, its starts, and how its workers shared the requests."""

from collections.abc import Iterable, Iterator

from harness.analysis.findings import CellFinding, Findings, LaunchFinding
from harness.model.axes import format_thread_limit
from harness.model.executors import format_load
from harness.report.writing.busiest import busiest, load_header
from harness.report.writing.conditions import Axes, launch_conditions, name_conditions, run_axes
from harness.report.writing.markdown import Align, code, table, text
from harness.report.writing.numbers import NONE, seconds

_PROOF_READING = (
    "**Proof**, read back from inside, as `asked → in force`. Peak handlers: the most that were seen at once in one "
    "process, among the styles that wait for the thread limit."
)
_PROOF_HEADERS = ("version", "thread limit", "peak handlers", "workers", "loop", "HTTP parser")
_STARTS_READING = "**Starts**, and the medians of how long each took to be ready and to be stopped."
_STARTS_HEADERS = ("thread limit", "workers", "loop", "starts", "ready after, s", "stopped after, s")
_STARTS_ALIGN: tuple[Align, ...] = ("right", "right", "left", "right", "right", "right")
_PROCESSES_READING = "**Requests that each worker process answered**, busiest first, over all blocks."


def render_proof(server: str, findings: Findings) -> Iterator[str]:
    """Yield the asked and actual settings of each launch of one server, its starts, and the shares of its workers."""
    axes = run_axes(findings)
    launches = [found for found in findings.launches if found.launch.server == server]
    if launches:
        yield _PROOF_READING
        yield _by_launch(launches, _PROOF_HEADERS, ["left"] * len(_PROOF_HEADERS), [*map(_in_force, launches)], axes)
        yield _STARTS_READING
        yield _by_launch(launches, _STARTS_HEADERS, _STARTS_ALIGN, [*map(_starts, launches)], axes)
    shared = busiest(
        finding
        for finding in findings.cells
        if finding.cell.launch.server == server and finding.cell.launch.workers > 1 and finding.ok
    )
    if shared:
        yield _PROCESSES_READING
        yield _processes(shared, axes)


def _by_launch(
    launches: Iterable[LaunchFinding],
    headers: Iterable[str],
    align: Iterable[Align],
    rows: Iterable[list[str]],
    axes: Axes,
) -> str:
    """Return a table of launches; a first column names what varies besides the other columns."""
    under = axes & {"scenario", "delay_s"}
    if not under:
        return table([*headers], [*rows], [*align])
    led = [
        [name_conditions(launch_conditions(found.launch), under) or NONE, *row]
        for found, row in zip(launches, rows, strict=True)
    ]
    return table(["under", *headers], led, ["left", *align])


def _in_force(found: LaunchFinding) -> list[str]:
    asked, in_force = found.launch, found.in_force
    limit = format_thread_limit(asked.thread_limit)
    if in_force is None:
        return [NONE, f"{limit} → never ready", NONE, str(asked.workers), text(asked.loop), NONE]
    return [
        text(found.version or NONE),
        f"{limit} → {in_force.limiter_tokens}",
        NONE if found.peak_handlers is None else str(found.peak_handlers),
        f"{asked.workers} → {in_force.workers}",
        f"{text(asked.loop)} → {text(in_force.loop)}",
        text(in_force.http_parser or NONE),
    ]


def _starts(found: LaunchFinding) -> list[str]:
    return [
        format_thread_limit(found.launch.thread_limit),
        str(found.launch.workers),
        text(found.launch.loop),
        str(found.launches),
        NONE if found.ready_s is None else seconds(found.ready_s),
        NONE if found.stop_s is None else seconds(found.stop_s),
    ]


def _processes(cells: Iterable[CellFinding], axes: Axes) -> str:
    shared = [*cells]
    rows = [
        [
            code(finding.cell.style),
            name_conditions(finding.cell, axes | {"thread_limit", "workers"}),
            format_load(finding.cell),
            ", ".join(map(str, finding.requests_per_process)),
        ]
        for finding in shared
    ]
    headers = ("style", "under", load_header(shared), "requests per worker process")
    return table(headers, rows, ("left", "left", "right", "left"))
