"""What is found about how to write an endpoint: the style to prefer, and the styles that it is preferred to."""

from dataclasses import dataclass
from enum import StrEnum

from harness.analysis.findings.judgements import Withholding
from harness.analysis.statistics.verdicts import Verdict
from harness.model.plan import Cell


class Part(StrEnum):
    """Where the time of a request can go; for an app measured as it is, only the last two are known."""

    WAITING = "waiting"
    WORKING = "working"
    IN_THE_APP = "in the application"
    OUTSIDE = "outside"


class Basis(StrEnum):
    """Why a style is preferred to the first of its rivals."""

    RIVAL_GAVE_UP = "rival-gave-up"
    SHOWN_AHEAD = "shown-ahead"
    NO_DIFFERENCE = "no-difference"
    LOWEST_MEDIAN = "lowest-median"


@dataclass(frozen=True, slots=True)
class Cause:
    """The part of its requests' time in which a style lost most to the preferred one: medians in milliseconds."""

    part: Part
    ms: float
    preferred_ms: float


@dataclass(frozen=True, slots=True)
class Rival:
    """A style that another one is preferred to, under the same conditions and load.

    `ratio` is how many times as much it took as the preferred one in the same block, the median over `blocks`; the
    interval from `low` to `high` misses with probability `may_miss` at most. The `verdict` is on this style, and None
    if it is `withheld`. `gave_up` of its `requests` gave up. `cause` is None if no part of the time got longer.
    """

    cell: Cell
    blocks: int
    ratio: float | None
    low: float | None
    high: float | None
    may_miss: float
    verdict: Verdict | None
    withheld: Withholding | None
    gave_up: int
    requests: int
    cause: Cause | None


@dataclass(frozen=True, slots=True)
class Advice:
    """The style to prefer for one scenario at one load, and the styles that it is preferred to.

    The first of the rivals is the best that is written the other way (`def` against `async def`), or simply the next
    if all are written one way; the others follow in order of what they took. `basis` is why the style is preferred to
    the first. `blocks` is how many the preferred style was measured in. `is_highest` says that no two styles were
    measured at a higher load.
    """

    preferred: Cell
    blocks: int
    is_highest: bool
    basis: Basis
    rivals: tuple[Rival, ...]

    @property
    def over(self) -> Rival:
        """The first rival."""
        return self.rivals[0]

    @property
    def is_settled(self) -> bool:
        """Whether the preferred style is shown to be ahead of the first rival."""
        return self.basis in (Basis.RIVAL_GAVE_UP, Basis.SHOWN_AHEAD)
