"""Pairs of `def` and `async`: the same work under the same conditions, written in both styles."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.analysis.findings import CellFinding, Findings, Knee
from harness.model.executors import executor_of


@dataclass(frozen=True, slots=True)
class StylePair:
    """A cell of `def`, its cell of `async`, and their ratio of times: the median over blocks."""

    in_def: CellFinding
    in_async: CellFinding
    ratio: float

    @property
    def waves(self) -> float | None:
        """Return how many waves of threads the models expect, or None if a model is missing."""
        in_def, in_async = self.in_def.model_s, self.in_async.model_s
        return in_def / in_async if in_def and in_async else None


def pairs(findings: Findings) -> list[StylePair]:
    """Return every pair of bursts with figures on both sides, in the order of `def`."""
    cells = {finding.cell: finding for finding in findings.cells}
    return [
        StylePair(cells[each.cell], cells[each.against], each.ratio)
        for each in findings.ratios
        if executor_of(each.cell).is_burst
    ]


def pairs_at_knee(knee: Knee, among: Sequence[StylePair]) -> list[StylePair]:
    """Return the pairs that a knee was read from."""
    return [pair for pair in among if pair.in_def.cell.launch == knee.launch and pair.in_def.cell.client == knee.client]
