"""What the answers cost: the CPU time, memory and threads of the server, and what the client needed to ask."""

from harness.analysis.findings import CellFinding, ClientCosts, Findings, ServerCosts
from harness.report.busiest import busiest, tables
from harness.report.numbers import NONE, ratio, whole

_READING = (
    "At each style's highest load. Of the server, with all its processes: CPU time for each request answered, the most "
    "memory, and the most native threads, both as seen 20 times a second (memory that processes share counts in each). "
    "Of the client: CPU time for each request, and in brackets how many cores that kept busy."
)


def section(findings: Findings) -> str | None:
    """The costs at the highest load of each style, or None where nothing was measured."""
    cells = busiest(finding for finding in findings.cells if finding.client is not None)
    if not cells:
        return None
    columns = {
        "server, µs a request": lambda finding: _per_request(finding.server),
        "memory, MB (threads)": _memory_and_threads,
        "client, µs a request (cores)": _client,
    }
    return "\n\n".join(["## What it cost", _READING, *tables("Cost", cells, columns, findings)])


def _per_request(costs: ServerCosts | ClientCosts | None) -> str:
    return whole(costs.cpu_us_per_request if costs else None)


def _memory_and_threads(finding: CellFinding) -> str:
    return f"{whole(finding.server.peak_memory_mb)} ({finding.server.threads})" if finding.server else NONE


def _client(finding: CellFinding) -> str:
    return f"{_per_request(finding.client)} ({ratio(finding.client.cpu)})" if finding.client else NONE
