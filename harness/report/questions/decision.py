"""A row of the decision table: a question, its answer, and the figures that it rests on."""

from dataclasses import dataclass

from harness.report.document import Line, Tone

MOST_WORDS = 20


@dataclass(frozen=True, slots=True)
class Decision:
    """One answered question; each part has at most MOST_WORDS."""

    question: Line
    answer: Line
    measured: Line
    tone: Tone = Tone.PLAIN
