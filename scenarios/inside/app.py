"""The ASGI app that every server serves: one scenario, a route for each of its styles, and two that a monitor asks."""

from importlib import import_module

from fastapi import FastAPI

from scenarios.inside.launched import HEALTH_ASYNC_PATH, HEALTH_DEF_PATH, launched
from scenarios.inside.witness import Witness
from scenarios.kit import Scenario


def build(scenario: Scenario) -> FastAPI:
    """A plain FastAPI app: a GET route for each style, and a health check of either kind."""
    app = FastAPI()
    for name, style in scenario.styles.items():
        # Without a response model: validating the answer of a `def` endpoint would queue for a thread a second time.
        app.get(f"/{name}", response_model=None)(style.endpoint)
    app.get(HEALTH_ASYNC_PATH, response_model=None)(health_async)
    app.get(HEALTH_DEF_PATH, response_model=None)(health_def)
    return app


async def health_async() -> dict[str, str]:
    """Answer from the event loop."""
    return {"health": "async"}


def health_def() -> dict[str, str]:
    """Answer from one of the threads that the limit counts."""
    return {"health": "def"}


app = Witness(build(import_module(f"scenarios.{launched().scenario}").scenario))
