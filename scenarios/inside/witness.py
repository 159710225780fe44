"""The layer around an app that sets the thread limit, and reports the settings that are really in force."""

import asyncio
import json
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from anyio.to_thread import current_default_thread_limiter

from scenarios.inside.launched import IN_FORCE_PATH, QUIET_PATH, launch_settings, noted_versions
from scenarios.kit import Around, entered_ns, gauge, left_behind

AsgiScope = MutableMapping[str, Any]
AsgiReceive = Callable[[], Awaitable[MutableMapping[str, Any]]]
AsgiSend = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[AsgiScope, AsgiReceive, AsgiSend], Awaitable[None]]

LOOK_AGAIN_S = 0.001
"""How often to check whether the process is quiet."""


class Witness:
    """A pure ASGI layer; the app behind it is neither edited nor aware of it."""

    def __init__(self, app: AsgiApp, around: Around | None = None) -> None:
        self._app = app
        self._around = around
        self._opening = asyncio.Lock()
        self._opened = AsyncExitStack()
        self._facts: dict[str, Any] | None = None

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        # On most servers the lifespan is the first call; without one, the first request is.
        if self._facts is None:
            self._facts = self._start_work(scope["type"])
            if not self._facts["lifespan"]:
                self._announce()
        if self._around is not None and not self._facts["lifespan"]:
            await self._open_without_lifespan()
        if scope["type"] == "http" and scope["path"] == IN_FORCE_PATH:
            await self._send_facts(send)
            return
        if scope["type"] == "http" and scope["path"] == QUIET_PATH:
            await self._wait_until_quiet(send)
            return
        entered_ns.set(time.monotonic_ns())
        await self._app(scope, receive, self._announcing(send) if scope["type"] == "lifespan" else send)

    def _announcing(self, send: AsgiSend) -> AsgiSend:
        """Announce this worker once the app's start-up is complete: some servers take requests before that."""

        async def announcing(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._announce()
            await send(message)

        return announcing

    def _announce(self) -> None:
        # The start-up of an app may have set a limit of its own; the one of the matrix wins.
        limit_threads()
        announce({**(self._facts or {}), "limiter_tokens": read_tokens()}, Path(launch_settings().folder))

    async def _open_without_lifespan(self) -> None:
        """Open what endpoints share, once; without a lifespan, only the end of the process closes it."""
        async with self._opening:
            if self._around is not None:
                await self._opened.enter_async_context(self._around())
                self._around = None

    def _start_work(self, first_call: str) -> dict[str, Any]:
        """Set the limit, and collect the facts that do not change."""
        launch = launch_settings()
        limit_threads()
        return {
            "token": launch.token,
            "scenario": launch.axes["scenario"],
            "pid": os.getpid(),
            "loop": find_loop_name(),
            "loop_class": find_loop_class(),
            "http_parser": find_http_parser(launch.parsers),
            "executor_threads": count_executor_threads(),
            "python": platform.python_version(),
            "versions": find_versions(launch.distributions),
            "lifespan": first_call == "lifespan",
        }

    async def _send_facts(self, send: AsgiSend) -> None:
        known = self._facts or {}
        facts = {
            **known,
            "versions": {**known.get("versions", {}), **noted_versions},
            "workers": read_announcements(Path(launch_settings().folder)),
            "limiter_tokens": read_tokens(),
            "peak_handlers": gauge.peak,
        }
        await send_json(facts, send)

    async def _wait_until_quiet(self, send: AsgiSend) -> None:
        """Answer once nothing of earlier requests is running: it would affect what is measured next."""
        while gauge.running or left_behind.running:  # noqa: ASYNC110 - threads count too, and cannot set an event
            await asyncio.sleep(LOOK_AGAIN_S)
        await send_json({"quiet": True}, send)


async def send_json(data: dict[str, Any], send: AsgiSend) -> None:
    """Answer with JSON."""
    body = json.dumps(data).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def limit_threads() -> None:
    """Set the thread limit of this launch, if it has one; this works only on the loop."""
    limit = launch_settings().axes["thread_limit"]
    if limit != "default":
        current_default_thread_limiter().total_tokens = limit


def read_tokens() -> float:
    """Return the thread limit that is in force."""
    return current_default_thread_limiter().total_tokens


def announce(facts: dict[str, Any], folder: Path) -> None:
    """Write the facts of this worker to the folder of its launch, atomically."""
    unfinished = folder / f"{os.getpid()}.unfinished"
    unfinished.write_text(json.dumps(facts))
    unfinished.rename(folder / f"{os.getpid()}.json")


def read_announcements(folder: Path) -> list[dict[str, Any]]:
    """Return the facts of all workers of a launch that have started so far."""
    return [json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))]


def find_loop_class() -> str:
    """Return the full name of the running loop's class."""
    loop = type(asyncio.get_running_loop())
    return f"{loop.__module__}.{loop.__qualname__}"


def find_loop_name() -> str:
    """Return the package of the running loop: asyncio, uvloop, ..."""
    return find_loop_class().partition(".")[0]


def find_http_parser(parsers: dict[str, str]) -> str | None:
    """Return the parser whose module this process has loaded; None if it is unknown."""
    return next((name for module, name in parsers.items() if module in sys.modules), None)


def count_executor_threads() -> int:
    """Return the threads of the pool of `asyncio.to_thread`, as Python sets it: its rule has changed over time."""
    with ThreadPoolExecutor() as pool:
        return pool._max_workers


def find_versions(distributions: list[str]) -> dict[str, str | None]:
    """Return the installed version of each distribution; None if it is not installed."""
    found: dict[str, str | None] = {}
    for name in distributions:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found
