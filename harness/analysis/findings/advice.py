"""What is found of how an endpoint should be written: the style to prefer, and what it is preferred to."""

from dataclasses import dataclass
from typing import Literal

from harness.analysis.statistics.verdicts import Verdict
from harness.model.plan import Cell

Part = Literal["waiting", "working", "in the application", "outside"]
"""Where the time of a request can go; an app that is measured as it is has two parts, the last ones."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The part of its requests' time in which a style lost most against the preferred one: medians in milliseconds."""

    part: Part
    ms: float
    preferred_ms: float


@dataclass(frozen=True, slots=True)
class Rival:
    """A style that another one is preferred to, under the same conditions and load.

    `ratio` says how many times as much it took as the preferred one in the same block, the median over `blocks`; `low`
    and `high` bound its interval, which misses with probability `may_miss` at most. The `verdict` is on this style; it
    is None where there is a `reason` to withhold it. `gave_up` of its `requests` gave up. `cause` is None where no part
    of the time got longer.
    """

    cell: Cell
    blocks: int
    ratio: float | None
    low: float | None
    high: float | None
    may_miss: float
    verdict: Verdict | None
    reason: str | None
    gave_up: int
    requests: int
    cause: Cause | None


@dataclass(frozen=True, slots=True)
class Advice:
    """The style to prefer for one scenario at one load, and the styles that it is preferred to.

    The first of the rivals is the best that is written the other way (`def` against `async def`), or simply the next
    where all are written one way; the others follow in order of what they took. `blocks` is how many the preferred
    style was measured in. `is_highest` says that no higher load was measured of two styles.
    """

    preferred: Cell
    blocks: int
    is_highest: bool
    rivals: tuple[Rival, ...]

    @property
    def over(self) -> Rival:
        """The style that the preferred one is first of all preferred to."""
        return self.rivals[0]
