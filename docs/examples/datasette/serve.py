"""Datasette as an ASGI app: it is made by a command line of its own, so a factory takes the place of that."""

from pathlib import Path
from typing import Any

from datasette.app import Datasette


def create_app() -> Any:
    """Serve the database that lies beside this file."""
    return Datasette([str(Path(__file__).with_name("cities.db"))]).app()
