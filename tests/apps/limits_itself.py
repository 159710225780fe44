"""An app that sets a thread limit of its own at its start, as some have learned to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = 77
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/")
def plain() -> None:
    return None
