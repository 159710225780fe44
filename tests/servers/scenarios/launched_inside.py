"""The app of a scenario in the process of the test: where each turn that a request takes in a thread can be counted."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from anyio.to_thread import current_default_thread_limiter

from harness.matrix.catalog import scenario_catalog
from harness.measure.client.http import build_headers, encode_content
from harness.measure.client.job import RequestSpec
from harness.model.axes import identify_launch
from scenarios.inside.launched import VARIABLE, LaunchSettings, launch_settings
from scenarios.inside.witness import AsgiApp
from tests.builders.launches import a_launch


@dataclass(slots=True)
class Seen:
    """What came of one request, and how often it took a token of the limiter from which `def` endpoints take theirs."""

    status: int = 0
    body: bytes = b""
    path_sent: str | None = None
    turns: int = 0
    messages: list[str] = field(default_factory=list)


def seen(
    scenario: str, asked: RequestSpec, folder: Path, monkeypatch: pytest.MonkeyPatch, *, sends_paths: bool = False
) -> Seen:
    """One request to the app of a scenario, launched as a server would, and all that it leaves behind."""
    launch = a_launch(scenario=scenario)
    settings = LaunchSettings(
        token=folder.name,
        axes={**identify_launch(launch), "delay_s": 0.01 if launch.delay_s else None},
        folder=str(folder),
        parsers={},
        distributions=[],
    )
    monkeypatch.setenv(VARIABLE, json.dumps(asdict(settings)))
    launch_settings.cache_clear()
    try:
        app = import_module("scenarios.inside.app").make_app(scenario_catalog()[scenario])
        return asyncio.run(_seen(app, asked, {"http.response.pathsend": {}} if sends_paths else {}))
    finally:
        launch_settings.cache_clear()


async def _seen(app: AsgiApp, asked: RequestSpec, extensions: dict[str, Any]) -> Seen:
    it = Seen()
    async with _lifespan(app):
        limiter = current_default_thread_limiter()
        acquire = type(limiter).acquire_on_behalf_of

        async def counted(*args: Any) -> None:
            it.turns += 1
            await acquire(*args)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(limiter), "acquire_on_behalf_of", counted)
            await _ask(app, asked, extensions, it)
    return it


async def _ask(app: AsgiApp, asked: RequestSpec, extensions: dict[str, Any], it: Seen) -> None:
    unread = [encode_content(asked)]

    async def receive() -> dict[str, Any]:
        if unread:
            return {"type": "http.request", "body": unread.pop()}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        it.messages.append(message["type"])
        it.status = message.get("status", it.status)
        it.body += message.get("body", b"")
        it.path_sent = message.get("path", it.path_sent)

    headers = [(name.lower().encode(), value.encode()) for name, value in build_headers(asked).items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": asked.method,
        "path": asked.path,
        "raw_path": asked.path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": headers,
        "extensions": extensions,
    }
    await app(scope, receive, send)


@asynccontextmanager
async def _lifespan(app: AsgiApp) -> AsyncIterator[None]:
    """Start the app and stop it, as a server with a lifespan does."""
    to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    from_app: asyncio.Queue[Any] = asyncio.Queue()
    task = asyncio.ensure_future(app({"type": "lifespan", "asgi": {}}, to_app.get, from_app.put))
    await to_app.put({"type": "lifespan.startup"})
    assert (await from_app.get())["type"] == "lifespan.startup.complete"
    yield
    await to_app.put({"type": "lifespan.shutdown"})
    await task
