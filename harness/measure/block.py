"""One block of a run: its launches are alive together, and their cells are visited in rounds of one window each.

A failure is recorded like any other window, and its cell is not visited again in this block. The launch that it
happened on is replaced, because the fault may still be going on inside the server. A doubtful window is recorded too.
Where there are few others, it is measured again at once, and the second one counts.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Protocol

from harness.matrix.order import STARTED_TOGETHER, Group, Turn, count_windows
from harness.measure.launch import LiveLaunch, RunContext
from harness.measure.own_endpoints import UnexpectedAnswerError
from harness.measure.progress import cell_label, launch_label
from harness.measure.readiness import LaunchError
from harness.measure.window import Surroundings, WindowKey, make_failed_window, measure_window
from harness.model.flags import count_latencies, find_flags
from harness.model.journal import Ceiling, Record, Window
from harness.model.outcomes import Status
from harness.model.plan import Cell, Launch

LATENCIES_A_WINDOW = 3
"""The fewest median latencies that one of several windows of a cell has to last."""

BLOCKS_THAT_FORGIVE = 6
"""From this many blocks on, a single doubtful window hardly moves their median."""


@dataclass(frozen=True, slots=True)
class BlockStep:
    """Where a run stands: the block, the launches that are alive with their cells, and the round."""

    block: int
    cells: tuple[Cell, ...]
    round: int = 0
    rounds: int = 0


class BlockListener(Protocol):
    """Is told what a block is doing, and each window once it is recorded; gives launches their numbers."""

    def show_step(self, step: BlockStep, doing: str, cell: Cell | None = None) -> None: ...

    def count_window(self, step: BlockStep, window: Window) -> None: ...

    def number_launch(self) -> int: ...


class GroupMeasurement:
    """The launches of one group of a block, from their start to their end."""

    def __init__(
        self, run: RunContext, block: int, group: Group, ceiling: Ceiling | None, listener: BlockListener
    ) -> None:
        self._run = run
        self._plan = run.plan
        self._block = block
        self._group = group
        self._ceiling = ceiling
        self._listener = listener
        self._began_s = time.monotonic()
        self._alive: dict[Launch, LiveLaunch] = {}
        self._closed: set[int] = set()
        cells = tuple(self._plan.cells[cell] for turn in group.turns for cell in turn.cells)
        self._step = BlockStep(block, cells)

    def measure(self) -> None:
        """Measure every cell of the group; each failure is recorded, and costs no other cell."""
        with ExitStack() as ends:
            ends.callback(self._end_all)
            self._start(self._group.turns)
            for number, cells in enumerate(self._group.rounds, start=1):
                self._step = replace(self._step, round=number, rounds=len(self._group.rounds))
                for cell in cells:
                    if cell not in self._closed:
                        self._visit(cell, number)

    def _start(self, turns: Sequence[Turn]) -> None:
        """Start launches, a few at a time, and record how that went."""
        starting = [self._make_launch(turn) for turn in turns]
        label = launch_label(starting[0].launch) if len(starting) == 1 else f"{len(starting)} servers"
        self._listener.show_step(self._step, f"starting {label}")
        for each in starting:
            self._alive[each.launch] = each
            each.find_services()
        _run_all([each.start for each in starting], at_once=STARTED_TOGETHER)
        for each in starting:
            self._write(each.describe_start())
            if each.error is not None:
                self._fail(each, self._list_open(each.launch), each.error)
            elif each.launch.scenario in self._plan.apps:
                self._check_endpoints(each)

    def _make_launch(self, turn: Turn) -> LiveLaunch:
        cells = [self._plan.cells[cell] for cell in turn.cells]
        return LiveLaunch(self._run, self._listener.number_launch(), self._block, turn.launch, cells)

    def _fail(self, launch: LiveLaunch, cells: Iterable[int], error: LaunchError | UnexpectedAnswerError) -> None:
        """Record that cells of a launch failed before they were measured."""
        for cell in cells:
            self._record(launch, make_failed_window(self._key(launch, cell, 1), error.status, str(error)))

    def _check_endpoints(self, launch: LiveLaunch) -> None:
        """Check the endpoints of the user's own app.

        The cells of an endpoint that does not answer as expected fail. If it took the server down, or may still keep it
        busy, the other cells are measured on a fresh one.
        """
        for style in dict.fromkeys(self._plan.cells[cell].style for cell in self._list_open(launch.launch)):
            self._listener.show_step(self._step, f"checking {style} on {launch_label(launch.launch)}")
            try:
                self._write(launch.check_endpoint(style))
            except UnexpectedAnswerError as error:
                alike = [cell for cell in self._list_open(launch.launch) if self._plan.cells[cell].style == style]
                self._fail(launch, alike, error)
                if not launch.is_usable_after(error):
                    self._replace(launch)
                    return

    def _visit(self, cell: int, number: int) -> None:
        """Measure the window of a cell in this round."""
        self._run.stop.check()
        launch = self._alive[self._plan.cells[cell].launch]
        self._listener.show_step(self._step, cell_label(self._plan.cells[cell]), self._plan.cells[cell])
        key = self._key(launch, cell, number)
        window = self._measure(launch, key)
        if key.rounds > 1 and count_latencies(window) < LATENCIES_A_WINDOW:
            # Its answers take too long for windows this short: the whole duration in one piece takes their place.
            self._write(window)
            window = self._measure(launch, replace(key, attempt=2, round=1, rounds=1))
        elif key.rounds == 1 and self._plan.min_blocks < BLOCKS_THAT_FORGIVE and self._is_doubtful(window):
            self._write(window)
            window = self._measure(launch, replace(key, attempt=2))
        self._record(launch, window)
        if window.status is not Status.OK:
            self._replace(launch)

    def _is_doubtful(self, window: Window) -> bool:
        return bool(find_flags(self._plan.cells[window.cell], window, self._plan.load, self._ceiling))

    def _measure(self, launch: LiveLaunch, key: WindowKey) -> Window:
        neighbours = [other.pids for other in self._alive.values() if other is not launch]
        around = Surroundings(launch.services, neighbours, self._began_s)
        return measure_window(key, self._plan, launch.server, self._run.clients, around)

    def _replace(self, launch: LiveLaunch) -> None:
        """End a launch on which something failed; start another one if cells are left for it."""
        self._end([launch])
        if cells := self._list_open(launch.launch):
            self._start([Turn(launch.launch, tuple(cells))])

    def _list_open(self, launch: Launch) -> list[int]:
        """Return the cells of a launch that have windows left."""
        cells = next(turn.cells for turn in self._group.turns if turn.launch == launch)
        return [cell for cell in cells if cell not in self._closed]

    def _key(self, launch: LiveLaunch, cell: int, number: int) -> WindowKey:
        return WindowKey(self._block, launch.number, cell, round=number, rounds=count_windows(self._plan, cell))

    def _record(self, launch: LiveLaunch, window: Window) -> None:
        if window.reason:
            window = replace(window, reason=self._run.secrets.redacted(window.reason))
        launch.has_failed = launch.has_failed or window.status is not Status.OK
        if window.is_last:
            self._closed.add(window.cell)
        self._write(window)
        self._listener.count_window(self._step, window)

    def _end_all(self) -> None:
        self._end(list(self._alive.values()))

    def _end(self, launches: Sequence[LiveLaunch]) -> None:
        for launch in launches:
            del self._alive[launch.launch]
            launch.close_connections()
        try:
            _run_all([launch.end for launch in launches], at_once=len(launches))
        finally:
            for launch in launches:
                if ended := launch.describe_end():
                    self._write(ended)

    def _write(self, record: Record) -> None:
        self._run.journal.write(record)


def _run_all(calls: Iterable[Callable[[], None]], at_once: int) -> None:
    """Make calls in threads, wait for all of them, and raise the first of their exceptions."""
    with ThreadPoolExecutor(max(1, at_once)) as threads:
        for done in [threads.submit(call) for call in calls]:
            done.result()
