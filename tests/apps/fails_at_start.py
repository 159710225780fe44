"""An app whose start-up fails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    open_till()
    yield


def open_till() -> None:
    raise ConnectionError("no till answers")


app = Starlette(lifespan=lifespan)
