"""The clients on aiohttp: one shared session, or a session per request, as in the article."""

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
from harness.model.executors import EXECUTORS
from harness.model.outcomes import RequestOutcome
from scenarios.inside.launched import EVIDENCE_HEADER
from servers.adapter import HOST


@dataclass(slots=True)
class ConnectionAttempts:
    """How many connections one request took, and whether one had to be opened."""

    made: int = 0
    opened: bool = False


SendRequest = Callable[[ConnectionAttempts], Awaitable[Answer]]


@dataclass(slots=True)
class SentRequests:
    """The answers as they arrive, and how many requests opened a connection."""

    answers: list[Answer] = field(default_factory=list)
    opened: int = 0


async def handle_job(line: bytes, pipe: HarnessPipe) -> JobResult | None:
    """Offer the load of one job and check the answers; return None if the job was cancelled.

    Raises NotOpenedError if the connections cannot be opened.
    """
    job = parse_job(line)
    async with CLIENTS[job.client](job) as send:
        start_ns = await pipe.wait_for_start()
        if start_ns is None:
            return None
        offer = _offer_closed_loop if EXECUTORS[job.executor].has_window else _offer_burst
        check = await offer(job, send, start_ns)
    pipe.report_done()
    return check()


async def _offer_burst(job: Job, send: SendRequest, start_ns: int) -> Callable[[], JobResult]:
    """Send all requests at the start; return the function that checks the answers later."""
    cpu_s = time.process_time()
    sent = await _send_all(send, job)
    cpu_s = time.process_time() - cpu_s
    span_s = (max(answer.sent_ns for answer in sent.answers) - start_ns) / NS

    def check() -> JobResult:
        for answer in sent.answers:
            answer.due_ns = start_ns
        result = summarize_burst(job, start_ns, sent.answers)
        return replace(result, cpu_s=cpu_s, send_span_s=span_s, late_connections=sent.opened)

    return check


async def _offer_closed_loop(job: Job, send: SendRequest, start_ns: int) -> Callable[[], JobResult]:
    """Keep `concurrency` tasks sending until the end of the window; return the function that checks the answers."""
    window = measured_window(job, start_ns)
    meter = CpuMeter(window)
    sent = await _send_from_tasks(send, job, until_ns=window.end_ns)
    cpu_s = meter.stop()

    def check() -> JobResult:
        result = summarize_window(job, window, sent.answers, is_open_loop=False)
        return replace(result, cpu_s=cpu_s, late_connections=sent.opened)

    return check


async def _send_all(send: SendRequest, job: Job) -> SentRequests:
    return await _send_from_tasks(send, job, until_ns=0)


async def _send_from_tasks(send: SendRequest, job: Job, until_ns: int) -> SentRequests:
    """Run one task per concurrent request; each sends at least one request, and more until `until_ns`."""
    sent = SentRequests()
    tasks = [asyncio.create_task(_send_in_turn(send, job, sent, until_ns)) for _ in range(job.concurrency)]
    _, late = await asyncio.wait(tasks, timeout=job.deadline_s + max(0, until_ns - monotonic_ns()) / NS)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late)
    return sent


async def _send_in_turn(send: SendRequest, job: Job, sent: SentRequests, until_ns: int) -> None:
    while True:
        attempts = ConnectionAttempts()
        sent_ns = monotonic_ns()
        try:
            answer = await send(attempts)
        except asyncio.CancelledError:
            answer = Answer(outcome=RequestOutcome.TIMEOUT, problem=f"no answer within {job.deadline_s:g} s")
        answer.due_ns = answer.sent_ns = sent_ns
        sent.answers.append(answer)
        sent.opened += attempts.opened
        if answer.outcome is not None or monotonic_ns() >= until_ns:
            return


@asynccontextmanager
async def _shared_session(job: Job) -> AsyncIterator[SendRequest]:
    """Share one session without a limit; a connection per request is opened and answered before the start."""
    base = f"http://{HOST}:{job.port}"
    async with ClientSession(
        connector=TCPConnector(limit=0), timeout=ClientTimeout(total=None), trace_configs=[_trace_connections()]
    ) as session:
        prime = replace(job, requests=[RequestSpec(job.prime_path)])
        opening = await _send_all(partial(_send_request, session, base, prime, 0), job)
        if bad := [answer for answer in opening.answers if answer.status != SUCCESS]:
            raise NotOpenedError(job.concurrency, bad)
        await asyncio.sleep(job.settle_s)
        turns = job.take_turns()

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
    """Open a session for every request, and resolve `localhost` for it, as the article's client does."""
    tracing = _trace_connections()
    turns = job.take_turns()

    async def send(attempts: ConnectionAttempts) -> Answer:
        async with ClientSession(trace_configs=[tracing]) as session:
            return await _send_request(session, f"http://localhost:{job.port}", job, next(turns), attempts)

    yield send


CLIENTS: dict[str, Callable[[Job], AbstractAsyncContextManager[SendRequest]]] = {
    "aiohttp": _shared_session,
    "article": _session_per_request,
}


async def _send_request(
    session: ClientSession, base: str, job: Job, of_class: int, attempts: ConnectionAttempts
) -> Answer:
    """Send one request of a class and return its answer; a failure is an answer too."""
    spec = job.requests[of_class]
    try:
        async with session.request(
            spec.method,
            URL(base + spec.path, encoded=True),
            data=encode_content(spec) or None,
            headers=build_headers(spec),
            allow_redirects=False,
            trace_request_ctx=attempts,
        ) as response:
            body = await response.read()
            answered_ns = monotonic_ns()
            evidence = response.headers.get(EVIDENCE_HEADER)
            answer = Answer(
                answered_ns=answered_ns,
                status=response.status,
                announced_length=_announced_length(response, body),
                body=body,
                evidence=None if evidence is None else evidence.encode(),
            )
    except TimeoutError as error:
        answer = Answer(outcome=RequestOutcome.TIMEOUT, problem=f"no answer in time: {error}")
    except ClientConnectorError as error:
        answer = Answer(outcome=RequestOutcome.REFUSED, problem=str(error))
    except (ClientError, OSError) as error:
        answer = Answer(outcome=RequestOutcome.ABORTED, problem=f"{type(error).__name__}: {error}")
    if attempts.made > 1:
        # aiohttp silently repeats a GET whose connection was dropped; the second try must not hide the first.
        answer = Answer(outcome=RequestOutcome.ABORTED, problem="the server dropped the connection without an answer")
    answer.of_class = of_class
    return answer


def _announced_length(response: ClientResponse, body: bytes) -> int | None:
    """Return the length that framed a body; aiohttp has seen the last chunk of a chunked one."""
    is_chunked = "chunked" in response.headers.get("transfer-encoding", "").lower()
    if is_chunked or response.method == "HEAD" or response.status in WITHOUT_BODY:
        return len(body)
    length = response.headers.get("content-length", "")
    return int(length) if length.isdigit() else None
