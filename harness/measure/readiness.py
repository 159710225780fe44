"""When a server is ready, and whether it runs what the matrix asks for.

Rule 1: a server is ready when the app behind its port answers with the token of this launch, and all workers have
started. A line in a log, an open port or a status of 200 from another program prove nothing.
Rule 2: a server that exits before it is ready has failed, even with exit code 0; so has one whose app failed at its
start, even if it goes on.
Rule 3: the settings in force are those that every worker process reports. If they are not the ones asked for, nothing
is measured.
"""

import asyncio
import http
import json
import time
from collections.abc import Mapping
from typing import Any

from harness.measure.process import quote_log_end
from harness.measure.server import RunningServer
from harness.measure.stop import Stop
from harness.model.journal import InForce, SampleStatus
from harness.model.outcomes import Status
from harness.model.plan import Launch, Limits
from scenarios.inside.launched import IN_FORCE_PATH
from servers.adapter import HOST

ANSWER_WITHIN_S = 2.0
LONGEST_BODY = 1 << 20

EVERY_WORKER_WITHIN_S = 0.5
"""How long to wait for an answer from every worker once all have started.

A worker starts a moment before it accepts connections, and some servers give every connection to one worker for as long
as it can take them.
"""

LOGGED_WITHIN_S = 0.5
"""How long a server may take to log the failure of its app, which the app itself reports first."""

ServerFacts = Mapping[str, Any]


class LaunchError(Exception):
    """A launch that nothing can be measured on: it timed out, or it failed."""

    def __init__(self, reason: str, status: SampleStatus = Status.FAILED) -> None:
        super().__init__(reason)
        self.status = status


class StrangeAnswerError(Exception):
    """An answer that does not come from our app; its text describes it."""


def wait_until_ready(server: RunningServer, launch: Launch, limits: Limits, stop: Stop) -> InForce:
    """Wait until a server is ready (rule 1) while watching its process; return the settings in force.

    Raises LaunchError if it exits, is not ready in time, or runs with other settings than the launch asks for.
    """
    deadline_s = server.began_s + limits.ready_s
    last_answer = "no request was sent"
    all_started_s: float | None = None
    answered_by: set[int] = set()
    while time.monotonic() < deadline_s:
        _require_alive(server)
        try:
            facts = fetch_facts(server.port)
        except (OSError, StrangeAnswerError) as error:
            last_answer = f"{IN_FORCE_PATH} gave {str(error) or f'no answer within {ANSWER_WITHIN_S:g} s'}"
        else:
            if facts.get("token") != server.token:
                raise LaunchError(f"another program answers on port {server.port}: it does not know our token")
            answered_by.add(facts["pid"])
            if len(facts["workers"]) >= launch.workers:
                all_started_s = all_started_s or time.monotonic()
                if len(answered_by) >= launch.workers or time.monotonic() > all_started_s + EVERY_WORKER_WITHIN_S:
                    # Some servers answer even if the start-up of the app failed, so look once more.
                    _require_alive(server)
                    return _record_facts(server, launch, facts)
            last_answer = f"{len(facts['workers'])} of {launch.workers} workers had started"
        stop.pause()
    reason = f"not ready within {limits.ready_s:g} s: {last_answer}; {quote_log_end(server.log)}"
    raise LaunchError(reason, Status.TIMEOUT)


def _require_alive(server: RunningServer) -> None:
    """Raise LaunchError if a server has exited, or its app has failed at its start."""
    death = server.describe_exit()
    if failure := server.read_app_failure():
        details = death or server.describe_exit(LOGGED_WITHIN_S) or quote_log_end(server.log)
        raise LaunchError(f"not ready: {failure}; {details}")
    if death:
        raise LaunchError(f"not ready: {death}")


def fetch_facts(port: int) -> ServerFacts:
    """Return what the app behind a port reports about its process.

    Raises OSError if nobody answers in time, StrangeAnswerError if the answer is something else.
    """
    status, body = asyncio.run(_send_get(port))
    if status != http.HTTPStatus.OK:
        raise StrangeAnswerError(f"status {status}")
    try:
        facts = json.loads(body)
    except ValueError:
        raise StrangeAnswerError(f"{body[:100]!r}, which is not JSON") from None
    if not isinstance(facts, dict) or "token" not in facts:
        raise StrangeAnswerError(f"{body[:100]!r}, which has no token")
    return facts


async def _send_get(port: int) -> tuple[int, bytes]:
    """Return status and body of one answer, within one deadline for all of it."""
    async with asyncio.timeout(ANSWER_WITHIN_S):
        reader, writer = await asyncio.open_connection(HOST, port)
        try:
            writer.write(f"GET {IN_FORCE_PATH} HTTP/1.1\r\nHost: {HOST}:{port}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            status_line, *fields = head.split("\r\n")
            lengths = [int(field.partition(":")[2]) for field in fields if field.startswith("content-length:")]
            # Our app always announces its length; of another program, the first piece is enough.
            length = min(lengths[0], LONGEST_BODY) if lengths else None
            body = await (reader.read(LONGEST_BODY) if length is None else reader.readexactly(length))
            return int(status_line.split()[1]), body
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, IndexError, ValueError) as error:
            raise StrangeAnswerError(f"something that is not an HTTP answer: {error}") from None
        finally:
            writer.close()


def _record_facts(server: RunningServer, launch: Launch, facts: ServerFacts) -> InForce:
    workers = facts["workers"]
    for of_worker in (facts, *workers):
        _require_settings(launch, {**of_worker, "workers": len(workers)})
    known = {name: facts[name] for name in InForce.__dataclass_fields__ if name != "workers"}
    server.ready_s = time.monotonic() - server.began_s
    server.pids = tuple(of_worker["pid"] for of_worker in workers)
    server.in_force = InForce(**known, workers=len(workers))
    return server.in_force


def _require_settings(launch: Launch, found: ServerFacts) -> None:
    expected = {"limiter_tokens": launch.thread_limit, "loop": launch.loop, "workers": launch.workers}
    differences = [
        f"{name} is {found[name]}, expected {value}"
        for name, value in expected.items()
        if value not in (found[name], "default")
    ]
    if differences:
        raise LaunchError("the settings in force are not those of the matrix: " + "; ".join(differences))
