"""The layer around an app that sets the thread limit, and says from inside the server what is really in force."""

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
"""How long to wait before looking again whether it is quiet."""


class Witness:
    """A pure ASGI layer: the app behind it is neither edited nor aware of it."""

    def __init__(self, app: AsgiApp, around: Around | None = None) -> None:
        self._app = app
        self._around = around
        self._opening = asyncio.Lock()
        self._opened = AsyncExitStack()
        self._facts: dict[str, Any] | None = None

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        # The lifespan is the first call on most servers; where there is none, the first request is.
        if self._facts is None:
            self._facts = self._take_up_work(scope["type"])
            if not self._facts["lifespan"]:
                self._announce()
        if self._around is not None and not self._facts["lifespan"]:
            await self._open_without_lifespan()
        if scope["type"] == "http" and scope["path"] == IN_FORCE_PATH:
            await self._say_what_is_in_force(send)
            return
        if scope["type"] == "http" and scope["path"] == QUIET_PATH:
            await self._say_when_it_is_quiet(send)
            return
        entered_ns.set(time.monotonic_ns())
        await self._app(scope, receive, self._announcing(send) if scope["type"] == "lifespan" else send)

    def _announcing(self, send: AsgiSend) -> AsgiSend:
        """Announces this worker once the app's start-up is complete: some servers take requests before that."""

        async def announcing(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._announce()
            await send(message)

        return announcing

    def _announce(self) -> None:
        # The start-up of an app may have set a limit of its own; the matrix has the last word.
        limit_threads()
        announce({**(self._facts or {}), "limiter_tokens": read_tokens()}, Path(launch_settings().folder))

    async def _open_without_lifespan(self) -> None:
        """Open what endpoints share, once; nobody says when it is to be closed, so the end of the process does that."""
        async with self._opening:
            if self._around is not None:
                await self._opened.enter_async_context(self._around())
                self._around = None

    def _take_up_work(self, first_call: str) -> dict[str, Any]:
        """Set the limit, and gather the facts that stay."""
        launch = launch_settings()
        limit_threads()
        return {
            "token": launch.token,
            "scenario": launch.scenario,
            "pid": os.getpid(),
            "loop": find_loop_name(),
            "loop_class": find_loop_class(),
            "http_parser": find_http_parser(launch.parsers),
            "executor_threads": count_executor_threads(),
            "python": platform.python_version(),
            "versions": find_versions(launch.distributions),
            "lifespan": first_call == "lifespan",
        }

    async def _say_what_is_in_force(self, send: AsgiSend) -> None:
        known = self._facts or {}
        facts = {
            **known,
            "versions": {**known.get("versions", {}), **noted_versions},
            "workers": read_announcements(Path(launch_settings().folder)),
            "limiter_tokens": read_tokens(),
            "peak_handlers": gauge.peak,
        }
        await send_json(facts, send)

    async def _say_when_it_is_quiet(self, send: AsgiSend) -> None:
        """Answer once nothing of earlier requests is under way, or it would take part in what is measured next."""
        while gauge.running or left_behind.running:  # noqa: ASYNC110 - threads count, too, and cannot set an event
            await asyncio.sleep(LOOK_AGAIN_S)
        await send_json({"quiet": True}, send)


async def send_json(said: dict[str, Any], send: AsgiSend) -> None:
    """Answer with JSON."""
    body = json.dumps(said).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def limit_threads() -> None:
    """Set the thread limit of this launch, if it has one; only code on the loop can."""
    limit = launch_settings().thread_limit
    if limit != "default":
        current_default_thread_limiter().total_tokens = limit


def read_tokens() -> float:
    """The thread limit that is in force."""
    return current_default_thread_limiter().total_tokens


def announce(facts: dict[str, Any], folder: Path) -> None:
    """Leave the facts of this worker in the folder of its launch, all at once."""
    unfinished = folder / f"{os.getpid()}.unfinished"
    unfinished.write_text(json.dumps(facts))
    unfinished.rename(folder / f"{os.getpid()}.json")


def read_announcements(folder: Path) -> list[dict[str, Any]]:
    """The facts of all workers of a launch that have taken up work so far."""
    return [json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))]


def find_loop_class() -> str:
    """The full name of the running loop's class."""
    loop = type(asyncio.get_running_loop())
    return f"{loop.__module__}.{loop.__qualname__}"


def find_loop_name() -> str:
    """The package that the running loop comes from: asyncio, uvloop, ..."""
    return find_loop_class().partition(".")[0]


def find_http_parser(parsers: dict[str, str]) -> str | None:
    """The parser whose module this process has loaded, or None where no known one is."""
    return next((name for module, name in parsers.items() if module in sys.modules), None)


def count_executor_threads() -> int:
    """Threads in the pool of `asyncio.to_thread`, asked of Python itself: its rule has changed between versions."""
    with ThreadPoolExecutor() as pool:
        return pool._max_workers


def find_versions(distributions: list[str]) -> dict[str, str | None]:
    """The installed version of each distribution, None where it is not installed."""
    found: dict[str, str | None] = {}
    for name in distributions:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found
