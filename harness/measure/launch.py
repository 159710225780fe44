"""One launch of a run: a server that is started, checked, kept alive, and measured in windows until it is stopped."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.measure.journal_writer import JournalWriter
from harness.measure.load import Clients
from harness.measure.own_endpoints import UnexpectedAnswerError, check_endpoint
from harness.measure.process import group_members, split_cores
from harness.measure.readiness import LaunchError, wait_until_ready
from harness.measure.server import LaunchContext, RunningServer, start_server
from harness.measure.services.manager import ServiceManager
from harness.measure.services.service import RunningService, ServiceError
from harness.measure.stop import Stop
from harness.model.journal import Checked, Launched, Stopped
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


class LiveLaunch:
    """A launch from its start to its end; `number` counts the launches of the run, `cells` are those it serves.

    `error` says why it never got ready, None if it did. `has_failed` is to be set if anything else fails: its log is
    kept then. `pids` are its processes.
    """

    def __init__(self, run: RunContext, number: int, block: int, launch: Launch, cells: Sequence[Cell]) -> None:
        self.number = number
        self.launch = launch
        self.error: LaunchError | None = None
        self.has_failed = False
        self.services: tuple[RunningService, ...] = ()
        self.pids: tuple[int, ...] = ()
        self._run = run
        self._plan = run.plan
        self._block = block
        self._styles = tuple(dict.fromkeys(cell.style for cell in cells))
        self._server: RunningServer | None = None
        self._addresses: dict[str, str] = {}
        self._ends = ExitStack()

    @property
    def server(self) -> RunningServer:
        """The server of a launch that got ready."""
        assert self._server is not None
        return self._server

    def find_services(self) -> None:
        """Start the services that it needs and that do not run yet, before it is started itself."""
        try:
            services = self._run.services.start_for(self.launch)
        except ServiceError as error:
            self.error = LaunchError(str(error))
            return
        self.services = tuple(services.values())
        self._addresses = {name: service.address for name, service in services.items()}

    def start(self) -> None:
        """Start it and wait until it is ready; may run in a thread of its own. Raises InterruptedRunError."""
        plan, stop = self._plan, self._run.stop
        if self.error is not None:
            return
        stop.check()
        context = LaunchContext(
            cores=split_cores(plan.load.processes).server,
            styles=self._styles,
            services=self._addresses,
            own_app=plan.apps.get(self.launch.scenario),
            secrets=self._run.secrets,
        )
        log = Path(self._ends.enter_context(TemporaryDirectory(prefix="asgi-matrix-"))) / f"launch-{self.number}.log"
        self._ends.callback(self._keep_log, log)
        variant = plan.variants[self.launch.server]
        self._server = self._ends.enter_context(start_server(self.launch, variant, plan.limits, log, stop, context))
        try:
            wait_until_ready(self._server, self.launch, plan.limits, stop)
        except LaunchError as error:
            self.error = error
        else:
            self.pids = tuple(group_members(self._server.process.pid))

    def check_endpoint(self, style: str) -> Checked:
        """Check an endpoint of the user's own app. Raises UnexpectedAnswerError."""
        endpoint = self._plan.apps[self.launch.scenario].endpoints[style]
        checked = check_endpoint(self.server, style, endpoint, self._plan.limits.cell_s, self._run.stop)
        return Checked(self._block, self.number, style, *checked)

    def is_usable_after(self, error: UnexpectedAnswerError) -> bool:
        """Return whether other endpoints can be measured after one that gave no good answer."""
        return error.status is not Status.TIMEOUT and not self.server.describe_exit()

    def close_connections(self) -> None:
        """Close the connections to it: idle ones would make some servers wait before they stop."""
        if self._server is not None and not self._run.stop.requested:
            self._run.clients.close_connections(self._server.port)

    def end(self) -> None:
        """End it, if it was started; may run in a thread of its own."""
        self._ends.close()

    def describe_start(self) -> Launched:
        """Return the record of its start."""
        server, error = self._server, self.error
        return Launched(
            block=self._block,
            launch=self.number,
            settings=self.launch,
            status=error.status if error else Status.OK,
            reason=self._run.secrets.redacted(str(error)) if error else None,
            # The path of the interpreter is left out: it is private to this machine.
            command=["python", *server.command[1:]] if server else [],
            ready_s=server.ready_s if server else None,
            in_force=server.in_force if server else None,
            pids=server.pids if server else (),
        )

    def describe_end(self) -> Stopped | None:
        """Return the record of its end; None if no server was started, or if it still runs."""
        if self._server is None or self._server.ended is None:
            return None
        return Stopped(self._block, self.number, **asdict(self._server.ended), port_freed=self._server.port_freed)

    def _keep_log(self, log: Path) -> None:
        """Keep the log of the server, without secrets, if anything failed."""
        if (self.has_failed or self.error is not None) and log.exists():
            text = self._run.secrets.redacted(log.read_text(errors="replace"))
            (self._run.logs / log.name).write_text(text, encoding="utf-8")
