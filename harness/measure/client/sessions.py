"""The clients on aiohttp: one session that is shared, or the article's habit of a session a request."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from time import monotonic_ns
from types import SimpleNamespace

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    TCPConnector,
    TraceConfig,
)
from yarl import URL

from harness.measure.client.answers import SUCCESS, Answer, NotOpenedError
from harness.measure.client.harness_pipe import HarnessPipe
from harness.measure.client.http import WITHOUT_BODY, build_headers, encode_content
from harness.measure.client.job import Job, JobResult, RequestSpec, parse_job
from harness.measure.client.results import summarize_burst, summarize_window
from harness.measure.client.timing import NS, CpuMeter, measured_window
from harness.model.outcomes import RequestOutcome
from harness.model.plan import BURST
from scenarios.inside.launched import EVIDENCE_HEADER


@dataclass(slots=True)
class ConnectionAttempts:
    """What a request did for a connection: how many it took, and whether it had to open one."""

    made: int = 0
    opened: bool = False


SendRequest = Callable[[ConnectionAttempts], Awaitable[Answer]]


@dataclass(slots=True)
class SentRequests:
    """What is noted while the load is on: the answers, as they come, and how many requests opened a connection."""

    answers: list[Answer] = field(default_factory=list)
    opened: int = 0


async def handle_job(line: bytes, talk: HarnessPipe) -> JobResult | None:
    """Offer the load of one job and check what came back; None where it was called off.

    Raises NotOpenedError where the connections could not be opened.
    """
    job = parse_job(line)
    async with CLIENTS[job.client](job) as send:
        start_ns = await talk.begin()
        if start_ns is None:
            return None
        measured = _offer_burst if job.executor == BURST else _offer_closed_loop
        check = await measured(job, send, start_ns)
    talk.done()
    return check()


async def _offer_burst(job: Job, send: SendRequest, start_ns: int) -> Callable[[], JobResult]:
    """All at once; the check of the answers is left for later."""
    cpu_s = time.process_time()
    noted = await _send_all(send, job)
    cpu_s = time.process_time() - cpu_s
    span_s = (max(answer.sent_ns for answer in noted.answers) - start_ns) / NS

    def check() -> JobResult:
        for answer in noted.answers:
            answer.due_ns = start_ns
        result = summarize_burst(job, start_ns, noted.answers)
        return replace(result, cpu_s=cpu_s, send_span_s=span_s, late_connections=noted.opened)

    return check


async def _offer_closed_loop(job: Job, send: SendRequest, start_ns: int) -> Callable[[], JobResult]:
    """So many tasks, each sending its next request as soon as it has the answer to the one before."""
    window = measured_window(job, start_ns)
    meter = CpuMeter(window)
    noted = await _send_from_tasks(send, job, until_ns=window.end_ns)
    cpu_s = meter.stop()

    def check() -> JobResult:
        result = summarize_window(job, window, noted.answers, open_loop=False)
        return replace(result, cpu_s=cpu_s, late_connections=noted.opened)

    return check


async def _send_all(send: SendRequest, job: Job) -> SentRequests:
    return await _send_from_tasks(send, job, until_ns=0)


async def _send_from_tasks(send: SendRequest, job: Job, until_ns: int) -> SentRequests:
    """As many tasks as there are requests in flight, each of one request, or of as many as begin before a moment."""
    noted = SentRequests()
    tasks = [asyncio.create_task(_send_in_turn(send, job, noted, until_ns)) for _ in range(job.concurrency)]
    _, late = await asyncio.wait(tasks, timeout=job.deadline_s + max(0, until_ns - monotonic_ns()) / NS)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late)
    return noted


async def _send_in_turn(send: SendRequest, job: Job, noted: SentRequests, until_ns: int) -> None:
    while True:
        attempts = ConnectionAttempts()
        sent_ns = monotonic_ns()
        try:
            answer = await send(attempts)
        except asyncio.CancelledError:
            answer = Answer(outcome=RequestOutcome.TIMEOUT, problem=f"no answer within {job.deadline_s:g} s")
        answer.due_ns = answer.sent_ns = sent_ns
        noted.answers.append(answer)
        noted.opened += attempts.opened
        if answer.outcome is not None or monotonic_ns() >= until_ns:
            return


@asynccontextmanager
async def _shared_session(job: Job) -> AsyncIterator[SendRequest]:
    """One session, no limit on its pool, a connection for every request opened and answered before the start."""
    base = f"http://127.0.0.1:{job.port}"
    async with ClientSession(
        connector=TCPConnector(limit=0), timeout=ClientTimeout(total=None), trace_configs=[_trace_connections()]
    ) as session:
        prime = replace(job, asked=[RequestSpec(job.prime_path)])
        opening = await _send_all(partial(_send_request, session, base, prime, 0), job)
        if bad := [answer for answer in opening.answers if answer.status != SUCCESS]:
            raise NotOpenedError(job.concurrency, bad)
        await asyncio.sleep(job.settle_s)
        turns = job.turns()

        async def send(attempts: ConnectionAttempts) -> Answer:
            return await _send_request(session, base, job, next(turns), attempts)

        yield send


def _trace_connections() -> TraceConfig:
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
async def _session_per_request(job: Job) -> AsyncIterator[SendRequest]:
    """The article's habit: every request opens a session of its own, and looks up `localhost` for it."""
    tracing = _trace_connections()
    turns = job.turns()

    async def send(attempts: ConnectionAttempts) -> Answer:
        async with ClientSession(trace_configs=[tracing]) as session:
            return await _send_request(session, f"http://localhost:{job.port}", job, next(turns), attempts)

    yield send


CLIENTS: dict[str, Callable[[Job], AbstractAsyncContextManager[SendRequest]]] = {
    "aiohttp": _shared_session,
    "article": _session_per_request,
}


async def _send_request(
    session: ClientSession, base: str, job: Job, number: int, attempts: ConnectionAttempts
) -> Answer:
    """One request of a class to its end; what goes wrong is an answer too."""
    asked = job.asked[number]
    content = encode_content(asked) or None
    try:
        async with session.request(
            asked.method,
            URL(base + asked.path, encoded=True),
            data=content,
            headers=build_headers(asked),
            allow_redirects=False,
            trace_request_ctx=attempts,
        ) as response:
            body = await response.read()
            answered_ns = monotonic_ns()
            answer = Answer(
                answered_ns=answered_ns,
                status=response.status,
                announced_length=_announced_length(response, body),
                body=body,
                evidence=_read_evidence(response),
            )
    except TimeoutError as error:
        answer = Answer(outcome=RequestOutcome.TIMEOUT, problem=f"no answer in time: {error}")
    except ClientConnectorError as error:
        answer = Answer(outcome=RequestOutcome.REFUSED, problem=str(error))
    except (ClientError, OSError) as error:
        answer = Answer(outcome=RequestOutcome.ABORTED, problem=f"{type(error).__name__}: {error}")
    if attempts.made > 1:
        # aiohttp quietly repeats a GET whose connection was dropped; what becomes of the second try is not the first's.
        answer = Answer(outcome=RequestOutcome.ABORTED, problem="the server dropped the connection without an answer")
    answer.asked = number
    return answer


def _announced_length(response: ClientResponse, body: bytes) -> int | None:
    """The length that framed a body; aiohttp has seen the last chunk of one that came in chunks."""
    is_chunked = "chunked" in response.headers.get("transfer-encoding", "").lower()
    if is_chunked or response.method == "HEAD" or response.status in WITHOUT_BODY:
        return len(body)
    length = response.headers.get("content-length", "")
    return int(length) if length.isdigit() else None


def _read_evidence(response: ClientResponse) -> bytes | None:
    told = response.headers.get(EVIDENCE_HEADER)
    return None if told is None else told.encode()
