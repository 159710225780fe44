"""How far a run has come, for whoever wants to show it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from harness.model.executors import format_load
from harness.model.journal import Sample, SampleStatus
from harness.model.outcomes import Status
from harness.model.plan import Cell, Launch


@dataclass(frozen=True, slots=True)
class Result:
    """What a cell has just given.

    `figure` is the time until the last answer of a burst in seconds, answers a second of a steady executor, None where
    there is a `reason` for there being none. `again` says that it was measured twice, since the first sample was
    doubted.
    """

    cell: Cell
    status: SampleStatus
    figure: float | None
    reason: str | None
    again: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a run: what is being done now, samples done and to do, failures so far, seconds left.

    `launch` counts the launches of this block, `cells` are those of this launch, in the order of the plan. `cell` is
    the one that is measured now, if one is; `result` what the last one gave, in the step that tells of it. Where a run
    may end as soon as it is decided (`at_most`), `blocks`, what is to do and the time left are the most that there will
    be.
    """

    block: int
    blocks: int
    launch: int
    launches: int
    doing: str
    done: int
    total: int
    failures: int
    left_s: float
    cells: tuple[Cell, ...]
    cell: Cell | None = None
    result: Result | None = None
    at_most: bool = False


Watch = Callable[[Progress], None]


class Clock:
    """Predicts the time left: the forecast of what is still to do, corrected by how far off it has been so far."""

    # Before this much has been predicted away, a correction would be mostly noise.
    STEADY_AFTER_S = 15.0

    def __init__(self, to_do_s: float) -> None:
        self._began_s = time.monotonic()
        self._to_do_s = to_do_s
        self._done_s = 0.0

    def passed(self, predicted_s: float) -> None:
        """Something is done that was predicted to take so long."""
        self._done_s += predicted_s

    def spared(self, predicted_s: float) -> None:
        """Something that was predicted to take so long need not be done after all."""
        self._to_do_s -= predicted_s

    def added(self, predicted_s: float) -> None:
        """Something has to be done besides that is predicted to take so long; less than nothing need not be done."""
        self._to_do_s += predicted_s

    def left_s(self) -> float:
        """Seconds until the end, as far as anyone can tell."""
        steady = self._done_s > self.STEADY_AFTER_S
        correction = (time.monotonic() - self._began_s) / self._done_s if steady else 1.0
        return max(0.0, self._to_do_s - self._done_s) * correction


def result_of(cell: Cell, sample: Sample) -> Result:
    """What there is to show of a sample, which may be large itself."""
    steady = sample.steady
    figure = steady.answered / steady.window_s if steady else sample.duration_s
    has_one = sample.status is Status.OK
    return Result(cell, sample.status, figure if has_one else None, sample.reason, again=sample.attempt > 1)


def launch_label(launch: Launch) -> str:
    """A launch in a few words."""
    several = f", {launch.workers} workers" if launch.workers > 1 else ""
    pool = "" if launch.pool_size is None else f", pool of {launch.pool_size}"
    return f"{launch.server}, {launch.scenario}{pool}, thread limit {launch.thread_limit}{several}"


def cell_label(cell: Cell) -> str:
    """A cell in a few words."""
    return f"{launch_label(cell.launch)}: {cell.style} at {format_load(cell)}"
