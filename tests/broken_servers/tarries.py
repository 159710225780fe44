"""uvicorn around an app that goes wrong."""

from tests.broken_servers.inside.on_uvicorn import serving

server = serving("tarries")
