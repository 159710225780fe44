"""The burst executor on aiohttp: N requests at once, every latency counted from the common start."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from types import SimpleNamespace

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    TCPConnector,
    TraceConfig,
)

from harness.measure.client.answers import Answer, check
from harness.measure.client.job import Job, Result


@dataclass(slots=True)
class Attempts:
    """What a request did for a connection: how many it took, and whether it had to open one."""

    made: int = 0
    opened: bool = False


Send = Callable[[Attempts], Awaitable[Answer]]


@dataclass(slots=True)
class Burst:
    """What is noted while a burst is under way: when each request was sent, and how it came to its connection."""

    start_ns: int
    sent_ns: list[int] = field(default_factory=list)
    attempts: list[Attempts] = field(default_factory=list)


class NotOpenedError(Exception):
    """Connections that could not be opened, or gave no answer, before the burst had begun."""

    def __init__(self, opening: list[Answer], bad: list[Answer]) -> None:
        first = bad[0].problem or f"status {bad[0].status}"
        super().__init__(f"{len(bad)} of {len(opening)} connections could not be opened, the first: {first}")
        self.outcomes = dict(Counter(answer.outcome or "non_2xx" for answer in bad))


async def burst(job: Job) -> Result:
    """Offer the load of one job and check what came back."""
    try:
        return await _measured(job)
    except NotOpenedError as error:
        return Result(error.outcomes, str(error), None, 0.0, 0.0, 0, {})


async def _measured(job: Job) -> Result:
    async with CLIENTS[job.client](job) as send:
        cpu_s = time.process_time()
        noted = Burst(time.monotonic_ns())
        answers = await _all_at_once(send, job, noted)
        cpu_s = time.process_time() - cpu_s
    checked = check(answers, job, noted.start_ns)
    good = checked.outcomes.get("ok", 0) == job.concurrency
    return Result(
        outcomes=checked.outcomes,
        reason=checked.reason,
        duration_s=(max(answer.answered_ns for answer in answers) - noted.start_ns) / 1e9 if good else None,
        cpu_s=cpu_s,
        send_span_s=(max(noted.sent_ns) - noted.start_ns) / 1e9,
        late_connections=sum(attempts.opened for attempts in noted.attempts),
        columns=_columns(checked.evidence, noted.start_ns),
    )


async def _all_at_once(send: Send, job: Job, noted: Burst) -> list[Answer]:
    async def one() -> Answer:
        attempts = Attempts()
        noted.attempts.append(attempts)
        noted.sent_ns.append(time.monotonic_ns())
        return await send(attempts)

    tasks = [asyncio.create_task(one()) for _ in range(job.concurrency)]
    _, late = await asyncio.wait(tasks, timeout=job.deadline_s)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late)
    gone = Answer(outcome="timeout", problem=f"no answer within {job.deadline_s:g} s")
    return [gone if task.cancelled() else task.result() for task in tasks]


@asynccontextmanager
async def _shared_session(job: Job) -> AsyncIterator[Send]:
    """One session, no limit on its pool, a connection for every request opened and answered before the burst."""
    base = f"http://127.0.0.1:{job.port}"
    async with ClientSession(
        connector=TCPConnector(limit=0), timeout=ClientTimeout(total=None), trace_configs=[_tracing()]
    ) as session:
        opening = await _all_at_once(partial(_get, session, base + job.prime_path), job, Burst(time.monotonic_ns()))
        if bad := [answer for answer in opening if answer.status != HTTPStatus.OK]:
            raise NotOpenedError(opening, bad)
        yield partial(_get, session, base + job.path)


def _tracing() -> TraceConfig:
    tracing = TraceConfig()
    tracing.on_connection_reuseconn.append(_note_reused)
    tracing.on_connection_create_start.append(_note_opened)
    return tracing


async def _note_reused(_session: object, context: SimpleNamespace, _params: object) -> None:
    context.trace_request_ctx.made += 1


async def _note_opened(_session: object, context: SimpleNamespace, _params: object) -> None:
    context.trace_request_ctx.made += 1
    context.trace_request_ctx.opened = True


@asynccontextmanager
async def _session_a_request(job: Job) -> AsyncIterator[Send]:
    """The article's habit: every request opens a session of its own, and looks up `localhost` for it."""
    tracing = _tracing()

    async def send(attempts: Attempts) -> Answer:
        async with ClientSession(trace_configs=[tracing]) as session:
            return await _get(session, f"http://localhost:{job.port}{job.path}", attempts)

    yield send


CLIENTS: dict[str, Callable[[Job], AbstractAsyncContextManager[Send]]] = {
    "aiohttp": _shared_session,
    "article": _session_a_request,
}


async def _get(session: ClientSession, url: str, attempts: Attempts) -> Answer:
    """One request to its end; what goes wrong is an answer too."""
    try:
        async with session.get(url, allow_redirects=False, trace_request_ctx=attempts) as response:
            body = await response.read()
            answered_ns = time.monotonic_ns()
            answer = Answer(response.status, response.headers.get("content-length"), body, answered_ns)
    except TimeoutError as error:
        answer = Answer(outcome="timeout", problem=f"no answer in time: {error}")
    except ClientConnectorError as error:
        answer = Answer(outcome="refused", problem=str(error))
    except (ClientError, OSError) as error:
        answer = Answer(outcome="aborted", problem=f"{type(error).__name__}: {error}")
    if attempts.made > 1:
        # aiohttp quietly repeats a GET whose connection was dropped; what becomes of the second try is not the first's.
        return Answer(outcome="aborted", problem="the server dropped the connection without an answer")
    return answer


def _columns(evidence: list[dict[str, int]], start_ns: int) -> dict[str, list[int]]:
    """The evidence as the columns of the journal, in order of entry, times in microseconds since the start."""
    rows = sorted(evidence, key=lambda row: row["entered_ns"])
    times = {
        f"{name}_us": [(row[f"{name}_ns"] - start_ns) // 1000 for row in rows]
        for name in ("entered", "started", "ended", "answered")
    }
    return {
        **times,
        "thread": _numbered([row["thread"] for row in rows]),
        "process": _numbered([row["pid"] for row in rows]),
        "running": [row["running"] for row in rows],
    }


def _numbered(identities: list[int]) -> list[int]:
    """Identities replaced by small numbers, in order of first appearance."""
    numbers: dict[int, int] = {}
    return [numbers.setdefault(identity, len(numbers)) for identity in identities]
