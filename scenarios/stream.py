"""stream: answers that come in chunks, from an iterator that blocks before each of them or from one that awaits."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterator

from starlette.responses import StreamingResponse

from scenarios.inside.launched import delay_s, parameter
from scenarios.kit import Crowd, Parameter, Scenario, at_once, delay, encode_line, working

MEDIA_TYPE = "application/jsonl"

scenario = Scenario(
    shows=(
        "A sync iterator takes a thread for each of its chunks, gives it back, and queues again for the next, even "
        "where the endpoint that returns it is `async def`. So more streams than threads take turns: there are no "
        "waves, every stream gets slower, and all of them end together. An async iterator needs no thread."
    ),
    parameters=(
        delay(0.1, "How long all chunks of a stream take together."),
        Parameter("chunks", 10, "chunks", "How many chunks a stream has."),
    ),
    reports={
        "Why is streaming slow?": "https://github.com/fastapi/fastapi/issues/2302",
        "Why does a stream block when its generator is async?": "https://github.com/fastapi/fastapi/issues/14680",
    },
)


def in_turns(crowd: Crowd) -> float:
    """Streams take turns, a thread token a chunk: as long as their chunks take, shared among the threads."""
    # anyio's limiter is first come, first served, so no stream has two turns before all others had one. With chunks of
    # equal length no thread is idle while a chunk waits, until the last turns.
    chunks = int(crowd.parameters["chunks"])
    turns = max(chunks, math.ceil(crowd.requests * chunks / crowd.thread_limit))
    return turns * crowd.delay_s / chunks


def stream_blocking(style: str) -> Iterator[bytes]:
    """Block before each chunk; the last one is the evidence."""
    chunks = int(parameter("chunks"))
    with working(style) as evidence:
        for number in range(1, chunks):
            time.sleep(delay_s() / chunks)
            yield encode_line({"chunk": number})
        time.sleep(delay_s() / chunks)
    yield encode_line(evidence)


async def stream_awaiting(style: str) -> AsyncIterator[bytes]:
    """Await before each chunk; the last one is the evidence."""
    chunks = int(parameter("chunks"))
    with working(style) as evidence:
        began_s = time.monotonic()
        for number in range(1, chunks):
            # Sleep until it is due: a timer may be a millisecond early, and that must not add up.
            await asyncio.sleep(began_s + delay_s() * number / chunks - time.monotonic())
            yield encode_line({"chunk": number})
        await asyncio.sleep(began_s + delay_s() - time.monotonic())
    yield encode_line(evidence)


@scenario.style("def", model=in_turns)
def streams_from_threads() -> StreamingResponse:
    """Stream from a sync iterator: a thread for the endpoint, and one for each chunk."""
    return StreamingResponse(stream_blocking("def"), media_type=MEDIA_TYPE)


@scenario.style("async", model=at_once)
async def streams_from_the_loop() -> StreamingResponse:
    """Stream from an async iterator: no thread at all."""
    return StreamingResponse(stream_awaiting("async"), media_type=MEDIA_TYPE)


@scenario.style("async-sync-iterator", model=in_turns)
async def streams_from_threads_all_the_same() -> StreamingResponse:
    """Stream from a sync iterator, which takes a thread for each chunk although the endpoint is `async def`."""
    return StreamingResponse(stream_blocking("async-sync-iterator"), media_type=MEDIA_TYPE)
