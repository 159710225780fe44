"""Is it slower than before? The thresholds of the matrix."""

from collections import Counter

from harness.analysis.findings import Findings, Outcome, ThresholdFinding
from harness.model.words import counted
from harness.report.document import Line, Section, TableCell, Tone, as_line, code, join, line, table
from harness.report.naming import Names
from harness.report.numbers import NONE
from harness.report.questions.decision import Decision
from harness.report.wording import describe_threshold

_QUESTION = as_line("Thresholds met?")
_HEADERS = ("threshold", "outcome", "worst case", "found")
_TONES = {
    Outcome.KEPT: Tone.GOOD,
    Outcome.BROKEN: Tone.BAD,
    Outcome.UNDECIDED: Tone.UNSURE,
    Outcome.NOT_JUDGED: Tone.UNSURE,
}


def decide(findings: Findings) -> Decision | None:
    """Return how many thresholds are kept, None if there are none."""
    if not findings.thresholds:
        return None
    outcomes = Counter(found.outcome for found in findings.thresholds)
    total = counted(len(findings.thresholds), "threshold")
    gravest = max(outcomes, key=list(Outcome).index)
    answers = {
        Outcome.KEPT: f"Yes: {total} kept",
        Outcome.BROKEN: f"No: {outcomes[Outcome.BROKEN]} of {total} broken",
        Outcome.UNDECIDED: f"{outcomes[Outcome.UNDECIDED]} of {total} undecided",
        Outcome.NOT_JUDGED: f"{outcomes[Outcome.NOT_JUDGED]} of {total} not judged",
    }
    worst = [code(found.written) for found in findings.thresholds if found.outcome is gravest]
    return Decision(_QUESTION, as_line(answers[gravest]), join(worst[:2], ", "), _TONES[gravest])


def section(findings: Findings) -> Section | None:
    """Return a row for each threshold, None if the matrix has none."""
    decision = decide(findings)
    if decision is None:
        return None
    names = Names(findings.header.plan)
    rows = [_row(found, findings, names) for found in findings.thresholds]
    finding = line("{}.", decision.answer)
    return Section("thresholds", "Thresholds", (table(_HEADERS, rows, "llll"),), rank=2, finding=finding)


def _row(found: ThresholdFinding, findings: Findings, names: Names) -> list[str | Line | TableCell]:
    return [
        as_line(code(found.written)),
        TableCell(as_line(found.outcome), _TONES[found.outcome]),
        name_decisive(found, names) or NONE,
        describe_threshold(found, findings.cells),
    ]


def name_decisive(found: ThresholdFinding, names: Names) -> str | None:
    """Return the name of the cell or launch that decided, None if there is none."""
    if found.cell is None:
        return None
    return names.name_launch(found.cell.launch) if found.is_launch else names.name_cell(found.cell)
