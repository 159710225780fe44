"""uvicorn, starting one worker whatever it is told."""

from dataclasses import replace

from servers import uvicorn
from servers.adapter import Settings


def argv(settings: Settings) -> list[str]:
    return uvicorn.argv(replace(settings, workers=1))


server = replace(uvicorn.server, argv=argv)
