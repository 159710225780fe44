"""Apps that go wrong in the middle, around the one that every server serves."""

import asyncio
import os

from anyio.to_thread import current_default_thread_limiter

from scenarios.inside.app import app
from scenarios.inside.launched import delay_s
from scenarios.inside.witness import AsgiReceive, AsgiScope, AsgiSend

WRONG_LIMIT = 5


async def hangs(scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
    """Never answers `/async`."""
    if scope.get("path") == "/async":
        await asyncio.Event().wait()
    await app(scope, receive, send)


async def dies(scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
    """Takes the whole process down on `/async`."""
    if scope.get("path") == "/async":
        print("out of memory, I suppose", flush=True)  # noqa: T201 - something for the log
        os._exit(7)
    await app(scope, receive, send)


async def lies(scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
    """Answers `/async` with what `/def` would say."""
    if scope.get("path") == "/async":
        scope = {**scope, "path": "/def", "raw_path": b"/def"}
    await app(scope, receive, send)


async def goes_its_own_way(scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
    """Sets another limit than it was told."""
    if scope.get("path") == "/_matrix":
        current_default_thread_limiter().total_tokens = WRONG_LIMIT
    await app(scope, receive, send)


async def tarries(scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
    """Adds a tenth to the delay of every request."""
    if scope.get("path", "").startswith("/async"):
        await asyncio.sleep(delay_s() / 10)
    await app(scope, receive, send)
