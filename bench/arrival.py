"""How punctual the engine is: an open loop of 2000 requests per second to a no-op server."""

from dataclasses import replace
from statistics import median

from bench import targets
from bench.cores import split_client_and_target
from bench.tools import ToolError
from harness.measure.load import Clients
from harness.measure.stop import Stop
from harness.model.executors import CONSTANT_RATE
from harness.model.flags import percentile_us
from harness.model.journal import Steady

PART = "arrival_2000"
AIMS = {"lag_p99_us": "at most 250"}

ROUNDS = 5
RATE = 2000
DURATION_S = 2.0


def measure() -> dict[str, float]:
    """Measure how late requests are sent, in microseconds, and the client's share of a core; medians over rounds."""
    cores = split_client_and_target(PART)
    with targets.start_bare_target(PART, cores.server) as port, Clients(Stop(), 1, cores.client) as clients:
        rounds = [_measure_round(clients, port) for _ in range(ROUNDS)]
    return {
        "lag_p50_us": median(percentile_us(steady.lag, 0.5) for steady, _ in rounds),
        "lag_p99_us": median(percentile_us(steady.lag, 0.99) for steady, _ in rounds),
        "client_cpu": median(client_cpu for _, client_cpu in rounds),
    }


def _measure_round(clients: Clients, port: int) -> tuple[Steady, float]:
    """Return what the engine measured in one round, and the share of a core that it used."""
    closed_loop = targets.make_bare_job(port, "engine", DURATION_S)
    seen = clients.run(replace(closed_loop, executor=CONSTANT_RATE.name, rate=RATE))
    if seen.steady is None or seen.duration_s is None:
        raise ToolError(f"the engine could not be measured: {seen.reason}")
    return seen.steady, seen.cpu_s / seen.duration_s
