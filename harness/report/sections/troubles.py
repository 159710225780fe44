"""What was not measured, and what a reader must know of what was."""

from harness.analysis.findings import Findings
from harness.report.writing.markdown import bullets, table, text

_HEADERS = ("what", "status", "samples", "reason")
_READING = "A sample is what one cell gives in one block."


def section(findings: Findings) -> str:
    """Every failure with its reason, and the warnings."""
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
    return "\n\n".join(parts)
