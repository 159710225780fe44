"""cpu-hash: work in C that keeps a core busy and releases the GIL."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from scenarios.inside.launched import parameter
from scenarios.kit import Evidence, Parameter, Scenario, working


@asynccontextmanager
async def around() -> AsyncIterator[None]:
    """Make the buffer before anything is measured."""
    make_buffer()
    yield


scenario = Scenario(
    shows=(
        "Hashing a large buffer releases the GIL, so `def` threads run on all cores. More threads than cores do not "
        "help, and delay the first answers. `async def` hashes on one core, one request after the other, while all "
        "other requests to its process wait."
    ),
    parameters=(Parameter("buffer_size", 8_000_000, "bytes", "How large the buffer is that is hashed."),),
    reports={
        "How many threads are best for work that keeps the CPU busy?": "https://github.com/Kludex/fastapi-tips/issues/3",
    },
    around=around,
)


def hash_buffer() -> str:
    """Hash the buffer; hashlib releases the GIL for all but the shortest ones."""
    return hashlib.sha256(make_buffer()).hexdigest()


@cache
def make_buffer() -> bytes:
    """Make the bytes that are hashed, once."""
    return bytes(int(parameter("buffer_size")))


@scenario.style("def")
def in_a_thread() -> Evidence:
    """Hash in one of the threads that the limit counts, which leaves the GIL to the others."""
    with working("def") as evidence:
        evidence["checksum"] = hash_buffer()
    return evidence


@scenario.style("async")
async def on_the_loop() -> Evidence:
    """Hash on the event loop, one request after the other, on one core."""
    with working("async") as evidence:
        evidence["checksum"] = hash_buffer()
    return evidence
