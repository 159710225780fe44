"""One launch of a run: a server is started, made sure of, and measured on until nothing is missing or something fails.

A failure is written down like any other sample. After a cell that failed, the rest takes a fresh launch: whatever went
wrong may still be going on inside the server. A sample that there is reason to doubt is written down like any other,
and its cell is measured again at once; the second sample counts, whatever it says.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
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
    """What all launches of a sitting share: what is measured, with what, and where it is written down."""

    plan: Plan
    clients: Clients
    services: ServiceManager
    secrets: Secrets
    logs: Path
    journal: JournalWriter
    stop: Stop


@dataclass(frozen=True, slots=True)
class LaunchStep:
    """Where in a run a launch stands: its number in the run, its block, its place among the launches of that block, and
    its cells, in the order of the plan.
    """

    number: int
    block: int
    place: int
    of: int
    launch: Launch
    cells: tuple[Cell, ...]


class LaunchListener(Protocol):
    """Whoever is told how a launch goes on: what is being done, and each sample that counts, once it was written."""

    def doing(self, step: LaunchStep, what: str, cell: Cell | None = None) -> None: ...

    def done(self, step: LaunchStep, sample: Sample) -> None: ...


class LaunchMeasurement:
    """One launch, and whether anything has failed on it."""

    def __init__(self, means: RunContext, step: LaunchStep, ceiling: Ceiling | None, listener: LaunchListener) -> None:
        self._means = means
        self._plan = means.plan
        self._step = step
        self._ceiling = ceiling
        self._listener = listener
        self._has_failed = False

    def measure(self, missing: deque[int]) -> None:
        """Measure the cells that are missing, taking off what was measured; what is left takes another launch."""
        launch = self._step.launch
        self._listener.doing(self._step, f"starting {launch_label(launch)}")
        try:
            services = self._means.services.of(launch)
        except ServiceError as error:
            self._give_up(missing, None, LaunchError(str(error)))
            return
        server: RunningServer | None = None
        variant, limits, stop = self._plan.variants[launch.server], self._plan.limits, self._means.stop
        try:
            with self._log() as log, start_server(launch, variant, limits, log, stop, self._around(services)) as server:
                if self._became_ready(server, missing) and self._checked_endpoints(server, missing):
                    self._measure_cells(server, tuple(services.values()), missing)
        finally:
            if server is not None and server.ended is not None:
                ended = asdict(server.ended)
                self._write(Stopped(self._step.block, self._step.number, **ended, port_freed=server.port_freed))

    def _around(self, services: Mapping[str, RunningService]) -> LaunchContext:
        return LaunchContext(
            on_cores=split_cores(self._plan.load.processes).server,
            styles=tuple(dict.fromkeys(cell.style for cell in self._step.cells)),
            services={name: service.address for name, service in services.items()},
            own_app=self._plan.apps.get(self._step.launch.scenario),
            secrets=self._means.secrets,
        )

    @contextmanager
    def _log(self) -> Iterator[Path]:
        """Where the server writes its log; it is kept, without secrets, where anything failed."""
        name = f"launch-{self._step.number}.log"
        with TemporaryDirectory(prefix="asgi-matrix-") as folder:
            log = Path(folder) / name
            try:
                yield log
            finally:
                if self._has_failed and log.exists():
                    said = self._means.secrets.redacted(log.read_text(errors="replace"))
                    (self._means.logs / name).write_text(said, encoding="utf-8")

    def _became_ready(self, server: RunningServer, missing: deque[int]) -> bool:
        """Whether the server got ready; if not, that is what became of all its cells."""
        try:
            wait_until_ready(server, self._step.launch, self._plan.limits, self._means.stop)
        except LaunchError as error:
            self._give_up(missing, server, error)
            return False
        self._write(self._launched(server))
        return True

    def _give_up(self, missing: deque[int], server: RunningServer | None, error: LaunchError) -> None:
        """Write down that the launch and its cells came to nothing; without its service it has no server."""
        self._write(self._launched(server, error))
        while missing:
            self._record(make_failed_sample(self._where(missing.popleft()), error.status, str(error)))

    def _checked_endpoints(self, server: RunningServer, missing: deque[int]) -> bool:
        """Whether this server can go on, after the endpoints of the user's own app were asked for the first time.

        The cells of one that does not answer as expected fail. Where it took the server down, or may still keep it
        busy, the others are measured on a fresh one.
        """
        own_app = self._plan.apps.get(self._step.launch.scenario)
        if own_app is None:
            return True
        for style in dict.fromkeys(self._plan.cells[cell].style for cell in missing):
            self._listener.doing(self._step, f"checking {style} on {launch_label(self._step.launch)}")
            try:
                checked = check_endpoint(
                    server, style, own_app.endpoints[style], self._plan.limits.cell_s, self._means.stop
                )
            except UnexpectedAnswerError as error:
                for cell in [cell for cell in missing if self._plan.cells[cell].style == style]:
                    missing.remove(cell)
                    self._record(make_failed_sample(self._where(cell), error.status, str(error)))
                if error.status is Status.TIMEOUT or server.obituary():
                    return False
            else:
                self._write(Checked(self._step.block, self._step.number, style, *checked))
        return True

    def _measure_cells(self, server: RunningServer, services: Sequence[RunningService], missing: deque[int]) -> None:
        while missing:
            self._means.stop.check()
            where = self._where(missing[0])
            cell = self._plan.cells[where.cell]
            self._listener.doing(self._step, cell_label(cell), cell)
            sample = measure_cell(where, self._plan, server, self._means.clients, services)
            if find_flags(cell, sample, self._plan.load, self._ceiling):
                self._write(sample)
                sample = measure_cell(replace(where, attempt=2), self._plan, server, self._means.clients, services)
            self._record(sample)
            missing.popleft()
            if sample.status is not Status.OK:
                return

    def _launched(self, server: RunningServer | None, error: LaunchError | None = None) -> Launched:
        return Launched(
            block=self._step.block,
            launch=self._step.number,
            settings=self._step.launch,
            status=error.status if error else Status.OK,
            reason=self._means.secrets.redacted(str(error)) if error else None,
            # Where the interpreter lies is nobody's business but this machine's.
            command=["python", *server.command[1:]] if server else [],
            ready_s=server.ready_s if server else None,
            in_force=server.in_force if server else None,
            pids=server.pids if server else (),
        )

    def _where(self, cell: int) -> SampleKey:
        return SampleKey(self._step.block, self._step.number, cell)

    def _record(self, sample: Sample) -> None:
        if sample.reason:
            sample = replace(sample, reason=self._means.secrets.redacted(sample.reason))
        self._has_failed = self._has_failed or sample.status is not Status.OK
        self._write(sample)
        self._listener.done(self._step, sample)

    def _write(self, record: Record) -> None:
        self._means.journal.write(record)
