"""Whether the percentiles of the engine and of wrk are right, on a server that knows how long each answer took it.

The server draws its delays from a known distribution, and logs the time from having read a request to writing the
answer. Both clients run a closed loop with as many connections, in turn. Each percentile is divided by that of the
server's own times in the same run. What is above 1 is outside the server: the kernel, and the delays of the client.

`wrk` is what wrk measured. `wrk_printed` is what it prints, with the latencies that it adds (see `bench/wrk.py`).
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench import targets
from bench.cores import split_client_and_target
from bench.scripted_server import Log, read_log
from bench.targets import CONNECTIONS, WARMUP_S, make_bare_job
from bench.tools import ToolError, find_tool
from bench.wrk import run_settled_wrk
from harness.measure.client.job import Job
from harness.measure.client.timing import US_NS, Span, measured_window
from harness.measure.load import Clients
from harness.measure.stop import Stop
from harness.model.flags import percentile_us
from harness.model.journal import Distribution
from servers.adapter import HOST

PART = "tail"
AIMS = {"engine_p50": "1 to 1.1", "engine_p99": "1 to 1.1", "engine_p99.9": "1 to 1.1"}

ROUNDS = 7
SEED = 1
DURATION_S = 2
SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}


@dataclass(frozen=True, slots=True)
class ClientRun:
    """The latencies that a client gave for the answers of a window."""

    client: str
    window: Span
    latency: Distribution


@dataclass(slots=True)
class StartWatcher:
    """Notes when the load began."""

    start_ns: int = 0

    def begin(self, start_ns: int) -> None:
        self.start_ns = start_ns

    def look(self) -> None: ...

    def end(self) -> None: ...


def measure() -> dict[str, float]:
    """Measure the server's own percentiles in ms, and those of the clients relative to them; medians over rounds."""
    cores = split_client_and_target(PART)
    wrk = find_tool("wrk", PART)
    runs: list[ClientRun] = []
    with TemporaryDirectory(prefix="asgi-matrix-") as folder:
        log = Path(folder) / "served.json"
        with (
            targets.start_scripted_target(SEED, log, cores.server) as port,
            Clients(Stop(), 1, cores.client) as clients,
        ):
            for _ in range(ROUNDS):
                runs.append(_run_engine(clients, make_bare_job(port, "engine", DURATION_S)))
                if wrk:
                    runs += _run_wrk(wrk, port, cores.client)
        return _compare(runs, read_log(log))


def _run_engine(clients: Clients, job: Job) -> ClientRun:
    watcher = StartWatcher()
    seen = clients.run(job, watcher)
    if seen.steady is None:
        raise ToolError(f"the engine could not be measured: {seen.reason}")
    return ClientRun("engine", measured_window(job, watcher.start_ns), seen.steady.latency)


def _run_wrk(wrk: str, port: int, cores: Sequence[int]) -> Iterator[ClientRun]:
    start_ns = time.monotonic_ns()
    run = run_settled_wrk(wrk, f"http://{HOST}:{port}/", CONNECTIONS, DURATION_S, round(1000 * WARMUP_S), cores)
    window = Span(start_ns, time.monotonic_ns())
    assert run.pace.latency is not None
    yield ClientRun("wrk", window, run.pace.latency)
    yield ClientRun("wrk_printed", window, run.printed)


def _compare(runs: Sequence[ClientRun], log: Log) -> dict[str, float]:
    served = [summarize_served(log, run.window) for run in runs]
    figures = {
        f"server_{name}_ms": median(percentile_us(truth, share) for truth in served) / 1e3
        for name, share in SHARES.items()
    }
    for client in dict.fromkeys(run.client for run in runs):
        for name, share in SHARES.items():
            figures[f"{client}_{name}"] = median(
                percentile_us(run.latency, share) / percentile_us(truth, share)
                for run, truth in zip(runs, served, strict=True)
                if run.client == client
            )
    return figures


def summarize_served(log: Log, window: Span) -> Distribution:
    """Return the server's own times of the answers that it wrote in a window, until the client sent its last request.

    wrk takes no answer after that, but its connections stay open for a moment.
    """
    times = [(read_ns, written_ns) for one in log for read_ns, written_ns in zip(one[::2], one[1::2], strict=True)]
    end_ns = max(read_ns for read_ns, _ in times if window.start_ns <= read_ns < window.end_ns)
    counts = Counter((written - read) // US_NS for read, written in times if window.start_ns <= written < end_ns)
    return Distribution(sorted(counts), [counts[us] for us in sorted(counts)])
