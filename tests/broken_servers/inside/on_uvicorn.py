"""uvicorn, but around another app than the one that it is told."""

from dataclasses import replace

from servers import uvicorn
from servers.adapter import Server, Settings


def serving(app: str) -> Server:
    """uvicorn around one of the apps that go wrong."""

    def argv(settings: Settings) -> list[str]:
        return uvicorn.argv(replace(settings, app=f"tests.broken_servers.inside.apps:{app}"))

    return replace(uvicorn.server, argv=argv)
