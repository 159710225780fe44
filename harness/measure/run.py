"""A run: block after block, each of windows in rounds; each observation is recorded before going on.

A failure is recorded too, and the run goes on. After each block from the fewest on, a callback decides whether to
continue: the figures are judged in another room.
"""

import contextlib
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from harness.matrix import database, forecast, order
from harness.matrix.apps import missing_places
from harness.measure.block import BlockStep, GroupMeasurement
from harness.measure.ceiling import measure_ceiling
from harness.measure.environment import describe_environment, list_differences
from harness.measure.journal_writer import JournalState, JournalWriter, create_journal, reopen_journal
from harness.measure.launch import RunContext
from harness.measure.load import Clients, LoadError
from harness.measure.own_endpoints import collect_secrets
from harness.measure.process import EXTRA_FILES, raise_descriptor_limit, require_descriptors, split_cores
from harness.measure.progress import Clock, Progress, Result, Watch, cell_label, read_headline, summarize_cell
from harness.measure.services.manager import ServiceManager
from harness.measure.services.service import find_external_services
from harness.measure.stop import Stop
from harness.model.errors import InputError
from harness.model.groups import group_by
from harness.model.journal import METHOD, Ceiling, Ended, Header, Narrowed, Rerun, Window
from harness.model.outcomes import Status
from harness.model.plan import Cell, Course, Launch, Plan
from harness.model.secrets import Secrets

LOGS = "logs"

Judge = Callable[[], Course]
"""Called after each block; decides whether to continue."""


def check_limits(plan: Plan) -> None:
    """Raise InputError if a process may not open as many connections as the plan needs.

    The load processes keep the connections to all launches that are alive.
    """
    most = {launch: max(cell.concurrency for cell in own) for launch, own in group_by(plan.cells, _launch_of).items()}
    groups = order.order_block(plan, 1)
    require_descriptors(max(sum(most[turn.launch] for turn in group.turns) for group in groups) + EXTRA_FILES)


def _launch_of(cell: Cell) -> Launch:
    return cell.launch


def begin(plan: Plan, folder: Path, judge: Judge, stop: Stop, watch: Watch) -> None:
    """Measure a plan into an empty folder. Raises InterruptedRunError if it was asked to stop; the journal stays."""
    (folder / LOGS).mkdir()
    header = Header(plan=plan, environment=describe_environment(plan), started_at=_now(), method=METHOD)
    with create_journal(folder, header) as journal:
        _measure(JournalState(header), folder, journal, judge, stop, watch)


def resume(folder: Path, judge: Judge, stop: Stop, watch: Watch) -> None:
    """Measure the rest of an interrupted run.

    Raises InputError if its journal cannot be read, if it was written on another machine or with other software, or if
    an app of the user's is no longer where it was.
    """
    with reopen_journal(folder) as (journal, before):
        header = before.header
        if header.method != METHOD:
            raise InputError(
                f"{folder}: was started with version {header.method} of the method, and this is version {METHOD}; "
                f"start a new run"
            )
        if lost := [place for app in header.plan.apps.values() for place in missing_places(app, Path.cwd())]:
            advice = "go to the folder that the run was started in"
            raise InputError(f"{folder}: cannot be resumed here, there is {'; '.join(lost)}; {advice}")
        if changed := list_differences(header.environment, describe_environment(header.plan)):
            raise InputError(
                f"{folder}: cannot be resumed here, start a new run; since it was started, {'; '.join(changed)}"
            )
        (folder / LOGS).mkdir(exist_ok=True)
        _measure(before, folder, journal, judge, stop, watch)


def _measure(
    before: JournalState, folder: Path, journal: JournalWriter, judge: Judge, stop: Stop, watch: Watch
) -> None:
    """Measure one sitting: from the start or the resumption to the end or the next interruption."""
    raise_descriptor_limit()
    began_s = time.monotonic()
    finished = False
    plan, logs = before.header.plan, folder / LOGS
    cores = split_cores(plan.load.processes).client
    try:
        with (
            Clients(stop, plan.load.processes, cores) as clients,
            ServiceManager(logs, cores, stop, find_external_services(plan, os.environ)) as services,
        ):
            secrets = Secrets({**collect_secrets(plan).values, **database.secrets_of(plan, os.environ).values})
            run = RunContext(plan, clients, services, secrets, logs, journal, stop)
            Sitting(before, run, watch).measure_blocks(judge)
        finished = True
    finally:
        wall_s = time.monotonic() - began_s
        journal.write(Ended(status="finished" if finished else "interrupted", at=_now(), wall_s=wall_s))
        if not any(logs.iterdir()):
            logs.rmdir()


class Sitting:
    """What changes while a run is measured: how far it has come, and what has failed."""

    def __init__(self, before: JournalState, run: RunContext, watch: Watch) -> None:
        self._plan = run.plan
        self._run = run
        self._order = order.BlockOrder(run.plan)
        self._measured = before.samples
        self._narrowed = dict(before.narrowed)
        self._is_rerun = before.is_rerun
        self._due = max(run.plan.min_blocks, *(block for block, _ in before.samples), 0)
        self._launches = before.launches
        self._ceiling: Ceiling | None = None
        self._watch = watch
        self._began_s = time.monotonic() - before.wall_s
        self._clock = Clock(forecast.total_s(run.plan))
        self._is_ready = False
        self._total = len(run.plan.cells) * max(run.plan.blocks, self._due)
        self._done = 0
        self._failures = 0
        self._figures: dict[int, list[float]] = {}

    def measure_blocks(self, judge: Judge) -> None:
        """Measure the fewest blocks, and then as many more as `judge` asks for and the budget allows."""
        block = 0
        while True:
            while block < self._due:
                block += 1
                self._measure_block(block)
            course = judge()
            if course.until <= self._due or not (course.rerun or self._has_time_for(course.cells)):
                return
            if course.rerun:
                self._begin_rerun(course.until)
            elif course.cells is not None and course.until not in self._narrowed:
                self._narrow(course.until, course.cells)
            self._due = course.until

    def _has_time_for(self, cells: frozenset[int] | None) -> bool:
        """Return whether another block would end within the budget."""
        if self._plan.budget_s is None:
            return True
        spent_s = time.monotonic() - self._began_s
        return spent_s + forecast.block_s(self._plan, cells) * self._clock.correction() <= self._plan.budget_s

    def _narrow(self, block: int, cells: frozenset[int]) -> None:
        self._narrowed[block] = cells
        self._run.journal.write(Narrowed(block, tuple(sorted(cells))))

    def _begin_rerun(self, until: int) -> None:
        """Record once that a rerun begins; the forecast covered the most blocks and no rerun."""
        if not self._is_rerun:
            self._is_rerun = True
            self._run.journal.write(Rerun(self._due + 1))
        blocks = until - self._due
        self._total = self._done + blocks * len(self._plan.cells)
        self._clock.add(blocks * forecast.block_s(self._plan))

    def _get_ready(self) -> None:
        """Start the load processes and measure their ceiling; the report says so if that fails."""
        run, processes = self._run, self._plan.load.processes
        names = {cell.client for cell in self._plan.cells}
        run.clients.start(names)
        if "engine" in names:
            with contextlib.suppress(LoadError):
                self._ceiling = measure_ceiling(run.clients, processes, split_cores(processes).server, run.stop)
                run.journal.write(self._ceiling)
        self._is_ready = True

    def _measure_block(self, block: int) -> None:
        """Measure every cell of a block that has no whole sample yet."""
        due = self._narrowed.get(block, frozenset(range(len(self._plan.cells))))
        missing = {cell for cell in due if (block, cell) not in self._measured}
        everything_s, missing_s = forecast.block_s(self._plan), forecast.block_s(self._plan, missing)
        self._clock.remove(everything_s - missing_s)
        self._done += len(due) - len(missing)
        self._total -= len(self._plan.cells) - len(due)
        if not missing:
            return
        if not self._is_ready:
            self._get_ready()
        for group in self._order.order_block(block, missing):
            GroupMeasurement(self._run, block, group, self._ceiling, self).measure()
            cells = [cell for turn in group.turns for cell in turn.cells]
            windows_s = sum(forecast.cell_s(self._plan, cell) for cell in cells)
            self._clock.count_done(forecast.block_s(self._plan, cells) - windows_s)

    def number_launch(self) -> int:
        """Return the number of the next launch of the run."""
        self._launches += 1
        return self._launches

    def count_window(self, step: BlockStep, window: Window) -> None:
        """Count a window, and show its result once its cell has them all."""
        cell = self._plan.cells[window.cell]
        self._failures += window.status is not Status.OK
        if window.round == 1:
            self._figures[window.cell] = []
        if (figure := read_headline(window)) is not None:
            self._figures[window.cell].append(figure)
        if window.is_last:
            self._done += 1
            self._clock.count_done(forecast.cell_s(self._plan, window.cell))
            self.show_step(step, cell_label(cell), result=summarize_cell(cell, window, self._figures[window.cell]))

    def show_step(self, step: BlockStep, doing: str, cell: Cell | None = None, result: Result | None = None) -> None:
        """Show what a block is doing."""
        self._watch(
            Progress(
                block=step.block,
                blocks=self._due if self._is_rerun else max(self._plan.blocks, self._due),
                round=step.round,
                rounds=step.rounds,
                doing=doing,
                done=self._done,
                total=self._total,
                failures=self._failures,
                left_s=self._clock.left_s(),
                cells=step.cells,
                cell=cell,
                result=result,
                at_most=self._plan.is_sequential and not self._is_rerun,
            )
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
