"""`def` and `async` side by side: the same work under the same conditions, in the two ways to write it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from harness.analysis.findings import CellFinding, Knee


@dataclass(frozen=True, slots=True)
class Pair:
    """A cell of `def` and its cell of `async`, with the median seconds of both."""

    in_def: CellFinding
    in_async: CellFinding
    def_s: float
    async_s: float

    @property
    def ratio(self) -> float:
        """How many times as long `def` took."""
        return self.def_s / self.async_s

    @property
    def waves(self) -> float | None:
        """How many waves of threads the models expect, or None where one of the two has no model."""
        in_def, in_async = self.in_def.model_s, self.in_async.model_s
        return in_def / in_async if in_def and in_async else None


def pairs(findings: Iterable[CellFinding]) -> list[Pair]:
    """Every pair that has a figure on both sides, in the order of its `def`."""
    cells = {finding.cell: finding for finding in findings}
    found = []
    for cell, in_def in cells.items():
        in_async = cells.get(replace(cell, style="async"))
        if cell.style == "def" and in_def.median_s and in_async is not None and in_async.median_s:
            found.append(Pair(in_def, in_async, in_def.median_s, in_async.median_s))
    return found


def on(knee: Knee, among: Sequence[Pair]) -> list[Pair]:
    """The pairs that a knee was read from."""
    return [pair for pair in among if pair.in_def.cell.launch == knee.launch and pair.in_def.cell.client == knee.client]
