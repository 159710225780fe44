"""One launch of a server: started in a session of its own, and ended with all its children, whatever happens."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from secrets import token_hex

import scenarios
from harness.matrix.catalog import server_catalog
from harness.matrix.places import distributions
from harness.measure.client.job import RequestSpec
from harness.measure.process import (
    ProcessEnd,
    end_process,
    find_free_port,
    pin_process,
    start_process,
    wait_until_port_is_free,
)
from harness.measure.stop import Stop
from harness.model.apps import OwnApp
from harness.model.journal import InForce
from harness.model.plan import Launch, Limits, Variant
from harness.model.secrets import Secrets
from scenarios.inside import entry
from scenarios.inside.launched import VARIABLE, LaunchSettings, read_failure
from servers.adapter import Settings

APP = "scenarios.inside.app:app"
APP_AROUND_THEIRS = "asgi_matrix_app:app"
COMMON_DISTRIBUTIONS = ("anyio", "fastapi", "pydantic", "starlette", "uvloop")
LOG_LINES = 12


@dataclass(frozen=True, slots=True)
class LaunchContext:
    """What surrounds a launch: the cores that it runs on, all where none are given, the styles that are measured on it,
    the addresses of the services that it may use, the user's own app, where it serves one, and what is asked of it but
    not written down.
    """

    on_cores: Sequence[int] = ()
    styles: tuple[str, ...] = ()
    services: Mapping[str, str] = field(default_factory=dict)
    own_app: OwnApp | None = None
    secrets: Secrets = field(default_factory=Secrets)


NO_CONTEXT = LaunchContext()


@dataclass(slots=True)
class RunningServer:
    """A started server. What it said when it got ready, and how it ended, are None before that.

    `asked` is what is asked of each endpoint of the user's own app, once it has answered as expected.
    """

    process: subprocess.Popen[bytes]
    command: list[str]
    port: int
    token: str
    log: Path
    began_s: float
    announcements: Path
    secrets: Secrets
    runs_lifespans: bool
    asked: dict[str, RequestSpec] = field(default_factory=dict)
    ready_s: float | None = None
    in_force: InForce | None = None
    pids: tuple[int, ...] = ()
    ended: ProcessEnd | None = None
    port_freed: bool = False

    def obituary(self, within_s: float = 0.0) -> str | None:
        """How the server died, if it did, or does within so many seconds: its sockets close before its exit is seen."""
        try:
            exit_code = self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            return None
        return f"the server has exited with code {exit_code}; {quote_log_end(self.log)}"

    def trouble(self) -> str | None:
        """What the user's own app failed with at its start, if it did."""
        return read_failure(self.announcements)


@contextmanager
def start_server(
    launch: Launch, variant: Variant, limits: Limits, log: Path, stop: Stop, around: LaunchContext = NO_CONTEXT
) -> Iterator[RunningServer]:
    """Start a server; end it with all its children, whatever happens, and wait until its port is free."""
    with tempfile.TemporaryDirectory(prefix="asgi-matrix-") as name, log.open("wb") as output:
        folder = Path(name)
        announcements = folder / "workers"
        announcements.mkdir()
        port, token = find_free_port(), token_hex(8)
        command = build_command(launch, variant, port, around)
        env = build_environment(launch, variant, token, announcements, around)
        runs_lifespans = server_catalog()[variant.server].lifespan
        began_s = time.monotonic()
        child = start_process(command, env, folder, output)
        pin_process(child.pid, around.on_cores)
        server = RunningServer(child, command, port, token, log, began_s, announcements, around.secrets, runs_lifespans)
        try:
            yield server
        finally:
            server.ended = end_process(child, limits.stop_s, stop)
            server.port_freed = wait_until_port_is_free(port, limits.stop_s, stop)


def build_command(launch: Launch, variant: Variant, port: int, around: LaunchContext = NO_CONTEXT) -> list[str]:
    """The command line of a launch. The interpreter is the harness's own."""
    app = APP if around.own_app is None else APP_AROUND_THEIRS
    settings = Settings(app=app, port=port, workers=launch.workers, loop=launch.loop)
    return [sys.executable, *server_catalog()[variant.server].argv(settings), *variant.args]


def build_environment(
    launch: Launch, variant: Variant, token: str, announcements: Path, around: LaunchContext = NO_CONTEXT
) -> dict[str, str]:
    """The environment of a launch: the harness's own without what steers servers, the variant's, what the app needs."""
    server = server_catalog()[variant.server]
    own_app = around.own_app
    settings = LaunchSettings(
        token=token,
        scenario=launch.scenario,
        thread_limit=launch.thread_limit,
        delay_s=launch.delay_s,
        folder=str(announcements),
        parsers=dict(server.parsers),
        distributions=sorted(
            {*COMMON_DISTRIBUTIONS, server.distribution, *distributions(own_app.requires if own_app else ())}
        ),
        styles=list(around.styles),
        pool_size=launch.pool_size,
        parameters=dict(launch.parameters),
        services=dict(around.services),
        app=own_app.app if own_app else None,
        path=str(Path(own_app.path).absolute()) if own_app and own_app.path is not None else None,
    )
    inherited = {name: value for name, value in os.environ.items() if not _steers_a_server(name)}
    ours = Path(scenarios.__path__[0]).parent if own_app is None else Path(entry.__path__[0])
    search_path = os.pathsep.join(filter(None, [str(ours), os.environ.get("PYTHONPATH")]))
    return {**inherited, "PYTHONPATH": search_path, **(variant.env or {}), VARIABLE: json.dumps(asdict(settings))}


def quote_log_end(log: Path) -> str:
    """The end of a server's log, in words."""
    lines = log.read_text(errors="replace").strip().splitlines()[-LOG_LINES:]
    return "the end of its log:\n" + "\n".join(lines) if lines else "its log is empty"


def _steers_a_server(name: str) -> bool:
    """Whether an environment variable changes what a server does: such settings belong into the matrix."""
    families = {server.distribution.upper() for server in server_catalog().values()}
    return name in {"WEB_CONCURRENCY", "PYTHONASYNCIODEBUG"} or name.partition("_")[0] in families
