"""The upstream, seen from the harness: started, read and ended."""

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

from harness.measure.process import (
    describe_exit,
    end_process,
    find_free_port,
    pin_process,
    quote_log_end,
    start_process,
)
from harness.measure.services.service import ServiceContext, ServiceError
from harness.model.journal import Distribution, Upstream
from servers.adapter import HOST

READY_WITHIN_S = 30.0
ANSWER_WITHIN_S = 5.0
STOP_WITHIN_S = 2.0
EXIT_SEEN_WITHIN_S = 0.5
"""How long after dropping its connections the exit of an upstream may take to be seen."""


@dataclass(frozen=True, slots=True)
class RunningUpstream:
    """A started upstream, which is one process."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    def pids(self) -> list[int]:
        return [self.process.pid]

    def describe_exit(self, within_s: float = 0.0) -> str | None:
        """Return how it died, now or within these seconds; None if it is alive."""
        return describe_exit(self.process, "the upstream", self.log, within_s)

    def take_account(self) -> Upstream:
        """Return what it has counted since the last call. Raises ServiceError if it does not answer."""
        try:
            account = self.fetch_account()
        except (OSError, http.client.HTTPException) as error:
            death = self.describe_exit(EXIT_SEEN_WITHIN_S)
            raise ServiceError(death or f"the upstream does not answer: {error!r}") from None
        late = account.pop("late")
        return Upstream(**account, late=Distribution([us for us, _ in late], [count for _, count in late]))

    def fetch_account(self) -> dict[str, Any]:
        """Return its account as it sends it. Raises OSError or HTTPException if it does not answer."""
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=ANSWER_WITHIN_S)) as connection:
            connection.request("GET", "/account")
            account: dict[str, Any] = json.loads(connection.getresponse().read())
            return account


@contextmanager
def start_upstream(context: ServiceContext) -> Iterator[RunningUpstream]:
    """Start the upstream and wait until it answers; in the end, end it."""
    port = find_free_port()
    command = [sys.executable, "-m", "harness.measure.services.upstream_server", str(port)]
    with context.log.open("wb") as output:
        process = start_process(command, os.environ, Path.cwd(), output)
    try:
        pin_process(process.pid, context.cores)
        upstream = RunningUpstream(process, port, context.log)
        _wait_until_ready(upstream, context)
        yield upstream
    finally:
        end_process(process, STOP_WITHIN_S, context.stop)


def _wait_until_ready(upstream: RunningUpstream, context: ServiceContext) -> None:
    """Wait for its first answer while watching its process."""
    deadline_s = time.monotonic() + READY_WITHIN_S
    last_answer = "no request was sent"
    while time.monotonic() < deadline_s:
        if death := upstream.describe_exit():
            raise ServiceError(f"not ready: {death}")
        try:
            upstream.fetch_account()
        except (OSError, http.client.HTTPException) as error:
            last_answer = repr(error)
        else:
            return
        context.stop.pause()
    raise ServiceError(
        f"the upstream was not ready within {READY_WITHIN_S:g} s: {last_answer}; {quote_log_end(upstream.log)}"
    )
