"""What is recorded: both sides of each kind of load, and one window on one of them."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import psutil

from harness.matrix.catalog import server_catalog
from harness.measure.client.job import Job, RequestSpec
from harness.measure.load import Clients
from harness.measure.process import cpu_s, machine_cpu_s
from harness.measure.readiness import wait_until_ready
from harness.measure.server import LaunchContext, RunningServer, start_server
from harness.measure.stop import Stop
from harness.model.axes import DEFAULT_THREADS
from harness.model.executors import BURST, CLOSED_LOOP
from harness.model.journal import Distribution
from harness.model.plan import Launch, Limits, Variant
from scenarios.inside.launched import QUIET_PATH
from simulations.recording import SIDES, RecordingError

SERVER = "uvicorn"
STYLE = "async"
CLIENT = "engine"
LIMITS = Limits(ready_s=30.0, cell_s=20.0, stop_s=10.0)


@dataclass(frozen=True, slots=True)
class Load:
    """One kind of load, and what the server does for it."""

    name: str
    executor: str
    scenario: str
    delay_s: float | None
    concurrency: int
    window_s: float

    @property
    def launch(self) -> Launch:
        """The launch that serves it."""
        return Launch(self.scenario, SERVER, DEFAULT_THREADS, 1, server_catalog()[SERVER].loops[0], self.delay_s)


LOADS = (
    Load("loop", CLOSED_LOOP.name, "noop", delay_s=None, concurrency=32, window_s=0.15),
    Load("burst", BURST.name, "sleep", delay_s=0.1, concurrency=80, window_s=0.0),
)


@dataclass(frozen=True, slots=True)
class Target:
    """A server that is ready for one kind of load: which of both sides it is, and when it started in its block."""

    load: Load
    side: str
    started: int
    server: RunningServer


@dataclass(slots=True)
class Meter:
    """Watches how much of the machine others use during a window; `ours` are the servers and the load generator."""

    ours: Sequence[int]
    began_s: float = 0.0
    used: float = 0.0
    _cpu_s: float = field(default=0.0, init=False)

    def begin(self, _start_ns: int) -> None:
        """Note that the load begins."""
        self.began_s, self._cpu_s = time.monotonic(), self._read_others_s()

    def look(self) -> None:
        """Do nothing: what is needed is read at both ends."""

    def end(self) -> None:
        """Note that the last answer has arrived."""
        cores_s = (time.monotonic() - self.began_s) * (psutil.cpu_count() or 1)
        self.used = max(0.0, self._read_others_s() - self._cpu_s) / cores_s

    def _read_others_s(self) -> float:
        return machine_cpu_s() - sum(map(cpu_s, self.ours)) - time.process_time()


@contextmanager
def start_targets(rolls: Random, stop: Stop) -> Iterator[list[Target]]:
    """Start both sides of each kind of load, in random order, wait until all are ready, and end them."""
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory(prefix="asgi-matrix-")))
        targets = []
        for (started, side), load in product(enumerate(rolls.sample(SIDES, len(SIDES)), start=1), LOADS):
            log, context = folder / f"{load.name}-{side}.log", LaunchContext(styles=(STYLE,))
            starting = start_server(load.launch, Variant(SERVER), LIMITS, log, stop, context)
            targets.append(Target(load, side, started, running.enter_context(starting)))
        for target in targets:
            wait_until_ready(target.server, target.load.launch, LIMITS, stop)
        yield targets


def order_round(targets: Sequence[Target], rolls: Random) -> list[Target]:
    """Return all targets in random order; both sides of a kind of load follow each other."""
    loads = rolls.sample(LOADS, len(LOADS))
    shuffled = rolls.sample(targets, len(targets))
    return sorted(shuffled, key=lambda target: loads.index(target.load))


def measure_window(target: Target, clients: Clients, meter: Meter) -> tuple[float, Distribution]:
    """Return the cost of one window in microseconds, and its latencies.

    Raises LoadError or RecordingError if it gives none.
    """
    result = clients.run(_make_job(target), meter)
    if result.duration_s is not None and result.steady is not None and result.steady.answered:
        return result.steady.window_s / result.steady.answered * 1e6, result.steady.latency
    if result.duration_s is not None and result.requests is not None:
        answered_us = sorted(result.requests.answered_us)
        return result.duration_s * 1e6, Distribution(answered_us, [1] * len(answered_us))
    raise RecordingError(f"a window of the {target.load.name} gave no figure: {result.reason}")


def _make_job(target: Target) -> Job:
    load = target.load
    return Job(
        port=target.server.port,
        requests=[RequestSpec(f"/{STYLE}", expected_style=STYLE, min_work_s=load.delay_s or 0.0)],
        prime_path=QUIET_PATH,
        client=CLIENT,
        concurrency=load.concurrency,
        deadline_s=LIMITS.cell_s,
        token=target.server.token,
        executor=load.executor,
        duration_s=load.window_s,
    )
