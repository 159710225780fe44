"""The ASGI app that every server serves: one scenario, a route for each of its styles, and two health checks."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from typing import Any

from fastapi import FastAPI

from scenarios.inside.launched import HEALTH_ASYNC_PATH, HEALTH_DEF_PATH, launch_settings
from scenarios.inside.witness import Witness
from scenarios.kit import Around, Scenario, endpoint_path


def build_app(scenario: Scenario) -> FastAPI:
    """Return a plain FastAPI app with a route for each class of requests of each style, and both health checks."""
    app = FastAPI(lifespan=scenario.around and make_lifespan(scenario.around))
    for name, style in scenario.styles.items():
        # Without a response model: validating the answer of a `def` endpoint would queue for a thread a second time.
        options: dict[str, Any] = {} if style.validates else {"response_model": None}
        for each in style.classes:
            methods = ["POST" if each.uploads else "GET"]
            endpoint = each.endpoint() if each.made else each.endpoint
            app.add_api_route(f"/{endpoint_path(name, each.name)}", endpoint, methods=methods, **options)
    app.get(HEALTH_ASYNC_PATH, response_model=None)(health_async)
    app.get(HEALTH_DEF_PATH, response_model=None)(health_def)
    return app


def make_lifespan(around: Around) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return the lifespan that FastAPI enters before the first request and leaves after the last."""
    return lambda _app: around()


async def health_async() -> dict[str, str]:
    """Answer from the event loop."""
    return {"health": "async"}


def health_def() -> dict[str, str]:
    """Answer from one of the threads that the limit counts."""
    return {"health": "def"}


def make_app(scenario: Scenario) -> Witness:
    """Return the app with the layer that reports the settings in force."""
    return Witness(build_app(scenario), scenario.around)


_module = launch_settings().axes["scenario"].replace("-", "_")
app = make_app(import_module(f"scenarios.{_module}").scenario)
