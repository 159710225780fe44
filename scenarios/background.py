"""background: tasks that go on after the answer, next to an endpoint that needs a thread but does nothing."""

import asyncio
import time

from starlette.background import BackgroundTask
from starlette.responses import JSONResponse

from scenarios.inside.launched import delay_s
from scenarios.kit import Evidence, RequestClass, Scenario, delay, left_behind, working

TASKS_TO_ONE = 9
"""How many requests leave a task behind for each one that does not."""

scenario = Scenario(
    shows=(
        "A request that leaves a sync background task behind is answered right away, but its task takes a thread for "
        "as long as it lasts, from the same limit as `def` endpoints. So a `def` endpoint with no work at all "
        "(`zero-work`) waits for background tasks that no client is waiting for. `async def` tasks take no thread."
    ),
    parameters=(delay(0.1, "How long a background task lasts."),),
    reports={
        "Why do background tasks and endpoints share the threads?": "https://github.com/Kludex/starlette/issues/1724",
        "Why are background tasks queued?": "https://github.com/fastapi/fastapi/issues/676",
    },
)


def block_thread() -> None:
    """Block a thread."""
    try:
        time.sleep(delay_s())
    finally:
        left_behind.leave()


async def wait_on_loop() -> None:
    """Wait without holding up the loop."""
    try:
        await asyncio.sleep(delay_s())
    finally:
        left_behind.leave()


async def leaves_a_sync_task() -> JSONResponse:
    """Answer at once; the task that follows takes a thread."""
    with working("def/leaves-task") as evidence:
        left_behind.enter()
    return JSONResponse(evidence, background=BackgroundTask(block_thread))


async def leaves_an_async_task() -> JSONResponse:
    """Answer at once; the task that follows takes none."""
    with working("async/leaves-task") as evidence:
        left_behind.enter()
    return JSONResponse(evidence, background=BackgroundTask(wait_on_loop))


def has_no_work_among_sync_tasks() -> Evidence:
    """Go to a thread and back for nothing."""
    with working("def/zero-work") as evidence:
        pass
    return evidence


def has_no_work_among_async_tasks() -> Evidence:
    """Go to a thread and back for nothing."""
    with working("async/zero-work") as evidence:
        pass
    return evidence


scenario.style_of_classes(
    "def",
    "Nine of ten requests leave a `def` task behind, which blocks a thread; the tenth is a `def` without work.",
    RequestClass("leaves-task", leaves_a_sync_task, weight=TASKS_TO_ONE, waits=False),
    RequestClass("zero-work", has_no_work_among_sync_tasks, waits=False),
)
scenario.style_of_classes(
    "async",
    "Nine of ten requests leave an `async def` task behind, which awaits; the tenth is the same `def` without work.",
    RequestClass("leaves-task", leaves_an_async_task, weight=TASKS_TO_ONE, waits=False),
    RequestClass("zero-work", has_no_work_among_async_tasks, waits=False),
)
