"""What was not measured, and what a reader must know of what was."""

from harness.analysis.findings import CellFinding, Findings
from harness.report.markdown import bullets, code, table, text

_HEADERS = ("what", "status", "samples", "reason")
_READING = "A sample is what one cell gives in one block."


def section(findings: Findings) -> str:
    """Every failure with its reason, the warnings, and the flags of cells."""
    parts = ["## Not measured"]
    if findings.troubles:
        rows = [
            [text(trouble.what), trouble.status, str(trouble.count), text(trouble.reason)]
            for trouble in findings.troubles
        ]
        parts += [_READING, table(_HEADERS, rows, ("left", "left", "right", "left"))]
    else:
        parts.append("Nothing: every cell was measured in every block.")
    if findings.warnings:
        parts += ["Warnings:", bullets([f"{text(warning)}." for warning in findings.warnings])]
    if flags := _flags(findings):
        parts += ["Flagged cells:", bullets(flags)]
    return "\n\n".join(parts)


def _flags(findings: Findings) -> list[str]:
    """Each flag with the cells that carry it: server and style once, then their concurrencies."""
    flagged: dict[str, list[CellFinding]] = {}
    for finding in findings.cells:
        for flag in finding.flags:
            flagged.setdefault(flag, []).append(finding)
    return [f"{code(flag)}: {'; '.join(_places(cells))}" for flag, cells in flagged.items()]


def _places(cells: list[CellFinding]) -> list[str]:
    places: dict[str, set[int]] = {}
    for finding in cells:
        place = f"{text(finding.cell.launch.server)} {code(finding.cell.style)}"
        places.setdefault(place, set()).add(finding.cell.concurrency)
    return [f"{place} at {', '.join(map(str, sorted(concurrencies)))}" for place, concurrencies in places.items()]
