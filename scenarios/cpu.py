"""cpu: work that keeps a core busy, in pure Python, or in C that lets other threads run meanwhile."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from scenarios.inside.launched import parameter
from scenarios.kit import Evidence, Parameter, Scenario, working

MODULUS = 1_000_003


@asynccontextmanager
async def around() -> AsyncIterator[None]:
    """Make the buffer before there is anything to measure."""
    buffer()
    yield


scenario = Scenario(
    shows=(
        "Threads add nothing to pure-Python work, which holds the GIL: `def` takes as long as `async def` until the "
        "last answer, and the more threads share the GIL, the later comes the first. Work that releases the GIL, like "
        "hashing a large buffer, uses as many cores as there are threads; more threads than cores gain nothing. "
        "`async def` does either on one core, and keeps every other request of its process waiting meanwhile."
    ),
    parameters=(
        Parameter("rounds", 60_000, "rounds", "How long the loop of pure-Python work is."),
        Parameter("buffer_size", 8_000_000, "bytes", "How large the buffer is that is hashed."),
    ),
    reports={
        "How many threads are best for work that keeps the CPU busy?": "https://github.com/Kludex/fastapi-tips/issues/3",
        "Why does a calculation in one route block all others?": "https://github.com/fastapi/fastapi/issues/1806",
    },
    around=around,
)


def count(rounds: int) -> int:
    """Work that holds the GIL; what comes of it depends on every round."""
    total = 0
    for number in range(rounds):
        total = (total * 31 + number) % MODULUS
    return total


def digest() -> str:
    """Work that releases the GIL, as hashlib does for all but the shortest buffers."""
    return hashlib.sha256(buffer()).hexdigest()


@cache
def buffer() -> bytes:
    """What is hashed."""
    return bytes(int(parameter("buffer_size")))


@scenario.style("def")
def counts_in_a_thread() -> Evidence:
    """Calculate in one of the threads that the limit counts; only one of them runs Python at a time."""
    with working("def") as evidence:
        evidence["checksum"] = count(int(parameter("rounds")))
    return evidence


@scenario.style("async")
async def counts_on_the_loop() -> Evidence:
    """Calculate on the event loop, one request after the other."""
    with working("async") as evidence:
        evidence["checksum"] = count(int(parameter("rounds")))
    return evidence


@scenario.style("def-hash")
def hashes_in_a_thread() -> Evidence:
    """Hash in one of the threads that the limit counts, which leaves the GIL to the others."""
    with working("def-hash") as evidence:
        evidence["checksum"] = digest()
    return evidence


@scenario.style("async-hash")
async def hashes_on_the_loop() -> Evidence:
    """Hash on the event loop, one request after the other, on one core."""
    with working("async-hash") as evidence:
        evidence["checksum"] = digest()
    return evidence
