"""The layer around a user's app that answers health checks, and adds evidence to the answers of the app.

Rule 1: the app is neither edited nor aware of the layer: it receives what the server sends, and its answers go out
unchanged, except for one response header, `matrix-evidence`.
Rule 2: a request is in the app from its entry until the app begins to answer (`http.response.start`). Whether it waits
or works in between cannot be seen from outside.
Rule 3: the lifespan is the app's own. By the specification, an app that raises instead of taking part in it has none;
it is served without one, on every server.
"""

import json
import os
import sys
import time
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from anyio import to_thread

from scenarios.inside.launched import (
    ENDPOINT_HEADER,
    EVIDENCE_HEADER,
    HEALTH_ASYNC_PATH,
    HEALTH_DEF_PATH,
    launch_settings,
    report_failure,
)
from scenarios.inside.witness import AsgiApp, AsgiReceive, AsgiScope, AsgiSend, send_json
from scenarios.kit import entered_ns, gauge

ASKED = ENDPOINT_HEADER.encode()
STAMP = EVIDENCE_HEADER.encode()

AsgiMessage = MutableMapping[str, Any]


class Stamp:
    """A pure ASGI layer."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        match scope["type"]:
            case "lifespan":
                await _Lifespan(receive, send).run(self._app, scope)
            case "http" if scope["path"] == HEALTH_ASYNC_PATH:
                await send_json({"health": "async"}, send)
            case "http" if scope["path"] == HEALTH_DEF_PATH:
                await send_json({"health": await to_thread.run_sync(lambda: "def")}, send)
            case "http":
                await self._stamped(scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    async def _stamped(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        running = gauge.enter()
        entered = entered_ns.get()

        async def stamping(message: AsgiMessage) -> None:
            if message["type"] == "http.response.start":
                evidence = {
                    # It cannot be known here, so the client sends it along.
                    "style": next((value.decode() for name, value in scope["headers"] if name == ASKED), None),
                    "token": launch_settings().token,
                    "pid": os.getpid(),
                    "thread": 0,
                    "running": running,
                    "entered_ns": entered,
                    "started_ns": entered,
                    "ended_ns": time.monotonic_ns(),
                }
                stamp = (STAMP, json.dumps(evidence, separators=(",", ":")).encode())
                message = {**message, "headers": [*message.get("headers", ()), stamp]}
            await send(message)

        try:
            await self._app(scope, receive, stamping)
        except Exception as error:
            # Not every server logs what an app raises.
            where = traceback.extract_tb(error.__traceback__)[-1]
            problem = (
                f"the app raised {type(error).__name__}: {error} ({Path(where.filename).name}, line {where.lineno})"
            )
            print(f"asgi-matrix: {problem}", file=sys.stderr, flush=True)  # noqa: T201 - for the log of the server
            raise
        finally:
            gauge.leave()


class _Lifespan:
    """The lifespan of an app: its messages go to the server, and its failures are reported."""

    def __init__(self, receive: AsgiReceive, send: AsgiSend) -> None:
        self._receive = receive
        self._send = send
        self._received = 0
        self._sent = 0
        self._failed = False

    async def run(self, app: AsgiApp, scope: AsgiScope) -> None:
        try:
            await app(scope, self._receive_message, self._send_message)
        except Exception as error:
            if self._sent:
                raise
            # Django does so, and the specification says to serve it without a lifespan.
            traceback.print_exc()
            without = f"the app takes no part in the lifespan ({type(error).__name__}: {error}), and is served without"
            print(f"asgi-matrix: {without}", file=sys.stderr, flush=True)  # noqa: T201 - for the log of the server
        if self._failed:
            return
        while self._sent < self._received or self._received < 2:  # noqa: PLR2004 - start-up and shutdown
            if self._sent == self._received:
                await self._receive_message()
            await self._send_message({"type": f"lifespan.{('startup', 'shutdown')[self._sent]}.complete"})

    async def _receive_message(self) -> AsgiMessage:
        message = await self._receive()
        self._received += 1
        return message

    async def _send_message(self, message: AsgiMessage) -> None:
        self._sent += message["type"].startswith("lifespan.")
        if message["type"] == "lifespan.startup.failed":
            self._failed = True
            text = str(message.get("message", "")).strip()
            report_failure(f"the app's start-up failed: {text.splitlines()[-1] if text else 'it gave no reason'}")
        await self._send(message)
