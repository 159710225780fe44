"""A run: block after block, launch after launch, cell after cell; what was seen is written down before going on.

A failure is written down, and the run goes on. A run that measured its fewest blocks asks after each block how to go
on: whoever judges the figures is not of this room.
"""

import contextlib
import os
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from harness.matrix import database, forecast, order
from harness.matrix.order import Turn
from harness.matrix.places import missing_places
from harness.measure import journal_writer
from harness.measure.ceiling import measure_ceiling
from harness.measure.environment import describe_environment, list_differences
from harness.measure.journal_writer import JournalState, JournalWriter
from harness.measure.launch import LaunchMeasurement, LaunchStep, RunContext
from harness.measure.load import Clients, LoadError
from harness.measure.own_endpoints import collect_secrets
from harness.measure.process import EXTRA_FILES, raise_descriptor_limit, require_descriptors, split_cores
from harness.measure.progress import Clock, Progress, Result, Watch, cell_label, result_of
from harness.measure.services.manager import ServiceManager
from harness.measure.services.service import find_external_services
from harness.measure.stop import Stop
from harness.model.errors import InputError
from harness.model.journal import METHOD, Ceiling, Ended, Header, Rerun, Sample
from harness.model.outcomes import Status
from harness.model.plan import Cell, Course, Plan
from harness.model.secrets import Secrets

LOGS = "logs"

Judge = Callable[[], Course]
"""Says at the end of a block how the run goes on."""


def check_limits(plan: Plan) -> None:
    """Raise InputError where this machine does not let a process open as many connections as the plan asks for."""
    require_descriptors(max(cell.concurrency for cell in plan.cells) + EXTRA_FILES)


def begin(plan: Plan, folder: Path, judge: Judge, stop: Stop, watch: Watch) -> None:
    """Measure a plan into an empty folder. Raises InterruptedRunError where it was asked to stop; the journal stays."""
    (folder / LOGS).mkdir()
    header = Header(plan=plan, environment=describe_environment(plan), started_at=_now(), method=METHOD)
    with journal_writer.create_journal(folder, header) as journal:
        _sit(JournalState(header, frozenset(), 0, is_rerun=False), folder, journal, judge, stop, watch)


def resume(folder: Path, judge: Judge, stop: Stop, watch: Watch) -> None:
    """Measure what the interrupted run of a folder has not measured yet.

    Raises InputError where its journal cannot be read, or was written on another machine or with other software, and
    where an app of the user's does not lie where it did.
    """
    with journal_writer.reopen_journal(folder) as (journal, before):
        if before.header.method != METHOD:
            raise InputError(
                f"{folder}: was begun with version {before.header.method} of the method, and this is version {METHOD}; "
                f"start a new run"
            )
        apps = before.header.plan.apps.values()
        if lost := [place for app in apps for place in missing_places(app, Path.cwd())]:
            there = "go to the folder that the run was begun in"
            raise InputError(f"{folder}: cannot be resumed here, there is {'; '.join(lost)}; {there}")
        if changed := list_differences(before.header.environment, describe_environment(before.header.plan)):
            since = "; ".join(changed)
            raise InputError(f"{folder}: cannot be resumed here, start a new run; since it was begun, {since}")
        (folder / LOGS).mkdir(exist_ok=True)
        _sit(before, folder, journal, judge, stop, watch)


def _sit(before: JournalState, folder: Path, journal: JournalWriter, judge: Judge, stop: Stop, watch: Watch) -> None:
    """One sitting: from the start or the resumption to the end or the next interruption."""
    raise_descriptor_limit()
    began_s = time.monotonic()
    finished = False
    try:
        plan = before.header.plan
        shares = split_cores(plan.load.processes)
        with (
            Clients(stop, plan.load.processes, shares.client) as clients,
            ServiceManager(folder / LOGS, shares.client, stop, find_external_services(plan, os.environ)) as services,
        ):
            means = RunContext(plan, clients, services, _secrets(plan), folder / LOGS, journal, stop)
            Sitting(before, means, watch).measure_blocks(judge)
        finished = True
    finally:
        wall_s = time.monotonic() - began_s
        journal.write(Ended(status="finished" if finished else "interrupted", at=_now(), wall_s=wall_s))
        if not any((folder / LOGS).iterdir()):
            (folder / LOGS).rmdir()


def _secrets(plan: Plan) -> Secrets:
    """Whatever this run is asked with that no file may hold."""
    return Secrets({**collect_secrets(plan).values, **database.secrets_of(plan, os.environ).values})


class Sitting:
    """What changes while a run is measured: how far it has come, and what has failed."""

    def __init__(self, before: JournalState, means: RunContext, watch: Watch) -> None:
        self.plan = means.plan
        self._measured = before.samples
        self._is_rerun = before.is_rerun
        self._due = max(self.plan.min_blocks, *(block for block, _ in before.samples), 0)
        self._launch = before.launches
        self._means = means
        self._ceiling: Ceiling | None = None
        self._watch = watch
        self._clock = Clock(forecast.total_s(self.plan))
        self._is_ready = False
        self._done = 0
        self._failures = 0

    def measure_blocks(self, judge: Judge) -> None:
        """Measure the fewest blocks, and then as many more as the judge asks for."""
        block = 0
        while True:
            while block < self._due:
                block += 1
                self._measure_block(block)
            course = judge()
            if course.until <= self._due:
                return
            if course.rerun:
                self._begin_rerun(course.until)
            self._due = course.until

    def _begin_rerun(self, until: int) -> None:
        """Say once that what comes is a rerun; the clock had reckoned with the most blocks, and no rerun."""
        if not self._is_rerun:
            self._is_rerun = True
            self._means.journal.write(Rerun(self._due + 1))
        self._clock.added((until - self.plan.blocks) * forecast.block_s(self.plan))

    def _get_ready(self) -> None:
        """Start what offers the load, and measure what the engine can do at most; without that, the report says so."""
        means, processes = self._means, self.plan.load.processes
        names = {cell.client for cell in self.plan.cells}
        means.clients.get_ready(names)
        if "engine" in names:
            with contextlib.suppress(LoadError):
                self._ceiling = measure_ceiling(means.clients, processes, split_cores(processes).server, means.stop)
                means.journal.write(self._ceiling)
        self._is_ready = True

    def _measure_block(self, block: int) -> None:
        """Measure every cell of a block that has no sample yet."""
        turns = order.block(self.plan, block)
        for place, turn in enumerate(turns, start=1):
            missing = self._missing(block, turn)
            launch_s = forecast.launch_s(self.plan, turn.launch)
            if not missing:
                self._clock.spared(launch_s)
                continue
            if not self._is_ready:
                self._get_ready()
            # In the order of the plan, whatever order they are measured in.
            cells = tuple(self.plan.cells[cell] for cell in sorted(turn.cells))
            while missing:
                self._launch += 1
                step = LaunchStep(self._launch, block, place, len(turns), turn.launch, cells)
                LaunchMeasurement(self._means, step, self._ceiling, self).measure(missing)
            self._clock.passed(launch_s)

    def _missing(self, block: int, turn: Turn) -> deque[int]:
        """The cells of a turn that have no sample yet; the others are counted as done."""
        missing: deque[int] = deque()
        for cell in turn.cells:
            if (block, cell) in self._measured:
                self._done += 1
                self._clock.spared(forecast.cell_s(self.plan.cells[cell], self.plan.load))
            else:
                missing.append(cell)
        return missing

    # What a launch tells.

    def doing(self, step: LaunchStep, what: str, cell: Cell | None = None) -> None:
        """Show what is being done."""
        self._show(step, what, cell)

    def done(self, step: LaunchStep, sample: Sample) -> None:
        """Count a sample, and show what it gave."""
        cell = self.plan.cells[sample.cell]
        self._failures += sample.status is not Status.OK
        self._done += 1
        self._clock.passed(forecast.cell_s(cell, self.plan.load))
        self._show(step, cell_label(cell), result=result_of(cell, sample))

    def _show(self, step: LaunchStep, doing: str, cell: Cell | None = None, result: Result | None = None) -> None:
        blocks = self._due if self._is_rerun else max(self.plan.blocks, self._due)
        self._watch(
            Progress(
                block=step.block,
                blocks=blocks,
                launch=step.place,
                launches=step.of,
                doing=doing,
                done=self._done,
                total=len(self.plan.cells) * blocks,
                failures=self._failures,
                left_s=self._clock.left_s(),
                cells=step.cells,
                cell=cell,
                result=result,
                at_most=self.plan.is_sequential and not self._is_rerun,
            )
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
