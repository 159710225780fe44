"""A burst of a thousand requests to an endpoint that waits: what each client adds, and what the engine costs.

Excess is how much longer a burst takes than its delay. It includes the server's work on a thousand requests, which is
the same for all clients, and what the client adds to that. The clients are compared in rounds, one after the other.
"""

from dataclasses import dataclass
from statistics import median

from bench import targets
from bench.cores import split_client_and_target
from bench.tools import ToolError
from harness.measure.client.job import Job, RequestSpec
from harness.measure.load import Clients
from harness.measure.process import raise_descriptor_limit
from harness.measure.server import RunningServer
from harness.measure.stop import Stop
from scenarios.inside.launched import HEALTH_ASYNC_PATH

PART = "burst_1000"
AIMS = {
    "send_span_ms": "at most 20",
    "client_share": "at most 0.1",
    "article_vs_engine_excess": "at least 4",
}

ROUNDS = 5
REQUESTS = 1000
DELAY_S = 2.0
"""As in the article. Most clients have sent everything by then, so the server first reads and then answers."""
SETTLE_S = 0.1
DEADLINE_S = 30.0
CLIENTS = ("engine", "aiohttp", "article")


@dataclass(frozen=True, slots=True)
class BurstFigures:
    """What one burst took beyond its delay, and what the client spent on it."""

    excess_s: float
    send_span_s: float
    cpu_s: float


def measure() -> dict[str, float]:
    """Measure how long the engine takes to send, its share of the excess, and the excess of others relative to it."""
    raise_descriptor_limit()
    cores = split_client_and_target(PART)
    with targets.start_app("sleep", DELAY_S, cores.server) as server, Clients(Stop(), 1, cores.client) as clients:
        rounds = [{client: _measure_burst(clients, server, client) for client in CLIENTS} for _ in range(ROUNDS)]
    return {
        "send_span_ms": median(one["engine"].send_span_s for one in rounds) * 1e3,
        "excess_ms": median(one["engine"].excess_s for one in rounds) * 1e3,
        "client_share": median(one["engine"].cpu_s / one["engine"].excess_s for one in rounds),
        "article_vs_engine_excess": median(one["article"].excess_s / one["engine"].excess_s for one in rounds),
        "aiohttp_vs_engine_excess": median(one["aiohttp"].excess_s / one["engine"].excess_s for one in rounds),
    }


def _measure_burst(clients: Clients, server: RunningServer, client: str) -> BurstFigures:
    seen = clients.run(_make_job(server, client))
    if seen.duration_s is None:
        raise ToolError(f"the client {client} could not be measured: {seen.reason}")
    return BurstFigures(seen.duration_s - DELAY_S, seen.send_span_s, seen.cpu_s)


def _make_job(server: RunningServer, client: str) -> Job:
    return Job(
        port=server.port,
        requests=[RequestSpec("/async", expected_style="async", min_work_s=DELAY_S)],
        prime_path=HEALTH_ASYNC_PATH,
        client=client,
        concurrency=REQUESTS,
        deadline_s=DEADLINE_S,
        token=server.token,
        settle_s=SETTLE_S,
    )
