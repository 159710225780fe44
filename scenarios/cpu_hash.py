"""cpu-hash: work in C that keeps a core busy, but lets other threads run Python meanwhile."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from scenarios.inside.launched import parameter
from scenarios.kit import Evidence, Parameter, Scenario, working


@asynccontextmanager
async def around() -> AsyncIterator[None]:
    """Make the buffer before there is anything to measure."""
    buffer()
    yield


scenario = Scenario(
    shows=(
        "Hashing a large buffer releases the GIL, so `def` uses as many cores as there are threads; more threads than "
        "cores gain nothing, and let the first answer wait for the last. `async def` hashes on one core, one request "
        "after the other, and whatever else its process is asked waits meanwhile."
    ),
    parameters=(Parameter("buffer_size", 8_000_000, "bytes", "How large the buffer is that is hashed."),),
    reports={
        "How many threads are best for work that keeps the CPU busy?": "https://github.com/Kludex/fastapi-tips/issues/3",
    },
    around=around,
)


def digest() -> str:
    """Work that releases the GIL, as hashlib does for all but the shortest buffers."""
    return hashlib.sha256(buffer()).hexdigest()


@cache
def buffer() -> bytes:
    """What is hashed."""
    return bytes(int(parameter("buffer_size")))


@scenario.style("def")
def in_a_thread() -> Evidence:
    """Hash in one of the threads that the limit counts, which leaves the GIL to the others."""
    with working("def") as evidence:
        evidence["checksum"] = digest()
    return evidence


@scenario.style("async")
async def on_the_loop() -> Evidence:
    """Hash on the event loop, one request after the other, on one core."""
    with working("async") as evidence:
        evidence["checksum"] = digest()
    return evidence
