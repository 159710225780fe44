"""`def` and `async` side by side: the same work under the same conditions, in the two ways to write it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from harness.analysis.findings import CellFinding, Knee
from harness.report.numbers import between, ratio


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

    def same_within(self, share: float) -> bool:
        """Whether even the far ends of both intervals lie within such a share of each other."""
        bounds = (self.in_def.low_s, self.in_def.high_s, self.in_async.low_s, self.in_async.high_s)
        if any(bound is None or bound <= 0 for bound in bounds):
            return False
        def_low, def_high, async_low, async_high = (bound or 0.0 for bound in bounds)
        return def_low / async_high > 1 - share and def_high / async_low < 1 + share


def pairs(findings: Iterable[CellFinding]) -> list[Pair]:
    """Every pair that has a figure on both sides, in the order of its `def`."""
    cells = {finding.cell: finding for finding in findings}
    found = []
    for cell, in_def in cells.items():
        in_async = cells.get(replace(cell, style="async"))
        if cell.style == "def" and in_def.median_s and in_async is not None and in_async.median_s:
            found.append(Pair(in_def, in_async, in_def.median_s, in_async.median_s))
    return found


def times(some: Iterable[Pair]) -> str:
    """How many times as long `def` took in each of some pairs, from the least to the most."""
    return between(ratio(pair.ratio) for pair in some)


def on(knee: Knee, among: Sequence[Pair]) -> list[Pair]:
    """The pairs that a knee was read from."""
    return [pair for pair in among if pair.in_def.cell.launch == knee.launch and pair.in_def.cell.client == knee.client]
