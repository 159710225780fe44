"""Where the time of the requests went, at the highest load of each style."""

from collections.abc import Callable

from harness.analysis.findings import CellFinding, Findings, Percentiles, Split
from harness.report.writing.busiest import busiest, tables
from harness.report.writing.numbers import middle_and_tail

_READING = (
    "Median / 99th percentile over all requests at each style's highest load: waiting for a thread or for the loop, "
    "working, and all outside the application. A 99th percentile takes 299 requests; with fewer there is a dash."
)
_BLOCKED_READING = (
    "While `async-blocking` blocks the loop, the server cannot even read the other requests: they have not entered the "
    "application, so their waiting stands under server and wire."
)


def section(findings: Findings) -> str | None:
    """Waiting, working and the rest, or None where nothing was measured."""
    cells = busiest(finding for finding in findings.cells if finding.split is not None)
    if not cells:
        return None
    columns = {
        "waiting, ms": _part(lambda split: split.wait),
        "working, ms": _part(lambda split: split.work),
        "server and wire, ms": _part(lambda split: split.wire),
    }
    parts = ["## Where the time went", _READING, *tables("Time", cells, columns, findings)]
    if any(finding.cell.style == "async-blocking" for finding in cells):
        parts.append(_BLOCKED_READING)
    return "\n\n".join(parts)


def _part(part: Callable[[Split], Percentiles | None]) -> Callable[[CellFinding], str]:
    return lambda finding: middle_and_tail(part(finding.split) if finding.split else None)
