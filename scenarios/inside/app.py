"""The ASGI app that every server serves: one scenario, a route for each of its styles."""

from importlib import import_module

from fastapi import FastAPI

from scenarios.inside.launched import launched
from scenarios.inside.witness import Witness
from scenarios.kit import Scenario


def build(scenario: Scenario) -> FastAPI:
    """A plain FastAPI app, one GET route a style."""
    app = FastAPI()
    for name, style in scenario.styles.items():
        # Without a response model: validating the answer of a `def` endpoint would queue for a thread a second time.
        app.get(f"/{name}", response_model=None)(style.endpoint)
    return app


app = Witness(build(import_module(f"scenarios.{launched().scenario}").scenario))
