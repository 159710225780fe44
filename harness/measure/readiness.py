"""When a server is ready, and whether it is what the matrix asks for.

Rule 1: ready means that the app behind the port answers with this launch's token, and that as many workers as were
asked for have taken up work. A line in a log, an open port or a status of 200 from a stranger prove nothing.
Rule 2: a server that has exited before it was ready has failed, whatever its exit code says, and so has one whose app
has failed at its start, whether or not it goes on.
Rule 3: what is in force is what the worker processes themselves say, each of them. Where that is not what was asked,
nothing is measured.
"""

import asyncio
import http
import json
import time
from collections.abc import Mapping
from typing import Any

from harness.measure.server import RunningServer, quote_log_end
from harness.measure.stop import Stop
from harness.model.journal import InForce, SampleStatus
from harness.model.outcomes import Status
from harness.model.plan import Launch, Limits
from scenarios.inside.launched import IN_FORCE_PATH
from servers.adapter import HOST

ANSWER_WITHIN_S = 2.0
LONGEST_BODY = 1 << 20

# A worker takes up work a moment before it accepts connections, and some servers give every connection to one worker as
# long as it can take them: so all workers are given this long to be heard, and then it has to do.
HEARD_WITHIN_S = 0.5

# An app that fails says so before its server has written down what it makes of that.
TOLD_WITHIN_S = 0.5

ServerFacts = Mapping[str, Any]


class LaunchError(Exception):
    """A launch that nothing can be measured on; a `timeout` was given up, anything else has failed."""

    def __init__(self, reason: str, status: SampleStatus = Status.FAILED) -> None:
        super().__init__(reason)
        self.status = status


class StrangeAnswerError(Exception):
    """An answer that no app of ours gives; its text describes it."""


def wait_until_ready(server: RunningServer, launch: Launch, limits: Limits, stop: Stop) -> InForce:
    """Wait for what rule 1 asks while the process is watched, and hold it against what was asked.

    Raises LaunchError where it exits, where it is not ready in time, or where something else than asked is in force.
    """
    deadline_s = server.began_s + limits.ready_s
    last_answer = "nobody was asked"
    all_there_s: float | None = None
    heard: set[int] = set()
    while time.monotonic() < deadline_s:
        _require_alive(server)
        try:
            facts = fetch_facts(server.port)
        except (OSError, StrangeAnswerError) as error:
            last_answer = f"{IN_FORCE_PATH} gave {str(error) or f'no answer within {ANSWER_WITHIN_S:g} s'}"
        else:
            if facts.get("token") != server.token:
                raise LaunchError(f"port {server.port} is answered by another program; it does not know our token")
            heard.add(facts["pid"])
            if len(facts["workers"]) >= launch.workers:
                all_there_s = all_there_s or time.monotonic()
                if len(heard) >= launch.workers or time.monotonic() > all_there_s + HEARD_WITHIN_S:
                    # Some servers answer whatever became of the app's start-up, which came first.
                    _require_alive(server)
                    return _record_facts(server, launch, facts)
            last_answer = f"{len(facts['workers'])} of {launch.workers} workers had taken up work"
        stop.pause()
    raise LaunchError(
        f"not ready within {limits.ready_s:g} s: {last_answer}; {quote_log_end(server.log)}", Status.TIMEOUT
    )


def _require_alive(server: RunningServer) -> None:
    """Raise LaunchError where a server has exited, or its app has failed at its start."""
    obituary = server.obituary()
    if trouble := server.trouble():
        told = obituary or server.obituary(TOLD_WITHIN_S) or quote_log_end(server.log)
        raise LaunchError(f"not ready: {trouble}; {told}")
    if obituary:
        raise LaunchError(f"not ready: {obituary}")


def fetch_facts(port: int) -> ServerFacts:
    """What the app behind a port says of itself.

    Raises OSError where nobody answers in time, StrangeAnswerError where the answer is something else.
    """
    status, body = asyncio.run(_send_get(port))
    if status != http.HTTPStatus.OK:
        raise StrangeAnswerError(f"status {status}")
    try:
        facts = json.loads(body)
    except ValueError:
        raise StrangeAnswerError(f"{body[:100]!r}, which is not JSON") from None
    if not isinstance(facts, dict) or "token" not in facts:
        raise StrangeAnswerError(f"{body[:100]!r}, which names no token")
    return facts


async def _send_get(port: int) -> tuple[int, bytes]:
    """Status and body of one answer; all of it within one deadline, however slowly it drips in."""
    async with asyncio.timeout(ANSWER_WITHIN_S):
        reader, writer = await asyncio.open_connection(HOST, port)
        try:
            writer.write(f"GET {IN_FORCE_PATH} HTTP/1.1\r\nHost: {HOST}:{port}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            status_line, *fields = head.split("\r\n")
            lengths = [int(field.partition(":")[2]) for field in fields if field.startswith("content-length:")]
            # Ours always says how long it is; a stranger may not, and then the first piece will do.
            length = min(lengths[0], LONGEST_BODY) if lengths else None
            body = await (reader.read(LONGEST_BODY) if length is None else reader.readexactly(length))
            return int(status_line.split()[1]), body
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, IndexError, ValueError) as error:
            raise StrangeAnswerError(f"something that is no HTTP answer: {error}") from None
        finally:
            writer.close()


def _record_facts(server: RunningServer, launch: Launch, facts: ServerFacts) -> InForce:
    workers = facts["workers"]
    for of_worker in (facts, *workers):
        _compare_with_plan(launch, {**of_worker, "workers": len(workers)})
    known = {name: facts[name] for name in InForce.__dataclass_fields__ if name != "workers"}
    server.ready_s = time.monotonic() - server.began_s
    server.pids = tuple(of_worker["pid"] for of_worker in workers)
    server.in_force = InForce(**known, workers=len(workers))
    return server.in_force


def _compare_with_plan(launch: Launch, found: ServerFacts) -> None:
    asked = {"limiter_tokens": launch.thread_limit, "loop": launch.loop, "workers": launch.workers}
    differences = [
        f"{name} is {found[name]}, {value} was asked for"
        for name, value in asked.items()
        if value not in (found[name], "default")
    ]
    if differences:
        raise LaunchError("what is in force is not what the matrix asks for: " + "; ".join(differences))
