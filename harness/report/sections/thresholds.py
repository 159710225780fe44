"""The thresholds of the matrix, and what became of each."""

from collections import Counter

from harness.analysis.findings import Findings, Outcome, ThresholdFinding
from harness.model.words import counted
from harness.report.naming import Names
from harness.report.wording import describe_threshold
from harness.report.writing.markdown import Voice, code, table, text
from harness.report.writing.numbers import NONE

_HEADERS = ("threshold", "outcome", "decided by", "what was found")
_READING = (
    "What the matrix demands. The worst of the cells that a threshold holds for decides; it is *undecided* where the "
    "interval of a ratio or a knee lies on both sides, or there is none."
)


def section(findings: Findings) -> str | None:
    """Render a row for each threshold, None if the matrix has none."""
    if not findings.thresholds:
        return None
    names = Names(findings.header.plan)
    rows = [_row(found, findings, names) for found in findings.thresholds]
    return "\n\n".join(["## Thresholds", _READING, table(_HEADERS, rows, ("left", "left", "left", "left"))])


def _row(found: ThresholdFinding, findings: Findings, names: Names) -> list[str]:
    outcome = f"**{found.outcome}**" if found.outcome is Outcome.BROKEN else found.outcome
    return [
        code(found.written),
        outcome,
        text(decided_by(found, names) or NONE),
        text(describe_threshold(found, findings.cells)),
    ]


def decided_by(found: ThresholdFinding, names: Names) -> str | None:
    """Return the name of the cell or launch that decided, None if there is none."""
    if found.cell is None:
        return None
    return names.name_launch(found.cell.launch) if found.is_launch else names.name_cell(found.cell)


def sentence(findings: Findings, voice: Voice) -> str | None:
    """Return how many thresholds were kept, and which were broken; None if there are none."""
    if not findings.thresholds:
        return None
    broken = [voice.code(found.written) for found in findings.thresholds if found.outcome is Outcome.BROKEN]
    outcomes = Counter(found.outcome for found in findings.thresholds)
    judged = len(findings.thresholds) - outcomes[Outcome.NOT_JUDGED]
    told = [f"{outcomes[Outcome.KEPT]} of {counted(judged, 'threshold')} kept"] if judged else []
    told += [f"{outcomes[Outcome.UNDECIDED]} undecided"] if outcomes[Outcome.UNDECIDED] else []
    told += [f"{counted(outcomes[Outcome.NOT_JUDGED], 'threshold')} not judged"] if outcomes[Outcome.NOT_JUDGED] else []
    told += [f"broken: {', '.join(broken)}"] if broken else []
    return f"{'; '.join(told)}."
