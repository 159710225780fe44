"""files: bytes from a file against the same bytes from memory."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from starlette.responses import FileResponse, Response

from scenarios.inside.launched import launch_settings, parameter
from scenarios.kit import Parameter, Scenario, evidence_header, working

MEDIA_TYPE = "application/octet-stream"


@asynccontextmanager
async def around() -> AsyncIterator[None]:
    """Write the file before anything is measured; it is deleted with the folder of the launch."""
    file_path().write_bytes(make_content())
    yield


scenario = Scenario(
    shows=(
        "`FileResponse` takes a thread of the shared limit for every 64 KiB that it reads, whatever the endpoint is, "
        "unless the server offers to send the file itself, as granian and h2corn do (`http.response.pathsend`). "
        "The same bytes from memory take none."
    ),
    parameters=(Parameter("file_size", 200_000, "bytes", "How large the file is that is sent."),),
    reports={
        "Why do other requests wait while files are sent?": "https://github.com/Kludex/starlette/issues/2664",
    },
    around=around,
)


def file_path() -> Path:
    """Return the file of this worker process."""
    return Path(launch_settings().folder) / f"{os.getpid()}.bin"


@cache
def make_content() -> bytes:
    """Make the content of the file, once."""
    return bytes(int(parameter("file_size")))


@scenario.style("def")
def from_disk_after_a_thread() -> FileResponse:
    """Send a file from a `def` endpoint: one more thread than from an `async def` one."""
    with working("def") as evidence:
        path = file_path()
    return FileResponse(path, headers=evidence_header(evidence), media_type=MEDIA_TYPE)


@scenario.style("async")
async def from_disk() -> FileResponse:
    """Send a file from an `async def` endpoint: it is looked up, opened, read and closed in threads."""
    with working("async") as evidence:
        path = file_path()
    return FileResponse(path, headers=evidence_header(evidence), media_type=MEDIA_TYPE)


@scenario.style("async-memory")
async def from_memory() -> Response:
    """Send the same bytes from memory: no thread at all."""
    with working("async-memory") as evidence:
        held = make_content()
    return Response(held, headers=evidence_header(evidence), media_type=MEDIA_TYPE)
