"""mixed: nine fast requests for each slow one, as real traffic is, and what the slow ones do to the fast ones."""

import asyncio
import time

from scenarios.inside.launched import delay_s
from scenarios.kit import Endpoint, Evidence, RequestClass, Scenario, delay, working

FAST_TO_ONE = 9
"""How many fast requests are sent for each slow one."""

scenario = Scenario(
    shows=(
        "Nine of ten requests are fast, and the tenth waits. If it waits in a thread or awaits, the fast ones do not "
        "notice; if it blocks the event loop, that tenth slows down every request: compare the latency of the fast "
        "route."
    ),
    parameters=(delay(0.1, "How long a slow request waits."),),
    reports={
        "Why does one slow route hold up all others?": "https://github.com/fastapi/fastapi/issues/2484",
        "Why does an `async def` block the `def` ones?": "https://github.com/fastapi/fastapi/issues/2488",
    },
)


def make_fast(style: str) -> RequestClass:
    """Make the class of requests that do not wait, an `async def` next to any kind of slow ones."""

    async def answers_at_once() -> Evidence:
        with working(f"{style}/fast") as evidence:
            pass
        return evidence

    return RequestClass("fast", answers_at_once, weight=FAST_TO_ONE, waits=False)


def make_slow(endpoint: Endpoint) -> RequestClass:
    """Make the class of requests that wait."""
    return RequestClass("slow", endpoint)


def blocks_a_thread() -> Evidence:
    """Block one of the threads that the limit counts."""
    with working("def/slow") as evidence:
        time.sleep(delay_s())
    return evidence


async def awaits() -> Evidence:
    """Let the loop do other things meanwhile."""
    with working("async/slow") as evidence:
        await asyncio.sleep(delay_s())
    return evidence


async def blocks_the_loop() -> Evidence:
    """Block the loop, and with it every other request of this process."""
    with working("async-blocking/slow") as evidence:
        time.sleep(delay_s())  # noqa: ASYNC251 - that it should not be done is what this style shows
    return evidence


# The slow one is the first of every ten, so that a small burst has one too, ahead of the fast ones.
scenario.style_of_classes("def", "The slow ones block threads.", make_slow(blocks_a_thread), make_fast("def"))
scenario.style_of_classes("async", "The slow ones await.", make_slow(awaits), make_fast("async"))
scenario.style_of_classes(
    "async-blocking",
    "The slow ones block the event loop: the mistake.",
    make_slow(blocks_the_loop),
    make_fast("async-blocking"),
)
