"""Where the time of the requests went, at the highest load of each style."""

from collections.abc import Callable

from harness.analysis.findings import CellFinding, Findings, Percentiles, Split
from harness.report.writing.busiest import busiest, tables
from harness.report.writing.numbers import middle_and_tail

_OF_THREE = (
    "Median / 99th percentile over all requests at each style's highest load: waiting for a thread or for the loop, "
    "working, and all outside the application. A 99th percentile takes 299 requests; with fewer there is a dash."
)
_OF_TWO = (
    "Median / 99th percentile over all requests at each style's highest load, in two parts: in the application, until "
    "it begins to answer, and all outside it. The app was measured as it is, so nothing in it says when a handler "
    "begins: waiting for a thread or for the loop is part of the time in the application. A 99th percentile takes 299 "
    "requests; with fewer there is a dash."
)
_SOME_OF_TWO = (
    "Where waiting is a dash, the app was measured as it is, and nothing in it says when a handler begins: working is "
    "all its time in the application there, waiting included."
)
_BLOCKED_READING = (
    "While `async-blocking` blocks the loop, the server cannot even read the other requests: they have not entered the "
    "application, so their waiting stands under server and wire."
)


def section(findings: Findings) -> str | None:
    """Return waiting, working and the rest, or None if nothing was measured."""
    cells = busiest(finding for finding in findings.cells if finding.split is not None)
    if not cells:
        return None
    of_two = sum(has_two_parts(finding) for finding in cells)
    outside = {"server and wire, ms": _part(lambda split: split.wire)}
    if of_two == len(cells):
        reading, columns = _OF_TWO, {"in the application, ms": _part(lambda split: split.work), **outside}
    else:
        waiting = {"waiting, ms": _part(lambda split: split.wait)}
        reading, columns = _OF_THREE, {**waiting, "working, ms": _part(lambda split: split.work), **outside}
    parts = ["## Where the time went", reading, *tables("Time", cells, columns, findings)]
    if 0 < of_two < len(cells):
        parts.append(_SOME_OF_TWO)
    if any(finding.cell.style == "async-blocking" for finding in cells):
        parts.append(_BLOCKED_READING)
    return "\n\n".join(parts)


def has_two_parts(finding: CellFinding) -> bool:
    """Return whether only the total time in the app is known, since the app does not say when a handler begins."""
    return finding.split is not None and finding.split.wait is None


def _part(part: Callable[[Split], Percentiles | None]) -> Callable[[CellFinding], str]:
    return lambda finding: middle_and_tail(part(finding.split) if finding.split else None)
