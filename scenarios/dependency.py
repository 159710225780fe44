"""dependency: the wait is in a dependency, and how that is written decides, whatever the endpoint is."""

import asyncio
import time
from typing import Annotated

from scenarios.inside.launched import delay_s
from scenarios.kit import Endpoint, Evidence, Scenario, at_once, delay, in_waves, working

scenario = Scenario(
    shows=(
        "A `def` dependency takes a thread, even under an `async def` endpoint, which then climbs the staircase of a "
        "`def` endpoint. Where both are `def`, each takes a thread of its own: each endpoint queues behind the "
        "dependencies of all waiting requests, so no request is answered until the last wave has started."
    ),
    parameters=(delay(0.1, "How long the dependency waits."),),
    reports={
        "Why does every dependency go through a thread?": "https://github.com/fastapi/fastapi/issues/1306",
        "What did an `async def` dependency gain?": "https://github.com/ray-project/ray/pull/55457",
    },
)


async def waits_in_async_dependency() -> Evidence:
    """Let the loop do other things meanwhile."""
    with working("async") as evidence:
        await asyncio.sleep(delay_s())
    return evidence


def waits_under_async_endpoint() -> Evidence:
    """Block a thread."""
    with working("async-def-dependency") as evidence:
        time.sleep(delay_s())
    return evidence


def waits_under_def_endpoint() -> Evidence:
    """Block a thread."""
    with working("def") as evidence:
        time.sleep(delay_s())
    return evidence


@scenario.style("def", model=in_waves, made=True)
def after_a_def_dependency() -> Endpoint:
    """Wait in a `def` dependency, then answer from a thread: two threads, one after the other."""
    from fastapi import Depends

    def endpoint(evidence: Annotated[Evidence, Depends(waits_under_def_endpoint)]) -> Evidence:
        return evidence

    return endpoint


@scenario.style("async", model=at_once, made=True)
def after_an_async_dependency() -> Endpoint:
    """Wait in an `async def` dependency: no thread at all."""
    from fastapi import Depends

    async def endpoint(evidence: Annotated[Evidence, Depends(waits_in_async_dependency)]) -> Evidence:
        return evidence

    return endpoint


@scenario.style("async-def-dependency", model=in_waves, made=True)
def after_a_def_dependency_all_the_same() -> Endpoint:
    """Wait in a `def` dependency, which takes a thread although the endpoint is `async def`."""
    from fastapi import Depends

    async def endpoint(evidence: Annotated[Evidence, Depends(waits_under_async_endpoint)]) -> Evidence:
        return evidence

    return endpoint
