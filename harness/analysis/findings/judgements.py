"""What is found by holding cells against each other, against themselves, and against what was said of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.analysis.statistics.staircase import Staircase
from harness.analysis.statistics.verdicts import Verdict
from harness.model.plan import Cell, Launch


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as much a cell took as another, in the same block: the median over blocks, and its 95% interval.

    It describes; what is claimed is a `Comparison`.
    """

    cell: Cell
    against: Cell
    blocks: int
    ratio: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two cells that the matrix wants compared, and the verdict on them.

    `ratio` says how many times as much `cell` took as `against`, the median over `blocks`; `low` and `high` bound its
    interval, which misses the truth with probability `may_miss` at most. `verdict` is None where there is a `reason` to
    withhold it.
    """

    cell: Cell
    against: Cell
    blocks: int
    ratio: float | None
    low: float | None
    high: float | None
    may_miss: float
    verdict: Verdict | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """The A/A control: the baseline measured twice in each block, under its own name and under another one.

    `cells` are the cells of the baseline. `ratio` says how many times as much the repetition took, in each block the
    geometric mean over these cells, and of that the median over `blocks`; `low` and `high` bound its 95% interval.
    `apart` are those cells that, held against their repetition by themselves, are faster or slower. `within` says
    whether the ratio lies within the practical difference and no cell is apart, None where there are too few blocks to
    tell. `by_block` is the ratio of each block.
    """

    cells: tuple[Cell, ...]
    blocks: int
    ratio: float | None
    low: float | None
    high: float | None
    within: bool | None
    apart: tuple[Cell, ...] = ()
    by_block: tuple[float, ...] = ()


Outcome = Literal["kept", "broken", "undecided", "not judged"]


@dataclass(frozen=True, slots=True)
class ThresholdFinding:
    """What became of a threshold.

    `cell` is the one that decided, which is the worst of those that it holds for, or one that stands for a whole launch
    (`is_launch`); `figure` what it was judged by, with its interval where there is one. `reason` says in words what was
    found, and why nothing was decided where that is so.
    """

    written: str
    outcome: Outcome
    reason: str
    cell: Cell | None = None
    is_launch: bool = False
    figure: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """How well the bursts of `def` follow a staircase, and how well a line.

    `fit` is the staircase fitted to the medians over blocks, `line_misfit` the misfit of a line through the same
    points. `ratio` says how many times as far off the line is, each block fitted by itself: the median over blocks,
    with its 95% interval.
    """

    fit: Staircase
    line_misfit: float
    ratio: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Knee:
    """Where `def` falls behind `async`: above `low` simultaneous requests and no later than at `high`.

    `low` is None where `def` was not clearly level with `async` at any lower concurrency, `high` where it never fell
    clearly behind.
    `expected` is limit x workers, None where the limit that was in force is not known. `claimed` says that there were
    blocks enough for an interval; otherwise the bounds rest on single figures and are only a description.
    `ratios` says at each concurrency how many times as long `def` took, both in the same block: the median over blocks.
    `steps` says how the bursts of `def` fit the model, None where there are too few of them for that. `reason` says why
    nothing is claimed although there are blocks enough.
    """

    launch: Launch
    client: str
    low: int | None
    high: int | None
    expected: int | None
    claimed: bool
    ratios: Mapping[int, float]
    steps: Steps | None = None
    reason: str | None = None

    def is_apart_from(self, other: "Knee") -> bool:
        """Whether the two cannot be at the same number of requests; one interval may merely be wider than the other."""
        return self.claimed and other.claimed and (self._is_above(other) or other._is_above(self))

    def _is_above(self, other: "Knee") -> bool:
        return self.low is not None and other.high is not None and self.low >= other.high
