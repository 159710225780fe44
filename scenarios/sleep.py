"""sleep: every request waits for a set delay, as the article's endpoints do."""

import asyncio
import time

from starlette.concurrency import run_in_threadpool

from scenarios.inside.launched import delay_s
from scenarios.kit import Evidence, Scenario, at_once, delay, in_executor_waves, in_waves, one_by_one, working

scenario = Scenario(
    shows=(
        "Every request waits for a set delay and does nothing else, like a call to a slow database or service. "
        "What a style adds to that delay is the price of how the endpoint is written."
    ),
    parameters=(delay(0.1),),
    reports={
        "How do I change the 40 threads?": "https://github.com/fastapi/fastapi/issues/4221",
        "Why does one blocking `async def` stall every route?": "https://github.com/fastapi/fastapi/issues/5908",
        "Why does a `def` health check time out?": "https://github.com/sentinel-hub/titiler-openeo/pull/303",
        "Why is one worker busy while the others are not?": "https://github.com/fastapi/fastapi/issues/5759",
        "Why is asyncio.to_thread not bound by the limit?": "https://github.com/open-webui/open-webui/issues/28168",
    },
)


@scenario.style("def", model=in_waves)
def blocks_a_thread() -> Evidence:
    """Block one of the threads that the limit counts."""
    with working("def") as evidence:
        time.sleep(delay_s())
    return evidence


@scenario.style("async", model=at_once)
async def awaits() -> Evidence:
    """Let the loop do other things meanwhile."""
    with working("async") as evidence:
        await asyncio.sleep(delay_s())
    return evidence


@scenario.style("async-blocking", model=one_by_one)
async def blocks_the_loop() -> Evidence:
    """Block the loop, and with it every other request of this process: the mistake."""
    with working("async-blocking") as evidence:
        time.sleep(delay_s())  # noqa: ASYNC251 - that it should not be done is what this style shows
    return evidence


@scenario.style("async-to-thread", model=in_executor_waves)
async def hands_to_asyncios_pool() -> Evidence:
    """Block a thread of asyncio's own pool, which the limit does not count."""

    def call() -> Evidence:
        with working("async-to-thread") as evidence:
            time.sleep(delay_s())
        return evidence

    return await asyncio.to_thread(call)


@scenario.style("async-threadpool", model=in_waves)
async def hands_to_the_thread_limit() -> Evidence:
    """Block one of the threads that the limit counts, as `def` does."""

    def call() -> Evidence:
        with working("async-threadpool") as evidence:
            time.sleep(delay_s())
        return evidence

    return await run_in_threadpool(call)
