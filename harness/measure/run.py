"""A run: block after block, launch after launch, cell after cell; what was seen is written down before going on.

A failure is written down like any other sample, and the run goes on. After a cell that failed, the rest of its launch
is measured on a fresh one: whatever went wrong may still be going on inside the server. A sample that there is reason
to doubt is written down like any other, and its cell is measured again at once; the second sample counts, whatever it
says. A run that measured its fewest blocks asks after each block how to go on: whoever judges the figures is not of
this room.
"""

import contextlib
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.matrix import database, forecast, order
from harness.matrix.order import Turn
from harness.measure import cores, writer
from harness.measure.ceiling import ceiling
from harness.measure.cell import Where, failed, measure
from harness.measure.endpoints import NotAsExpectedError, check, secrets_of
from harness.measure.environment import differences, environment
from harness.measure.load import Clients, LoadError
from harness.measure.process import lift_descriptor_limit, need_descriptors
from harness.measure.progress import Clock, Progress, Result, Watch, cell_label, launch_label, result_of
from harness.measure.readiness import LaunchError, wait_until_ready
from harness.measure.server import RunningServer, Surroundings, started
from harness.measure.services.beside import Services
from harness.measure.services.given import given
from harness.measure.services.service import RunningService, ServiceError
from harness.measure.stop import Stop
from harness.measure.writer import Journal, Measured
from harness.model.errors import InputError
from harness.model.flags import flags
from harness.model.journal import METHOD, Ceiling, Checked, Ended, Header, Launched, Rerun, Sample, Stopped
from harness.model.machine import BESIDE_CONNECTIONS
from harness.model.plan import Cell, Course, Launch, Plan
from harness.model.secrets import Secrets

LOGS = "logs"

Judge = Callable[[], Course]
"""Says at the end of a block how the run goes on."""


def check_limits(plan: Plan) -> None:
    """Raise InputError where this machine does not let a process open as many connections as the plan asks for."""
    need_descriptors(max(cell.concurrency for cell in plan.cells) + BESIDE_CONNECTIONS)


def begin(plan: Plan, folder: Path, judge: Judge, stop: Stop, watch: Watch) -> None:
    """Measure a plan into an empty folder. Raises InterruptedRunError where it was asked to stop; the journal stays."""
    (folder / LOGS).mkdir()
    header = Header(plan=plan, environment=environment(plan), started_at=_now(), method=METHOD)
    with writer.create(folder, header) as journal:
        _sit(Measured(header, frozenset(), 0, is_rerun=False), folder, journal, judge, stop, watch)


def resume(folder: Path, judge: Judge, stop: Stop, watch: Watch) -> None:
    """Measure what the interrupted run of a folder has not measured yet.

    Raises InputError where its journal cannot be read, or was written on another machine or with other software.
    """
    with writer.take_up(folder) as (journal, before):
        if before.header.method != METHOD:
            raise InputError(
                f"{folder}: was begun with version {before.header.method} of the method, and this is version {METHOD}; "
                f"start a new run"
            )
        if changed := differences(before.header.environment, environment(before.header.plan)):
            since = "; ".join(changed)
            raise InputError(f"{folder}: cannot be resumed here, start a new run; since it was begun, {since}")
        (folder / LOGS).mkdir(exist_ok=True)
        _sit(before, folder, journal, judge, stop, watch)


def _sit(before: Measured, folder: Path, journal: Journal, judge: Judge, stop: Stop, watch: Watch) -> None:
    """One sitting: from the start or the resumption to the end or the next interruption."""
    lift_descriptor_limit()
    began_s = time.monotonic()
    finished = False
    try:
        plan = before.header.plan
        shares = cores.shares(plan.load.processes)
        with (
            Clients(stop, plan.load.processes, shares.client) as clients,
            Services(folder / LOGS, shares.client, stop, given(plan, os.environ)) as services,
        ):
            Sitting(before, folder, journal, Means(clients, services), stop, watch).measure_blocks(judge)
        finished = True
    finally:
        wall_s = time.monotonic() - began_s
        journal.write(Ended(status="finished" if finished else "interrupted", at=_now(), wall_s=wall_s))
        if not any((folder / LOGS).iterdir()):
            (folder / LOGS).rmdir()


@dataclass(frozen=True, slots=True)
class Step:
    """Where in a run a launch stands: its block, its place among the launches of that block, and its cells."""

    block: int
    number: int
    of: int
    launch: Launch
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Means:
    """What a sitting measures with: the load processes, and what runs beside the servers."""

    clients: Clients
    services: Services


class Sitting:
    """What changes while a run is measured: how far it has come, and what has failed."""

    def __init__(
        self, before: Measured, folder: Path, journal: Journal, means: Means, stop: Stop, watch: Watch
    ) -> None:
        self.plan = before.header.plan
        self._measured = before.samples
        self._is_rerun = before.is_rerun
        self._due = max(self.plan.min_blocks, *(block for block, _ in before.samples), 0)
        self._launch = before.launches
        self._logs = folder / LOGS
        self._secrets = Secrets({**secrets_of(self.plan).values, **database.secrets_of(self.plan, os.environ).values})
        self._journal = journal
        self._clients = means.clients
        self._services = means.services
        self._ceiling: Ceiling | None = None
        self._on_cores = cores.shares(self.plan.load.processes).server
        self._stop = stop
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
            self._journal.write(Rerun(self._due + 1))
        self._clock.added((until - self.plan.blocks) * forecast.block_s(self.plan))

    def _get_ready(self) -> None:
        """Start what offers the load, and measure what the engine can do at most; without that, the report says so."""
        names = {cell.client for cell in self.plan.cells}
        self._clients.get_ready(names)
        if "engine" in names:
            with contextlib.suppress(LoadError):
                self._ceiling = ceiling(self._clients, self.plan.load.processes, self._on_cores, self._stop)
                self._journal.write(self._ceiling)
        self._is_ready = True

    def _measure_block(self, block: int) -> None:
        """Measure every cell of a block that has no sample yet."""
        turns = order.block(self.plan, block)
        for number, turn in enumerate(turns, start=1):
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
                self._measure_launch(Step(block, number, len(turns), turn.launch, cells), missing)
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

    def _measure_launch(self, step: Step, missing: deque[int]) -> None:
        """Measure on one started server until nothing is missing or something fails, taking off what was measured."""
        self._launch += 1
        self._show(step, f"starting {launch_label(step.launch)}")
        try:
            services = self._services.of(step.launch)
        except ServiceError as error:
            self._give_up(step, missing, None, LaunchError(str(error)))
            return
        server: RunningServer | None = None
        try:
            variant = self.plan.variants[step.launch.server]
            around = Surroundings(
                on_cores=self._on_cores,
                styles=tuple(dict.fromkeys(cell.style for cell in step.cells)),
                services={name: service.address for name, service in services.items()},
                own_app=self.plan.apps.get(step.launch.scenario),
                secrets=self._secrets,
            )
            with self._log() as log, started(step.launch, variant, self.plan.limits, log, self._stop, around) as server:
                if self._became_ready(step, server, missing) and self._checked_endpoints(step, server, missing):
                    self._measure_cells(step, server, tuple(services.values()), missing)
        finally:
            if server is not None and server.ended is not None:
                stopped = Stopped(step.block, self._launch, **asdict(server.ended), port_freed=server.port_freed)
                self._journal.write(stopped)

    @contextlib.contextmanager
    def _log(self) -> Iterator[Path]:
        """Where the server of a launch writes its log; it is kept, without secrets, where anything failed."""
        name = f"launch-{self._launch}.log"
        failures_before = self._failures
        with TemporaryDirectory(prefix="asgi-matrix-") as folder:
            log = Path(folder) / name
            try:
                yield log
            finally:
                if self._failures > failures_before and log.exists():
                    said = self._secrets.redacted(log.read_text(errors="replace"))
                    (self._logs / name).write_text(said, encoding="utf-8")

    def _became_ready(self, step: Step, server: RunningServer, missing: deque[int]) -> bool:
        """Whether the server got ready; if not, that is what became of all its cells."""
        try:
            wait_until_ready(server, step.launch, self.plan.limits, self._stop)
        except LaunchError as error:
            self._give_up(step, missing, server, error)
            return False
        self._journal.write(self._launched(step, server))
        return True

    def _give_up(self, step: Step, missing: deque[int], server: RunningServer | None, error: LaunchError) -> None:
        """Write down that a launch came to nothing, and with it all its cells; without its service it has no server."""
        self._journal.write(self._launched(step, server, error))
        while missing:
            where = Where(step.block, self._launch, missing.popleft())
            self._record(step, failed(where, error.status, str(error)))

    def _checked_endpoints(self, step: Step, server: RunningServer, missing: deque[int]) -> bool:
        """Whether this server can go on, after the endpoints of the user's own app were asked for the first time.

        The cells of one that does not answer as expected fail. Where it took the server down, or may still keep it
        busy, the others are measured on a fresh one.
        """
        own_app = self.plan.apps.get(step.launch.scenario)
        if own_app is None:
            return True
        for style in dict.fromkeys(self.plan.cells[cell].style for cell in missing):
            self._show(step, f"checking {style} on {launch_label(step.launch)}")
            try:
                checked = check(server, style, own_app.endpoints[style], self.plan.limits.cell_s, self._stop)
            except NotAsExpectedError as error:
                for cell in [cell for cell in missing if self.plan.cells[cell].style == style]:
                    missing.remove(cell)
                    self._record(step, failed(Where(step.block, self._launch, cell), error.status, str(error)))
                if error.status == "timeout" or server.obituary():
                    return False
            else:
                self._journal.write(Checked(step.block, self._launch, style, *checked))
        return True

    def _measure_cells(
        self, step: Step, server: RunningServer, services: Sequence[RunningService], missing: deque[int]
    ) -> None:
        while missing:
            self._stop.check()
            where = Where(step.block, self._launch, missing[0])
            cell = self.plan.cells[where.cell]
            self._show(step, cell_label(cell), cell)
            sample = measure(where, self.plan, server, self._clients, services)
            if flags(cell, sample, self.plan.load, self._ceiling):
                self._journal.write(sample)
                sample = measure(replace(where, attempt=2), self.plan, server, self._clients, services)
            self._record(step, sample)
            missing.popleft()
            if sample.status != "ok":
                return

    def _launched(self, step: Step, server: RunningServer | None, error: LaunchError | None = None) -> Launched:
        return Launched(
            block=step.block,
            launch=self._launch,
            settings=step.launch,
            status=error.status if error else "ok",
            reason=self._secrets.redacted(str(error)) if error else None,
            # Where the interpreter lies is nobody's business but this machine's.
            command=["python", *server.command[1:]] if server else [],
            ready_s=server.ready_s if server else None,
            in_force=server.in_force if server else None,
            pids=server.pids if server else (),
        )

    def _record(self, step: Step, sample: Sample) -> None:
        cell = self.plan.cells[sample.cell]
        if sample.reason:
            sample = replace(sample, reason=self._secrets.redacted(sample.reason))
        self._journal.write(sample)
        self._failures += sample.status != "ok"
        self._done += 1
        self._clock.passed(forecast.cell_s(cell, self.plan.load))
        self._show(step, cell_label(cell), result=result_of(cell, sample))

    def _show(self, step: Step, doing: str, cell: Cell | None = None, result: Result | None = None) -> None:
        blocks = self._due if self._is_rerun else max(self.plan.blocks, self._due)
        self._watch(
            Progress(
                block=step.block,
                blocks=blocks,
                launch=step.number,
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
