"""Two runs side by side, in the form that a comparison of them is rendered from."""

from dataclasses import dataclass

from harness.analysis.findings import Control
from harness.analysis.statistics.estimates import Estimate
from harness.analysis.statistics.verdicts import Verdict
from harness.model.environment import Change
from harness.model.flags import Flag
from harness.model.plan import Cell


@dataclass(frozen=True, slots=True)
class Alone:
    """Cells that cannot be held against anything: how many, and what they are called."""

    cells: int
    names: str


@dataclass(frozen=True, slots=True)
class Run:
    """One of the two runs.

    `blocks` counts those that were measured completely. Where the figures decided how many there are, the first
    `compared` of them are compared; None where all are. `alone` are the cells that the other run has not.
    """

    name: str
    started_at: str
    blocks: int
    compared: int | None
    control: Control | None
    alone: Alone | None


@dataclass(frozen=True, slots=True)
class Both:
    """One cell in both runs: the median over blocks of what it cost, in seconds, and over how many blocks.

    `ratio` says how many times as much it cost in the second run, with a 95% interval; None across hosts. `bound` is
    the flag by which it says more about the client, or the upstream, than about the server.
    """

    cell: Cell
    cost_s: tuple[float, float]
    blocks: tuple[int, int]
    ratio: Estimate | None
    bound: Flag | None


@dataclass(frozen=True, slots=True)
class StyleVerdict:
    """A style of a server in both runs, over so many `cells`; `bound` others were left aside.

    `blocks` counts those in which all these cells gave a figure. `ratio` says how many times as much they cost in the
    second run; `low` and `high` bound its interval, which misses the truth with probability `may_miss` at most, and are
    None where there are too few blocks. `verdict` is None where there is a `reason` to withhold it.
    """

    server: str
    style: str
    cells: int
    bound: int
    blocks: tuple[int, int]
    ratio: float | None
    low: float | None
    high: float | None
    may_miss: float
    verdict: Verdict | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two runs side by side, the second held against the first.

    `apart` is what keeps them from being put into one ratio; then there are no `verdicts`. `changed` is all that has
    changed from one run to the other, `difference` the larger of their practical differences. `without` are cells that
    both runs have, and that gave no figure in one of them.
    """

    runs: tuple[Run, Run]
    difference: float
    apart: tuple[Change, ...]
    changed: tuple[Change, ...]
    verdicts: tuple[StyleVerdict, ...]
    cells: tuple[Both, ...]
    without: Alone | None

    @property
    def is_valid(self) -> bool:
        """Whether the A/A control of neither run differs from itself."""
        return all(run.control is None or run.control.within is not False for run in self.runs)
