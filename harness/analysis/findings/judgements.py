"""What is found by comparing cells with each other, with themselves and with thresholds: codes and numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.analysis.statistics.staircase import Staircase
from harness.analysis.statistics.verdicts import Verdict
from harness.model.plan import Aggregate, Cell, Launch, Metric


class Withheld(StrEnum):
    """Why nothing is claimed, however many blocks there are."""

    CLIENT_BOUND = "client-bound"
    UPSTREAM_BOUND = "upstream-bound"
    LITTLES_LAW = "littles-law"
    GAVE_UP = "gave-up"
    BLOCKS_LOST = "blocks-lost"
    CONTROL_DIFFERS = "control-differs"
    CONTROL_SILENT = "control-silent"


@dataclass(frozen=True, slots=True)
class Withholding:
    """A reason to withhold a verdict; `lost` of `blocks` gave no figure if the reason is BLOCKS_LOST."""

    code: Withheld
    lost: int = 0
    blocks: int = 0


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
    """Two cells that the matrix compares, and the verdict on them.

    `ratio` is how many times as much `cell` took as `against`, the median over `blocks`. The interval from `low` to
    `high` misses the truth with probability `may_miss` at most. `verdict` is None if it is `withheld`.
    """

    cell: Cell
    against: Cell
    blocks: int
    ratio: float | None
    low: float | None
    high: float | None
    may_miss: float
    verdict: Verdict | None
    withheld: Withholding | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """The A/A control: the baseline measured twice in each block, under its own name and under another one.

    `cells` are the cells of the baseline. `ratio` is how many times as much the repetition took: in each block the
    geometric mean over these cells, and of that the median over `blocks`; `low` and `high` bound its 95% interval.
    `apart` are the cells that, compared with their repetition alone, are faster or slower.

    `within` is whether the ratio lies within the practical difference and no cell is apart, None with too few blocks.
    `ratio_within` is that of the ratio alone, however few blocks there are, `interval_within` that of its whole
    interval. `by_block` is the ratio of each block.
    """

    cells: tuple[Cell, ...]
    blocks: int
    ratio: float | None
    low: float | None
    high: float | None
    within: bool | None
    apart: tuple[Cell, ...] = ()
    by_block: tuple[float, ...] = ()
    ratio_within: bool | None = None
    interval_within: bool | None = None

    @property
    def differs(self) -> bool:
        """Whether it differs from itself by more than the practical difference, so that nothing is ranked."""
        return self.within is False


class KeepsUp(StrEnum):
    """Whether a server answered what an open loop asked for."""

    YES = "yes"
    NO = "no"
    UNDECIDED = "undecided"


class Outcome(StrEnum):
    """What became of a threshold, the gravest last."""

    KEPT = "kept"
    NOT_JUDGED = "not judged"
    UNDECIDED = "undecided"
    BROKEN = "broken"


class ThresholdReason(StrEnum):
    """Why a threshold has its outcome."""

    NO_CELL = "no-cell"
    NO_CONTROL = "no-control"
    WITHHELD = "withheld"
    TOO_FEW_BLOCKS = "too-few-blocks"
    INTERVAL_WITHIN = "interval-within"
    INTERVAL_ON_BOTH_SIDES = "interval-on-both-sides"
    UNCONFIRMED = "unconfirmed"
    RERUN_WITHHELD = "rerun-withheld"
    RERUN_DIFFERS = "rerun-differs"
    CONFIRMED = "confirmed"
    NO_KNEE = "no-knee"
    KNEE = "knee"
    KNEE_NOT_CLAIMED = "knee-not-claimed"
    FIGURE = "figure"
    NO_FIGURE = "no-figure"
    TOO_FEW_REQUESTS = "too-few-requests"


@dataclass(frozen=True, slots=True)
class ThresholdFinding:
    """What became of a threshold.

    `cell` is the one that decided, which is the worst of those that the threshold holds for, or one that stands for a
    whole launch (`is_launch`). `figure` is what it was judged by, with its interval if there is one; `count` is how
    many requests or health checks the figure is of. `rerun_low` and `rerun_high` bound the ratio in a rerun.
    `withheld` is why a ratio or a knee, or the ratio of a rerun, may not be judged.
    """

    written: str
    metric: Metric
    outcome: Outcome
    reason: ThresholdReason
    cell: Cell | None = None
    is_launch: bool = False
    figure: float | None = None
    low: float | None = None
    high: float | None = None
    aggregate: Aggregate | None = None
    count: int | None = None
    rerun_low: float | None = None
    rerun_high: float | None = None
    withheld: Withholding | None = None

    @property
    def is_broken(self) -> bool:
        """Whether the results do not keep to what the matrix asks of them."""
        return self.outcome is Outcome.BROKEN


@dataclass(frozen=True, slots=True)
class Steps:
    """How well the bursts of `def` follow a staircase, and how well a line.

    `fit` is the staircase fitted to the medians over blocks, `line_misfit` the misfit of a line through the same
    points. `ratio` is how many times as far off the line is, each block fitted by itself: the median over blocks, with
    its 95% interval.
    """

    fit: Staircase
    line_misfit: float
    ratio: float
    low: float | None
    high: float | None


class Placement(StrEnum):
    """How a knee lies to where the model expects it."""

    UNDECIDED = "undecided"
    LIMIT_UNKNOWN = "limit-unknown"
    SOONER = "sooner"
    LATER = "later"
    NOT_REACHED = "not-reached"
    UNDECIDED_BETWEEN = "undecided-between"
    AS_EXPECTED = "as-expected"

    @property
    def contradicts_the_model(self) -> bool:
        """Whether the knee cannot be where the model expects it."""
        return self in (Placement.SOONER, Placement.LATER)


@dataclass(frozen=True, slots=True)
class Knee:
    """Where `def` falls behind `async`: above `low` simultaneous requests and no later than at `high`.

    `low` is None if `def` was not clearly level with `async` at any lower concurrency, `high` if it never fell clearly
    behind. `expected` is limit x workers, None if the limit in force is not known, and `placement` how the knee lies to
    that. `claimed` says that there were enough blocks for an interval and nothing is `withheld`; otherwise the bounds
    rest on point medians and only describe. `ratios` is how many times as long `def` took at each concurrency, in the
    same block: the median over blocks. `waves` is how many waves of threads `def` took at `high`, None if the model and
    the ratio disagree, or agree on one. `steps` is how the bursts of `def` fit the model, None with too few of them.
    """

    launch: Launch
    client: str
    low: int | None
    high: int | None
    expected: int | None
    claimed: bool
    placement: Placement
    ratios: Mapping[int, float]
    waves: int | None = None
    steps: Steps | None = None
    withheld: Withholding | None = None

    @property
    def ratios_up_to_low(self) -> list[float]:
        """How many times as long `def` took at each concurrency up to `low`."""
        return [ratio for concurrency, ratio in self.ratios.items() if self.low is not None and concurrency <= self.low]

    def is_apart_from(self, other: "Knee") -> bool:
        """Return whether the two cannot be at the same number of requests, rather than one interval being wider."""
        return self.claimed and other.claimed and (self._is_above(other) or other._is_above(self))

    def _is_above(self, other: "Knee") -> bool:
        return self.low is not None and other.high is not None and self.low >= other.high
