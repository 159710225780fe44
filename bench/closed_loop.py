"""The engine in a closed loop, compared with wrk, h2load and aiohttp: 64 kept-alive connections, the same target.

All are measured in rounds, one after the other, and every ratio is taken within a round, so that other work on the
machine affects all alike. Figures are medians over the rounds.

Against a no-op server, the clients are compared by their CPU time per request. Their throughput would say nothing:
the server is busy before they are.

Against an app on uvicorn the server is the limit, and both should see the same latencies. The engine checks the
evidence of every answer.

Warm-up: engine and aiohttp exclude theirs. wrk and h2load have none: wrk runs once unmeasured before the first round,
and against the app it lets its connections settle before it sends. Its latencies are those that it measured, not those
that it prints (see `bench/wrk.py`).
"""

from collections.abc import Callable
from statistics import median

from bench import targets
from bench.cores import list_usable_cores, print_note, split_client_and_target
from bench.targets import CONNECTIONS, DEADLINE_S, WARMUP_S, make_bare_job
from bench.tools import Pace, ToolError, find_tool, run_h2load
from bench.wrk import run_settled_wrk, run_wrk
from harness.measure.client.job import Job, RequestSpec
from harness.measure.load import Clients
from harness.measure.process import CoreSplit
from harness.measure.server import RunningServer
from harness.measure.stop import Stop
from harness.model.executors import CLOSED_LOOP
from scenarios.inside.launched import HEALTH_ASYNC_PATH
from servers.adapter import HOST

PART = "closed_loop"
AIMS = {
    "engine_vs_wrk_cpu": "at most 1.1",
    "engine_vs_h2load_cpu": "at most 1.1",
    "aiohttp_vs_engine_cpu": "at least 8",
    "p50_vs_wrk": "0.9 to 1.1",
    "p99_vs_wrk": "0.9 to 1.1",
    "rps_vs_wrk": "0.9 to 1.1",
    "two_processes_vs_one_rps": "at least 1.6",
}

ROUNDS = 7
APP_ROUNDS = 9
"""More, because the latencies of an app vary more than the ceiling of a client."""
WARMUP_MS = round(1000 * WARMUP_S)
BARE_S = 1
APP_S = 2
WRK_WARMUP_S = 1
CORES_FOR_TWO = 4
"""The fewest cores on which a second load process can help: the target needs as many."""

Round = dict[str, Pace]


def measure() -> dict[str, float]:
    """Measure the engine relative to the other tools, and its CPU microseconds per request."""
    cores = split_client_and_target(PART)
    wrk, h2load = find_tool("wrk", PART), find_tool("h2load", PART)
    figures = _against_a_bare_target(cores, wrk, h2load)
    if wrk:
        figures |= _against_an_app(cores, wrk)
    return figures | _two_processes()


def _against_a_bare_target(cores: CoreSplit, wrk: str | None, h2load: str | None) -> dict[str, float]:
    rounds: list[Round] = []
    with targets.start_bare_target(PART, cores.server) as port, Clients(Stop(), 1, cores.client) as clients:
        url = f"http://{HOST}:{port}/"
        if wrk:
            run_wrk(wrk, url, CONNECTIONS, WRK_WARMUP_S, cores.client)
        for _ in range(ROUNDS):
            one = {"engine": _measure_client(clients, make_bare_job(port, "engine", BARE_S))}
            if wrk:
                one["wrk"] = run_wrk(wrk, url, CONNECTIONS, BARE_S, cores.client)
            if h2load:
                one["h2load"] = run_h2load(h2load, url, CONNECTIONS, BARE_S, cores.client)
            one["aiohttp"] = _measure_client(clients, make_bare_job(port, "aiohttp", BARE_S))
            rounds.append(one)
    figures = {
        "engine_cpu_us": median(one["engine"].cpu_us for one in rounds),
        "aiohttp_vs_engine_cpu": _ratio(rounds, "aiohttp", "engine", lambda pace: pace.cpu_us),
    }
    if wrk:
        figures["engine_vs_wrk_cpu"] = _ratio(rounds, "engine", "wrk", lambda pace: pace.cpu_us)
    if h2load:
        figures["engine_vs_h2load_cpu"] = _ratio(rounds, "engine", "h2load", lambda pace: pace.cpu_us)
    return figures


def _against_an_app(cores: CoreSplit, wrk: str) -> dict[str, float]:
    rounds: list[Round] = []
    with targets.start_app("noop", None, cores.server) as server, Clients(Stop(), 1, cores.client) as clients:
        url = f"http://{HOST}:{server.port}/async"
        run_wrk(wrk, url, CONNECTIONS, WRK_WARMUP_S, cores.client)
        for _ in range(APP_ROUNDS):
            engine = _measure_client(clients, _make_app_job(server))
            theirs = run_settled_wrk(wrk, url, CONNECTIONS, APP_S, WARMUP_MS, cores.client)
            rounds.append({"engine": engine, "wrk": theirs.pace})
    return {
        "p50_vs_wrk": _ratio(rounds, "engine", "wrk", lambda pace: pace.percentile_us(0.5)),
        "p99_vs_wrk": _ratio(rounds, "engine", "wrk", lambda pace: pace.percentile_us(0.99)),
        "rps_vs_wrk": _ratio(rounds, "engine", "wrk", lambda pace: pace.rps),
    }


def _two_processes() -> dict[str, float]:
    if len(list_usable_cores()) < CORES_FOR_TWO:
        print_note(PART, f"fewer than {CORES_FOR_TWO} cores, too few for a second load process to help")
        return {}
    cores = split_client_and_target(PART, processes=2)
    stop = Stop()
    with (
        targets.start_bare_target(PART, cores.server) as port,
        Clients(stop, 1, cores.client) as one,
        Clients(stop, 2, cores.client) as two,
    ):
        job = make_bare_job(port, "engine", BARE_S)
        rounds = [{"one": _measure_client(one, job), "two": _measure_client(two, job)} for _ in range(ROUNDS)]
    return {"two_processes_vs_one_rps": _ratio(rounds, "two", "one", lambda pace: pace.rps)}


def _measure_client(clients: Clients, job: Job) -> Pace:
    """Return what one of our own clients did. Raises ToolError if an answer was bad."""
    seen = clients.run(job)
    if seen.steady is None or seen.duration_s is None:
        raise ToolError(f"the client {job.client} could not be measured: {seen.reason}")
    return Pace(
        rps=seen.steady.answered / seen.duration_s,
        cpu_us=seen.cpu_s * 1e6 / seen.steady.answered,
        latency=seen.steady.latency,
    )


def _make_app_job(server: RunningServer) -> Job:
    return Job(
        port=server.port,
        requests=[RequestSpec("/async", expected_style="async")],
        prime_path=HEALTH_ASYNC_PATH,
        client="engine",
        concurrency=CONNECTIONS,
        deadline_s=DEADLINE_S,
        token=server.token,
        executor=CLOSED_LOOP.name,
        warmup_s=WARMUP_S,
        duration_s=APP_S,
    )


def _ratio(rounds: list[Round], one: str, other: str, figure: Callable[[Pace], float]) -> float:
    """Return the median over the rounds of the ratio of one client's figure to another's."""
    return median(figure(paces[one]) / figure(paces[other]) for paces in rounds)
