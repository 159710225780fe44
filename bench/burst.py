"""A burst of a thousand requests to a no-op server: how much longer it takes than with a C client.

The burst takes from the start until the last answer has arrived. That includes the server's work, which is the same for
all clients, so a ratio is closer to 1 than that of the clients alone. All are measured in rounds, one after the other,
and every ratio is taken within a round.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench import targets
from bench.cores import split_client_and_target
from bench.tools import ToolError, find_tool, run_tool
from harness.measure.load import Clients
from harness.measure.process import raise_descriptor_limit
from harness.measure.stop import Stop
from harness.model.executors import BURST

PART = "burst_1000"
AIMS = {
    "send_span_ms": "at most 20",
    "engine_vs_c": "at most 1.5",
    "article_vs_engine": "at least 4",
}

ROUNDS = 9
REQUESTS = 1000
SETTLE_S = 0.1
DEADLINE_S = 30.0
CLIENTS = ("engine", "aiohttp", "article")
SOURCE = Path(__file__).with_name("burst_client.c")


@dataclass(frozen=True, slots=True)
class Burst:
    """How long one burst took, and how long its client took to send."""

    duration_s: float
    send_span_s: float = math.nan


def measure() -> dict[str, float]:
    """Measure how long the engine takes to send, and how long bursts take relative to each other."""
    raise_descriptor_limit()
    cores = split_client_and_target(PART)
    target = targets.start_bare_target(PART, cores.server)
    with build_c_client() as c_client, target as port, Clients(Stop(), 1, cores.client) as clients:
        rounds = [_measure_round(clients, c_client, port, cores.client) for _ in range(ROUNDS)]
    figures = {
        "send_span_ms": median(one["engine"].send_span_s for one in rounds) * 1e3,
        "aiohttp_vs_engine": _ratio(rounds, "aiohttp", "engine"),
        "article_vs_engine": _ratio(rounds, "article", "engine"),
    }
    return figures | ({"engine_vs_c": _ratio(rounds, "engine", "c")} if c_client else {})


@contextmanager
def build_c_client() -> Iterator[Path | None]:
    """Compile the C client and give its path; None without a compiler."""
    gcc = find_tool("gcc", PART)
    if gcc is None:
        yield None
        return
    with TemporaryDirectory(prefix="asgi-matrix-") as folder:
        c_client = Path(folder) / SOURCE.stem
        run_tool([gcc, "-O2", "-o", str(c_client), str(SOURCE)])
        yield c_client


def _measure_round(clients: Clients, c_client: Path | None, port: int, cores: Sequence[int]) -> dict[str, Burst]:
    one = {client: _measure_client(clients, port, client) for client in CLIENTS}
    if c_client:
        one["c"] = run_c_client(c_client, port, REQUESTS, cores)
    return one


def run_c_client(c_client: Path, port: int, requests: int, cores: Sequence[int]) -> Burst:
    """Offer a burst with the C client."""
    text, _ = run_tool([str(c_client), str(port), str(requests)], cores)
    return Burst(int(text) / 1e9)


def _measure_client(clients: Clients, port: int, client: str) -> Burst:
    job = replace(
        targets.make_bare_job(port, client, 0.0),
        executor=BURST.name,
        concurrency=REQUESTS,
        deadline_s=DEADLINE_S,
        settle_s=SETTLE_S,
        warmup_s=0.0,
    )
    seen = clients.run(job)
    if seen.duration_s is None:
        raise ToolError(f"the client {client} could not be measured: {seen.reason}")
    return Burst(seen.duration_s, seen.send_span_s)


def _ratio(rounds: Sequence[dict[str, Burst]], one: str, other: str) -> float:
    """Return the median over the rounds of the ratio of two clients' durations."""
    return median(bursts[one].duration_s / bursts[other].duration_s for bursts in rounds)
