"""`def` and `async` side by side: the same work under the same conditions, in the two ways to write it."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.analysis.findings import CellFinding, Findings, Knee
from harness.model.executors import executor_of


@dataclass(frozen=True, slots=True)
class Pair:
    """A cell of `def` and its cell of `async`, and how many times as long `def` took: the median over blocks."""

    in_def: CellFinding
    in_async: CellFinding
    ratio: float

    @property
    def waves(self) -> float | None:
        """How many waves of threads the models expect, or None where one of the two has no model."""
        in_def, in_async = self.in_def.model_s, self.in_async.model_s
        return in_def / in_async if in_def and in_async else None


def pairs(findings: Findings) -> list[Pair]:
    """Every pair of bursts that has a figure on both sides, in the order of its `def`."""
    cells = {finding.cell: finding for finding in findings.cells}
    return [
        Pair(cells[each.cell], cells[each.against], each.ratio)
        for each in findings.ratios
        if executor_of(each.cell).is_burst
    ]


def on(knee: Knee, among: Sequence[Pair]) -> list[Pair]:
    """The pairs that a knee was read from."""
    return [pair for pair in among if pair.in_def.cell.launch == knee.launch and pair.in_def.cell.client == knee.client]
