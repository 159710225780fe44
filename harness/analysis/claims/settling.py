"""How a ratio settles a claim: by its interval, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.analysis.comparisons import reason_of_bound
from harness.analysis.findings import Answer
from harness.analysis.statistics.estimates import MAY_MISS, blocks_for_an_interval, estimate, of_logs
from harness.analysis.tally import Blocks
from harness.model.words import counted

Settled = tuple[Answer, str | None]
"""An answer, and where there is none the reason."""


def bound(*cells: Blocks) -> Settled | None:
    """That these cells settle nothing, where their figures are not the server's."""
    reason = reason_of_bound(*cells)
    return None if reason is None else ("not tested", reason)


@dataclass(frozen=True, slots=True)
class Found:
    """A ratio: the median over blocks, and its interval, None where there are too few of them."""

    blocks: int
    ratio: float
    low: float | None
    high: float | None

    def times(self, what: str) -> str:
        """The ratio in words: `1.03 times as long as before (1.02 to 1.05)`."""
        interval = "" if self.low is None or self.high is None else f" ({self.low:.2f} to {self.high:.2f})"
        return f"{self.ratio:.2f} times {what}{interval}"

    @property
    def figures(self) -> dict[str, float | int | None]:
        """The ratio under the names of results.json."""
        return {"blocks": self.blocks, "ratio": self.ratio, "low": self.low, "high": self.high}


def found(logs: Sequence[float], may_miss: float = MAY_MISS, *, sequential: bool) -> Found:
    """The ratio whose logarithms these are, one a block, at least one."""
    ratio = of_logs(estimate(logs, may_miss, sequential=sequential))
    return Found(len(logs), ratio.median, ratio.low, ratio.high)


def settled(ratio: Found, bound: float, *, below: Answer, above: Answer, sequential: bool) -> Settled:
    """What it says of a claim that the whole interval of a ratio lies below a bound, or above it."""
    if ratio.low is None or ratio.high is None:
        return too_few(ratio.blocks, sequential=sequential)
    if ratio.high < bound:
        return below, None
    if ratio.low > bound:
        return above, None
    return on_both_sides_of(f"{bound:g}")


def too_few(blocks: int, may_miss: float = MAY_MISS, *, sequential: bool) -> Settled:
    """That there is no interval."""
    needed = blocks_for_an_interval(may_miss, sequential=sequential)
    return "not tested", f"{counted(blocks, 'block')}, and an interval takes {needed}"


def on_both_sides_of(bounds: str) -> Settled:
    """That the interval leaves it open."""
    return "not tested", f"the interval lies on both sides of {bounds}"
