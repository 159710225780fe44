"""The costs of a server: CPU time, memory and threads, and the costs of the client."""

from collections.abc import Iterator

from harness.analysis.findings import CellFinding, ClientCosts, Findings, ServerCosts
from harness.model.executors import format_load
from harness.report.writing.busiest import busiest, load_header
from harness.report.writing.conditions import Axes, name_conditions, run_axes
from harness.report.writing.markdown import Align, code, table
from harness.report.writing.numbers import NONE, ratio, whole

_READING = (
    "**What it cost**, at each style's highest load. CPU time a request, of all processes of the server and of the "
    "client, in brackets the cores that the client kept busy; the most memory and native threads that were seen "
    "(memory that processes share counts in each; threads once started stay for all styles of a launch)."
)
_ALIGN: tuple[Align, ...] = ("left", "left", "right", "right", "right", "right")
_HEADERS = ("server, µs a request", "memory, MB (threads)", "client, µs a request (cores)")


def render_costs(server: str, findings: Findings) -> Iterator[str]:
    """Yield the costs of one server at the highest load of each style; nothing if nothing was measured."""
    cells = busiest(
        finding for finding in findings.cells if finding.client is not None and finding.cell.launch.server == server
    )
    if not cells:
        return
    axes = run_axes(findings) | {"thread_limit"}
    headers = ("style", "under", load_header(cells), *_HEADERS)
    yield _READING
    yield table(headers, [_row(finding, axes) for finding in cells], _ALIGN)


def _row(finding: CellFinding, axes: Axes) -> list[str]:
    return [
        code(finding.cell.style),
        name_conditions(finding.cell, axes),
        format_load(finding.cell),
        _per_request(finding.server),
        f"{whole(finding.server.peak_memory_mb)} ({finding.server.threads})" if finding.server else NONE,
        f"{_per_request(finding.client)} ({ratio(finding.client.cpu)})" if finding.client else NONE,
    ]


def _per_request(costs: ServerCosts | ClientCosts | None) -> str:
    return whole(costs.cpu_us_per_request if costs else None)
