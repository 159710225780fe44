"""The upstream, seen from the harness: started and ended, and asked what it has seen."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.measure.process import end_process, find_free_port, pin_process, start_process
from harness.measure.server import quote_log_end
from harness.measure.services.service import ServiceContext, ServiceError
from harness.model.journal import Distribution, Upstream
from servers.adapter import HOST

READY_WITHIN_S = 30.0
ANSWER_WITHIN_S = 5.0
STOP_WITHIN_S = 2.0
SEEN_DEAD_WITHIN_S = 0.5
"""How long an upstream that has just dropped its connections may take to be seen dead."""


@dataclass(frozen=True, slots=True)
class RunningUpstream:
    """An upstream that was started on a port of its own."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def address(self) -> str:
        """Where its paths begin."""
        return f"http://{HOST}:{self.port}"

    def pids(self) -> list[int]:
        """It is one process."""
        return [self.process.pid]

    def obituary(self, within_s: float = 0.0) -> str | None:
        """How it died, if it did, or does within so many seconds: its sockets close before its exit is seen."""
        try:
            code = self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            return None
        return f"the upstream has exited with code {code}; {quote_log_end(self.log)}"

    def account(self) -> Upstream:
        """What it has seen since it was last asked. Raises ServiceError where it does not say."""
        try:
            said = self.ask()
        except (OSError, http.client.HTTPException) as error:
            raise ServiceError(
                self.obituary(SEEN_DEAD_WITHIN_S) or f"the upstream does not answer: {error!r}"
            ) from None
        late = said.pop("late")
        return Upstream(**said, late=Distribution([us for us, _ in late], [count for _, count in late]))

    def ask(self) -> dict[str, Any]:
        """Its account as it says it. Raises OSError or HTTPException where nobody answers."""
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=ANSWER_WITHIN_S)) as connection:
            connection.request("GET", "/account")
            said: dict[str, Any] = json.loads(connection.getresponse().read())
            return said


@contextmanager
def start_upstream(site: ServiceContext) -> Iterator[RunningUpstream]:
    """Start the upstream, wait until it answers, and end it, whatever happens."""
    port = find_free_port()
    command = [sys.executable, "-m", "harness.measure.services.upstream_server", str(port)]
    with site.log.open("wb") as output:
        process = start_process(command, os.environ, Path.cwd(), output)
    try:
        pin_process(process.pid, site.on_cores)
        upstream = RunningUpstream(process, port, site.log)
        _wait_until_ready(upstream, site)
        yield upstream
    finally:
        end_process(process, STOP_WITHIN_S, site.stop)


def _wait_until_ready(upstream: RunningUpstream, site: ServiceContext) -> None:
    """Wait for its first answer while its process is watched."""
    deadline_s = time.monotonic() + READY_WITHIN_S
    last_answer = "nobody was asked"
    while time.monotonic() < deadline_s:
        if obituary := upstream.obituary():
            raise ServiceError(f"not ready: {obituary}")
        try:
            upstream.ask()
        except (OSError, http.client.HTTPException) as error:
            last_answer = repr(error)
        else:
            return
        site.stop.pause()
    raise ServiceError(
        f"the upstream was not ready within {READY_WITHIN_S:g} s: {last_answer}; {quote_log_end(upstream.log)}"
    )
