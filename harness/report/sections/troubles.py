"""What was not measured, and what a reader must know about the rest."""

from harness.analysis.findings import Findings
from harness.report.naming import Names
from harness.report.wording import describe_warning, explain_trouble, name_trouble
from harness.report.writing.markdown import bullets, table, text

_HEADERS = ("what", "status", "samples", "reason")
_READING = "A sample is what one cell gives in one block."


def section(findings: Findings) -> str:
    """Return every failure with its reason, and the warnings."""
    names = Names(findings.header.plan)
    parts = ["## Not measured"]
    if findings.troubles:
        rows = [
            [text(name_trouble(trouble, names)), trouble.status, str(trouble.count), text(explain_trouble(trouble))]
            for trouble in findings.troubles
        ]
        parts += [_READING, table(_HEADERS, rows, ("left", "left", "right", "left"))]
    else:
        parts.append("Nothing: every cell was measured in every block.")
    if findings.warnings:
        sentences = [f"{text(describe_warning(warning, names))}." for warning in findings.warnings]
        parts += ["Warnings:", bullets(sentences)]
    return "\n\n".join(parts)
