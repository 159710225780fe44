"""validated: the wait of `sleep`, with and without a return annotation, which has FastAPI validate the answer."""

import asyncio
import time

from scenarios.inside.launched import delay_s
from scenarios.kit import Evidence, Scenario, at_once, delay, in_waves, working

scenario = Scenario(
    shows=(
        "A return annotation, or a `response_model`, makes a `def` endpoint queue for a thread twice: once to run, and "
        "once more to have its answer validated, behind all that still wait to run. The last answer comes no later, "
        "but the first comes when the last wave has begun. The second wait counts as outside the application."
    ),
    parameters=(delay(0.1),),
    reports={
        "Why are answers ready, but not sent?": "https://github.com/zenml-io/zenml/pull/3685",
    },
)


@scenario.style("def", model=in_waves)
def in_a_thread() -> Evidence:
    """Block one thread, once: the answer is not validated."""
    with working("def") as evidence:
        time.sleep(delay_s())
    return evidence


@scenario.style("def-annotated", model=in_waves, validates=True)
def in_a_thread_and_in_another() -> Evidence:
    """Block a thread, then queue for another one in which the answer is validated."""
    with working("def-annotated") as evidence:
        time.sleep(delay_s())
    return evidence


@scenario.style("async", model=at_once)
async def on_the_loop() -> Evidence:
    """Let the loop do other things meanwhile; the answer is not validated."""
    with working("async") as evidence:
        await asyncio.sleep(delay_s())
    return evidence


@scenario.style("async-annotated", model=at_once, validates=True)
async def on_the_loop_and_there_again() -> Evidence:
    """Let the loop do other things meanwhile; the answer is validated on the loop, too, and queues for nothing."""
    with working("async-annotated") as evidence:
        await asyncio.sleep(delay_s())
    return evidence
