"""One launch of a server: started, proved ready, held against what was asked, and ended with all its children.

Rule 1: ready means that the app behind the port answers with this launch's token, from as many workers as were asked
for. A line in a log, an open port or a status of 200 from a stranger prove nothing.
Rule 2: a server that has exited before it was ready has failed, whatever its exit code says.
Rule 3: what is in force is what the server process itself says. Where that is not what was asked, nothing is measured.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any, Literal

import scenarios
from harness.matrix.catalog import server_catalog
from harness.measure import ports
from harness.measure.process import End, end, start
from harness.measure.stop import Stop
from harness.model.journal import InForce
from harness.model.plan import Launch, Limits, Variant
from scenarios.inside.launched import IN_FORCE_PATH, VARIABLE, Launched
from servers.adapter import HOST, Settings

APP = "scenarios.inside.app:app"
COMMON_DISTRIBUTIONS = ("anyio", "fastapi", "pydantic", "starlette", "uvloop")
ANSWER_WITHIN_S = 2.0
LOG_LINES = 12


class LaunchError(Exception):
    """A launch that nothing can be measured on; a `timeout` was given up, anything else has failed."""

    def __init__(self, reason: str, status: Literal["failed", "timeout"] = "failed") -> None:
        super().__init__(reason)
        self.status = status


@dataclass(slots=True)
class Server:
    """A started server. `in_force` is what it said when it got ready, `ended` how it ended, each None before that."""

    process: subprocess.Popen[bytes]
    command: list[str]
    port: int
    token: str
    log: Path
    began_s: float
    ready_s: float | None = None
    in_force: InForce | None = None
    ended: End | None = None

    def obituary(self) -> str | None:
        """How the server died, if it did."""
        exit_code = self.process.poll()
        return None if exit_code is None else f"the server has exited with code {exit_code}; {last_lines(self.log)}"


@contextmanager
def started(launch: Launch, variant: Variant, limits: Limits, log: Path, stop: Stop) -> Iterator[Server]:
    """Start a server and, whatever happens, end it with all its children and wait until its port is free."""
    with tempfile.TemporaryDirectory(prefix="asgi-matrix-") as name, log.open("wb") as output:
        folder = Path(name)
        announcements = folder / "workers"
        announcements.mkdir()
        port, token = ports.free_port(), token_hex(8)
        command = command_for(launch, variant, port)
        env = environment_for(launch, variant, token, announcements)
        began_s = time.monotonic()
        child = start(command, env, folder, output)
        server = Server(child, command, port, token, log, began_s)
        try:
            yield server
        finally:
            server.ended = end(child, limits.stop_s, stop)
            ports.wait_until_free(port, limits.stop_s)


def command_for(launch: Launch, variant: Variant, port: int) -> list[str]:
    """The command line of a launch. The interpreter is the harness's own."""
    settings = Settings(app=APP, port=port, workers=launch.workers, loop=launch.loop)
    return [sys.executable, *server_catalog()[variant.server].argv(settings), *variant.args]


def environment_for(launch: Launch, variant: Variant, token: str, announcements: Path) -> dict[str, str]:
    """The environment of a launch: the harness's own, the variant's on top, and what the app has to know."""
    server = server_catalog()[variant.server]
    launched = Launched(
        token=token,
        scenario=launch.scenario,
        thread_limit=launch.thread_limit,
        delay_s=launch.delay_s,
        folder=str(announcements),
        parsers=dict(server.parsers),
        distributions=sorted({*COMMON_DISTRIBUTIONS, server.distribution}),
    )
    project = str(Path(scenarios.__path__[0]).parent)
    search_path = os.pathsep.join(filter(None, [project, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": search_path, **(variant.env or {}), VARIABLE: json.dumps(asdict(launched))}


def wait_until_ready(server: Server, launch: Launch, limits: Limits, stop: Stop) -> InForce:
    """Wait for the answer of rule 1 while the process is watched, and hold it against what was asked.

    Raises LaunchError where it exits, where it is not ready in time, or where something else than asked is in force.
    """
    deadline_s = server.began_s + limits.ready_s
    last_answer = "nobody listened"
    while time.monotonic() < deadline_s:
        if obituary := server.obituary():
            raise LaunchError(f"not ready: {obituary}")
        try:
            facts = ask_in_force(server.port)
        except (OSError, http.client.HTTPException, ValueError) as error:
            last_answer = f"{IN_FORCE_PATH} gave {error or type(error).__name__}"
        else:
            if facts.get("token") != server.token:
                raise LaunchError(f"port {server.port} is answered by another program; it does not know our token")
            if len(facts["workers"]) >= launch.workers:
                server.ready_s = time.monotonic() - server.began_s
                server.in_force = _in_force(facts)
                _hold_against(launch, server.in_force)
                return server.in_force
            last_answer = f"{len(facts['workers'])} of {launch.workers} workers had taken up work"
        stop.pause()
    raise LaunchError(f"not ready within {limits.ready_s:g} s: {last_answer}; {last_lines(server.log)}", "timeout")


def ask_in_force(port: int) -> dict[str, Any]:
    """What the app behind a port says of itself.

    Raises OSError or HTTPException where nobody answers so, ValueError where the answer is something else.
    """
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_WITHIN_S)
    try:
        connection.request("GET", IN_FORCE_PATH)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != http.HTTPStatus.OK:
        raise ValueError(f"status {response.status}")
    facts = json.loads(body)
    if not isinstance(facts, dict):
        raise ValueError(f"{body[:100]!r}")
    return facts


def last_lines(log: Path) -> str:
    """The end of a server's log, in words."""
    lines = log.read_text(errors="replace").strip().splitlines()[-LOG_LINES:]
    return "the end of its log:\n" + "\n".join(lines) if lines else "its log is empty"


def _in_force(facts: dict[str, Any]) -> InForce:
    known = {name: facts[name] for name in InForce.__dataclass_fields__ if name != "workers"}
    return InForce(**known, workers=len(facts["workers"]))


def _hold_against(launch: Launch, in_force: InForce) -> None:
    found = asdict(in_force)
    asked = {"limiter_tokens": launch.thread_limit, "loop": launch.loop, "workers": launch.workers}
    differences = [
        f"{name} is {found[name]}, {value} was asked for"
        for name, value in asked.items()
        if value not in (found[name], "default")
    ]
    if differences:
        raise LaunchError("what is in force is not what the matrix asks for: " + "; ".join(differences))
