"""One launch of a run: a server is started, checked, and measured on until every cell is done or something fails.

A failure is recorded like any other sample. After a failed cell the rest takes a fresh launch, because the
fault may still be going on inside the server. A doubtful sample is recorded too, and its cell is measured again at
once; the second sample counts.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from harness.measure.cell import SampleKey, make_failed_sample, measure_cell
from harness.measure.journal_writer import JournalWriter
from harness.measure.load import Clients
from harness.measure.own_endpoints import UnexpectedAnswerError, check_endpoint
from harness.measure.process import split_cores
from harness.measure.progress import cell_label, launch_label
from harness.measure.readiness import LaunchError, wait_until_ready
from harness.measure.server import LaunchContext, RunningServer, start_server
from harness.measure.services.manager import ServiceManager
from harness.measure.services.service import RunningService, ServiceError
from harness.measure.stop import Stop
from harness.model.flags import find_flags
from harness.model.journal import Ceiling, Checked, Launched, Record, Sample, Stopped
from harness.model.outcomes import Status
from harness.model.plan import Cell, Launch, Plan
from harness.model.secrets import Secrets


@dataclass(frozen=True, slots=True)
class RunContext:
    """What all launches of a sitting share."""

    plan: Plan
    clients: Clients
    services: ServiceManager
    secrets: Secrets
    logs: Path
    journal: JournalWriter
    stop: Stop


@dataclass(frozen=True, slots=True)
class LaunchStep:
    """Where a launch stands in a run.

    `number` counts the launches of the run, `place` those of the block, of which there are `launches`; `cells` are in
    the order of the plan.
    """

    number: int
    block: int
    place: int
    launches: int
    launch: Launch
    cells: tuple[Cell, ...]


class LaunchListener(Protocol):
    """Is told what a launch is doing, and each sample that counts once it is recorded."""

    def show_step(self, step: LaunchStep, doing: str, cell: Cell | None = None) -> None: ...

    def count_sample(self, step: LaunchStep, sample: Sample) -> None: ...


class LaunchMeasurement:
    """One launch, and whether anything has failed on it."""

    def __init__(self, run: RunContext, step: LaunchStep, ceiling: Ceiling | None, listener: LaunchListener) -> None:
        self._run = run
        self._plan = run.plan
        self._step = step
        self._own_app = run.plan.apps.get(step.launch.scenario)
        self._ceiling = ceiling
        self._listener = listener
        self._has_failed = False

    def measure(self, missing: deque[int]) -> None:
        """Measure the missing cells and remove each from `missing`; what is left takes another launch."""
        launch = self._step.launch
        self._listener.show_step(self._step, f"starting {launch_label(launch)}")
        try:
            services = self._run.services.start_for(launch)
        except ServiceError as error:
            self._give_up(missing, None, LaunchError(str(error)))
            return
        context = LaunchContext(
            cores=split_cores(self._plan.load.processes).server,
            styles=tuple(dict.fromkeys(cell.style for cell in self._step.cells)),
            services={name: service.address for name, service in services.items()},
            own_app=self._own_app,
            secrets=self._run.secrets,
        )
        server: RunningServer | None = None
        variant, limits, stop = self._plan.variants[launch.server], self._plan.limits, self._run.stop
        try:
            with self._keep_log() as log, start_server(launch, variant, limits, log, stop, context) as server:
                if self._became_ready(server, missing) and self._checked_endpoints(server, missing):
                    self._measure_cells(server, tuple(services.values()), missing)
        finally:
            if server is not None and server.ended is not None:
                ended = asdict(server.ended)
                self._write(Stopped(self._step.block, self._step.number, **ended, port_freed=server.port_freed))

    @contextmanager
    def _keep_log(self) -> Iterator[Path]:
        """Give the server a log file, and keep it, without secrets, if anything failed."""
        name = f"launch-{self._step.number}.log"
        with TemporaryDirectory(prefix="asgi-matrix-") as folder:
            log = Path(folder) / name
            try:
                yield log
            finally:
                if self._has_failed and log.exists():
                    text = self._run.secrets.redacted(log.read_text(errors="replace"))
                    (self._run.logs / name).write_text(text, encoding="utf-8")

    def _became_ready(self, server: RunningServer, missing: deque[int]) -> bool:
        """Wait until the server is ready; if it is not, all its cells fail."""
        try:
            wait_until_ready(server, self._step.launch, self._plan.limits, self._run.stop)
        except LaunchError as error:
            self._give_up(missing, server, error)
            return False
        self._write(self._make_record(server))
        return True

    def _give_up(self, missing: deque[int], server: RunningServer | None, error: LaunchError) -> None:
        """Record that the launch and its cells failed; there is no server if its service failed."""
        self._write(self._make_record(server, error))
        while missing:
            self._record(make_failed_sample(self._key(missing.popleft()), error.status, str(error)))

    def _checked_endpoints(self, server: RunningServer, missing: deque[int]) -> bool:
        """Check the endpoints of the user's own app; return whether this server can go on.

        The cells of an endpoint that does not answer as expected fail. If it took the server down, or may still keep it
        busy, the other cells are measured on a fresh one.
        """
        if self._own_app is None:
            return True
        for style in dict.fromkeys(self._plan.cells[cell].style for cell in missing):
            self._listener.show_step(self._step, f"checking {style} on {launch_label(self._step.launch)}")
            endpoint, within_s = self._own_app.endpoints[style], self._plan.limits.cell_s
            try:
                checked = check_endpoint(server, style, endpoint, within_s, self._run.stop)
            except UnexpectedAnswerError as error:
                for cell in [cell for cell in missing if self._plan.cells[cell].style == style]:
                    missing.remove(cell)
                    self._record(make_failed_sample(self._key(cell), error.status, str(error)))
                if error.status is Status.TIMEOUT or server.describe_exit():
                    return False
            else:
                self._write(Checked(self._step.block, self._step.number, style, *checked))
        return True

    def _measure_cells(self, server: RunningServer, services: Sequence[RunningService], missing: deque[int]) -> None:
        while missing:
            self._run.stop.check()
            key = self._key(missing[0])
            cell = self._plan.cells[key.cell]
            self._listener.show_step(self._step, cell_label(cell), cell)
            sample = measure_cell(key, self._plan, server, self._run.clients, services)
            if find_flags(cell, sample, self._plan.load, self._ceiling):
                self._write(sample)
                sample = measure_cell(replace(key, attempt=2), self._plan, server, self._run.clients, services)
            self._record(sample)
            missing.popleft()
            if sample.status is not Status.OK:
                return

    def _make_record(self, server: RunningServer | None, error: LaunchError | None = None) -> Launched:
        return Launched(
            block=self._step.block,
            launch=self._step.number,
            settings=self._step.launch,
            status=error.status if error else Status.OK,
            reason=self._run.secrets.redacted(str(error)) if error else None,
            # The path of the interpreter is left out: it is private to this machine.
            command=["python", *server.command[1:]] if server else [],
            ready_s=server.ready_s if server else None,
            in_force=server.in_force if server else None,
            pids=server.pids if server else (),
        )

    def _key(self, cell: int) -> SampleKey:
        return SampleKey(self._step.block, self._step.number, cell)

    def _record(self, sample: Sample) -> None:
        if sample.reason:
            sample = replace(sample, reason=self._run.secrets.redacted(sample.reason))
        self._has_failed = self._has_failed or sample.status is not Status.OK
        self._write(sample)
        self._listener.count_sample(self._step, sample)

    def _write(self, record: Record) -> None:
        self._run.journal.write(record)
