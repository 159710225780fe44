"""The progress of a run, for anything that shows it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from harness.model.axes import LAUNCH_AXES
from harness.model.executors import format_load
from harness.model.journal import SampleStatus, Window
from harness.model.outcomes import Status
from harness.model.plan import Cell, Launch

# The loop goes with the server.
_SETTINGS = [
    axis
    for axis in LAUNCH_AXES
    if axis.kind is not None and axis.name not in ("server", "scenario") and axis.within != "server"
]


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a cell that has just been measured.

    `figure` is the headline of the cell's executor, None if a `reason` says why there is none. `again` says that the
    cell was measured twice, since the first sample was doubted.
    """

    cell: Cell
    status: SampleStatus
    figure: float | None
    reason: str | None
    again: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a run: the current activity, samples done and to do, failures so far, seconds left.

    `cells` are those of the launches that are alive, `round` counts the rounds of windows over them and is 0 while they
    start. `cell` is being measured, `result` is that of a cell that has just had its last window. If the run may end
    early (`at_most`), `blocks`, `total` and `left_s` are upper bounds.
    """

    block: int
    blocks: int
    round: int
    rounds: int
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
    """Predicts the time left: the forecast of what is still to do, corrected by its error so far."""

    # Before this much has been predicted away, a correction would be mostly noise.
    STEADY_AFTER_S = 15.0

    def __init__(self, to_do_s: float) -> None:
        self._began_s = time.monotonic()
        self._to_do_s = to_do_s
        self._done_s = 0.0

    def count_done(self, predicted_s: float) -> None:
        """Count work as done that was predicted to take this long."""
        self._done_s += predicted_s

    def remove(self, predicted_s: float) -> None:
        """Remove work that was predicted to take this long and is not needed."""
        self._to_do_s -= predicted_s

    def add(self, predicted_s: float) -> None:
        """Add work that is predicted to take this long; a negative time removes work."""
        self._to_do_s += predicted_s

    def left_s(self) -> float:
        """Return the predicted seconds until the end."""
        return max(0.0, self._to_do_s - self._done_s) * self.correction()

    def correction(self) -> float:
        """Return how many times as long everything takes as was predicted."""
        steady = self._done_s > self.STEADY_AFTER_S
        return (time.monotonic() - self._began_s) / self._done_s if steady else 1.0


def read_headline(window: Window) -> float | None:
    """Return the headline figure of one window; None if it failed."""
    if window.status is not Status.OK:
        return None
    return window.steady.answered / window.steady.window_s if window.steady else window.duration_s


def summarize_cell(cell: Cell, last: Window, figures: Sequence[float]) -> Result:
    """Return what is shown of a cell in a block, from its last window and the headline figures of all of them."""
    figure = median(figures) if last.status is Status.OK else None
    return Result(cell, last.status, figure, last.reason, again=last.attempt > 1)


def launch_label(launch: Launch) -> str:
    """Return a launch in a few words: `uvicorn, sleep, thread limit 40, 2 workers`."""
    settings = ((axis, axis.launch_value(launch)) for axis in _SETTINGS)
    shown = [axis.phrase(value) for axis, value in settings if value != axis.default or axis.name == "thread_limit"]
    return ", ".join([launch.server, launch.scenario, *shown])


def cell_label(cell: Cell) -> str:
    """Return a cell in a few words: `uvicorn, sleep, thread limit 40: def at 80`."""
    return f"{launch_label(cell.launch)}: {cell.style} at {format_load(cell)}"
