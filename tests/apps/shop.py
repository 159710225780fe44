"""A FastAPI app with a lifespan, which its endpoints rely on, and one endpoint for everything that an answer can be."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse, StreamingResponse

DELAY_S = 0.1
varied, differed, broken, faltered = count(1), count(1), count(1), count(1)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.open = True
    yield


app = FastAPI(lifespan=lifespan)


class Shelf:
    app = app


@app.get("/sync")
def sync() -> dict[str, bool]:
    time.sleep(DELAY_S)
    return {"ok": app.state.open}


@app.get("/async")
async def at_once() -> dict[str, bool]:
    await asyncio.sleep(DELAY_S)
    return {"ok": app.state.open}


@app.api_route("/echo/{name}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def echo(name: str, request: Request) -> dict[str, Any]:
    body = (await request.body()).decode()
    return {"method": request.method, "name": name, "body": body, "kind": request.headers.get("content-type")}


@app.get("/secret")
async def secret(request: Request) -> dict[str, str]:
    told = (request.headers["authorization"], "at", os.environ.get("SHOP_DATABASE_PASSWORD"))
    print("asked with", *told, flush=True)  # noqa: T201 - careless, as apps are
    raise ValueError(request.headers["authorization"])


@app.post("/leaks")
async def leaks(request: Request) -> PlainTextResponse:
    told = "-" * 178 + "cut off: " + (await request.body()).decode()
    return PlainTextResponse(told, status_code=500)


@app.get("/varies")
async def varies() -> dict[str, int]:
    return {"number": next(varied)}


@app.get("/differs")
async def differs() -> PlainTextResponse:
    return PlainTextResponse("as before" if next(differed) <= 2 else "another thing")


@app.get("/breaks")
async def breaks() -> PlainTextResponse:
    if next(broken) > 2:
        raise RuntimeError("too much for the till")
    return PlainTextResponse("fine")


@app.get("/falters")
async def falters() -> Response:
    return Response(status_code=200 if next(faltered) % 2 else 503)


@app.get("/dies")
async def dies() -> None:
    print("the till is on fire", flush=True)  # noqa: T201 - something for the log
    os._exit(3)


@app.get("/hangs")
async def hangs() -> None:
    time.sleep(3600)  # noqa: ASYNC251 - nobody else is served meanwhile


@app.get("/moved")
async def moved() -> RedirectResponse:
    return RedirectResponse("/sync")


@app.delete("/nothing")
async def nothing() -> Response:
    return Response(status_code=204)


@app.get("/stream")
def stream() -> StreamingResponse:
    def lines() -> Iterator[str]:
        yield from ("one\n", "two\n")

    return StreamingResponse(lines())


@app.head("/size")
async def size() -> Response:
    return Response(headers={"content-length": "1000"})


@app.get("/folder")
async def folder() -> dict[str, str]:
    return {"folder": os.path.basename(os.getcwd())}  # noqa: PTH109, PTH119 - what the process says, not what a library does
