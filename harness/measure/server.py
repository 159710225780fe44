"""One launch of a server: started in a session of its own, and always ended with all its children."""

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
from harness.matrix.apps import distributions
from harness.matrix.catalog import server_catalog
from harness.measure.client.job import RequestSpec
from harness.measure.process import (
    ProcessEnd,
    describe_exit,
    end_process,
    find_free_port,
    pin_process,
    start_process,
    wait_until_port_is_free,
)
from harness.measure.stop import Stop
from harness.model.apps import OwnApp
from harness.model.axes import identify_launch
from harness.model.journal import InForce
from harness.model.plan import Launch, Limits, Variant
from harness.model.secrets import Secrets
from scenarios.inside import entry
from scenarios.inside.launched import VARIABLE, LaunchSettings, read_failure
from servers.adapter import Settings

APP = "scenarios.inside.app:app"
APP_AROUND_THEIRS = "asgi_matrix_app:app"
COMMON_DISTRIBUTIONS = ("anyio", "fastapi", "pydantic", "starlette", "uvloop")


@dataclass(frozen=True, slots=True)
class LaunchContext:
    """The rest of what a launch needs, after the values of its axes.

    `cores` are those of the server, any if empty; `styles` are the measured ones; `services` maps names to addresses;
    `own_app` is the user's app, if the launch serves one; `secrets` are sent but never written down.
    """

    cores: Sequence[int] = ()
    styles: tuple[str, ...] = ()
    services: Mapping[str, str] = field(default_factory=dict)
    own_app: OwnApp | None = None
    secrets: Secrets = field(default_factory=Secrets)


NO_CONTEXT = LaunchContext()


@dataclass(slots=True)
class RunningServer:
    """A started server.

    `ready_s`, `in_force` and `pids` are set when it is ready, `ended` and `port_freed` when it has ended. `requests`
    has the requests to each endpoint of the user's own app that answered as expected.
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
    requests: dict[str, RequestSpec] = field(default_factory=dict)
    ready_s: float | None = None
    in_force: InForce | None = None
    pids: tuple[int, ...] = ()
    ended: ProcessEnd | None = None
    port_freed: bool = False

    def describe_exit(self, within_s: float = 0.0) -> str | None:
        """Return how the server died, now or within these seconds; None if it is alive."""
        return describe_exit(self.process, "the server", self.log, within_s)

    def read_app_failure(self) -> str | None:
        """Return why the user's own app failed at its start; None if it did not."""
        return read_failure(self.announcements)


@contextmanager
def start_server(
    launch: Launch, variant: Variant, limits: Limits, log: Path, stop: Stop, context: LaunchContext = NO_CONTEXT
) -> Iterator[RunningServer]:
    """Start a server; in the end, end it with all its children and wait until its port is free."""
    with tempfile.TemporaryDirectory(prefix="asgi-matrix-") as name, log.open("wb") as output:
        folder = Path(name)
        announcements = folder / "workers"
        announcements.mkdir()
        port, token = find_free_port(), token_hex(8)
        command = build_command(launch, variant, port, context)
        env = build_environment(launch, variant, token, announcements, context)
        began_s = time.monotonic()
        child = start_process(command, env, folder, output)
        pin_process(child.pid, context.cores)
        server = RunningServer(
            process=child,
            command=command,
            port=port,
            token=token,
            log=log,
            began_s=began_s,
            announcements=announcements,
            secrets=context.secrets,
            runs_lifespans=server_catalog()[variant.server].lifespan,
        )
        try:
            yield server
        finally:
            server.ended = end_process(child, limits.stop_s, stop)
            server.port_freed = wait_until_port_is_free(port, limits.stop_s, stop)


def build_command(launch: Launch, variant: Variant, port: int, context: LaunchContext = NO_CONTEXT) -> list[str]:
    """Return the command line of a launch, run by the harness's own interpreter."""
    app = APP if context.own_app is None else APP_AROUND_THEIRS
    axes = identify_launch(launch)
    settings = Settings(app=app, port=port, workers=launch.workers, loop=launch.loop, axes=axes)
    return [sys.executable, *server_catalog()[variant.server].argv(settings), *variant.args]


def build_environment(
    launch: Launch, variant: Variant, token: str, announcements: Path, context: LaunchContext = NO_CONTEXT
) -> dict[str, str]:
    """Return the environment of a launch: the harness's without server settings, the variant's, and the app's."""
    server = server_catalog()[variant.server]
    own_app = context.own_app
    settings = LaunchSettings(
        token=token,
        axes=identify_launch(launch),
        folder=str(announcements),
        parsers=dict(server.parsers),
        distributions=sorted(
            {*COMMON_DISTRIBUTIONS, server.distribution, *distributions(own_app.requires if own_app else ())}
        ),
        styles=list(context.styles),
        services=dict(context.services),
        app=own_app.app if own_app else None,
        path=str(Path(own_app.path).absolute()) if own_app and own_app.path is not None else None,
    )
    inherited = {name: value for name, value in os.environ.items() if not _configures_a_server(name)}
    ours = Path(scenarios.__path__[0]).parent if own_app is None else Path(entry.__path__[0])
    search_path = os.pathsep.join(filter(None, [str(ours), os.environ.get("PYTHONPATH")]))
    return {**inherited, "PYTHONPATH": search_path, **(variant.env or {}), VARIABLE: json.dumps(asdict(settings))}


def _configures_a_server(name: str) -> bool:
    """Return whether an environment variable changes what a server does; such settings belong in the matrix."""
    families = {server.distribution.upper() for server in server_catalog().values()}
    return name in {"WEB_CONCURRENCY", "PYTHONASYNCIODEBUG"} or name.partition("_")[0] in families
