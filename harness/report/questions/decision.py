"""A row of the decision table: a question, its answer, and the figures that it rests on."""

from dataclasses import dataclass

from harness.report.document import Line, Tone


@dataclass(frozen=True, slots=True)
class Decision:
    """One answered question; each part is at most 20 words."""

    question: Line
    answer: Line
    measured: Line
    tone: Tone = Tone.PLAIN
