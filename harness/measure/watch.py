"""What is watched while a window is measured: the processes of the server, the machine, and the health checks."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

import psutil

from harness.measure.client.job import READY, HealthJob, Moment
from harness.measure.load import LoadError, LoadProcess
from harness.measure.process import cpu_s, group_members, machine_cpu_s
from harness.measure.services.service import RunningService
from harness.model.journal import Health, Host, ServerCost
from scenarios.inside.launched import HEALTH_ASYNC_PATH, HEALTH_DEF_PATH

LOOK_EVERY_S = 0.05
MB = 2**20

CHECKED_WITHIN_S = 5.0
"""How long a health check that is pending when the load ends may take."""


class WindowWatch:
    """Watches one window: it is told when the load begins and ends, and looks at the processes in between.

    `server` is the process group of the server, `clients` are the load processes, `services` run next to the server.
    `neighbours` has the processes of each other server that is alive and has nothing to do.
    """

    def __init__(
        self,
        server: int,
        clients: Iterable[int],
        checks: "HealthChecks",
        services: Sequence[RunningService] = (),
        neighbours: Sequence[Sequence[int]] = (),
    ) -> None:
        self._server = group_members(server)
        self._neighbours = neighbours
        self._idle_cpu_s = [0.0] * len(neighbours)
        self._clients = list(clients)
        self._checks = checks
        self._services = services
        self._next_look_s = 0.0
        self._began_s = self._ended_s = 0.0
        self._server_cpu_s = self._foreign_cpu_s = 0.0
        self._server_memory_mb = 0.0
        self._threads = 0
        self.client_memory_mb = 0.0

    def begin(self, start_ns: int) -> None:
        """Note that the load begins at `start_ns`."""
        self._checks.begin(start_ns)
        self._began_s = time.monotonic()
        self._server_cpu_s = -self._read_server_s()
        self._idle_cpu_s = self._read_idle_s()
        self._foreign_cpu_s = -self._read_foreign_s()

    def look(self) -> None:
        """Look at the processes, if it is time to."""
        if time.monotonic() < self._next_look_s:
            return
        self._next_look_s = time.monotonic() + LOOK_EVERY_S
        self.client_memory_mb = max(self.client_memory_mb, sum(map(_read_rss_mb, self._clients)))
        self._threads = max(self._threads, sum(map(_count_threads, self._server)))

    def end(self) -> None:
        """Note that the last answer has arrived."""
        self._ended_s = time.monotonic()
        self._server_cpu_s += self._read_server_s()
        self._foreign_cpu_s += self._read_foreign_s()
        self._idle_cpu_s = [
            now_s - before_s for now_s, before_s in zip(self._read_idle_s(), self._idle_cpu_s, strict=True)
        ]
        self._next_look_s = 0.0
        self.look()
        self._checks.end(time.monotonic_ns())
        # Dearer than all the rest, so it is read once, when nothing is being measured any more.
        self._server_memory_mb = sum(map(read_pss_mb, self._server))

    @property
    def has_ended(self) -> bool:
        """Whether the load began and ended, so that there are costs to report."""
        return self._ended_s > 0

    def server_cost(self, requests: int) -> ServerCost:
        """Return what the server spent on `requests` requests."""
        return ServerCost(self._server_cpu_s, requests, self._server_memory_mb, self._threads)

    def host(self) -> Host:
        """Return what the machine did during the load."""
        return Host(self._ended_s - self._began_s, psutil.cpu_count() or 1, max(0.0, self._foreign_cpu_s))

    def idle_cpu(self) -> float | None:
        """Return the share of a core that the busiest idle server used; None if there is no other server."""
        return max(0.0, *self._idle_cpu_s) / (self._ended_s - self._began_s) if self._neighbours else None

    def _read_idle_s(self) -> list[float]:
        return [sum(map(cpu_s, pids)) for pids in self._neighbours]

    def _read_server_s(self) -> float:
        return sum(map(cpu_s, self._server))

    def _read_foreign_s(self) -> float:
        """Return the CPU seconds of the machine since its start that are neither a server's nor ours."""
        services = [pid for service in self._services for pid in service.pids()]
        ours_s = sum(map(cpu_s, (*self._clients, *self._checks.pids, *services))) + time.process_time()
        return machine_cpu_s() - ours_s - self._read_server_s() - sum(self._read_idle_s())


class HealthChecks:
    """The health checks of a cell, made by a process of their own.

    No failure of theirs fails a cell: the load itself shows what a server cannot do. A lost process means a cell
    without checks, and the next cell starts another one.
    """

    def __init__(self, process: LoadProcess, port: int) -> None:
        self._process = process
        self._ready = self._running = False
        with self._forgive_loss():
            process.send(HealthJob(port, HEALTH_ASYNC_PATH, HEALTH_DEF_PATH, CHECKED_WITHIN_S))
            self._ready = process.read_line(2 * CHECKED_WITHIN_S) == READY

    @property
    def pids(self) -> list[int]:
        """The process that makes the checks."""
        return [] if self._process.pid is None else [self._process.pid]

    def begin(self, start_ns: int) -> None:
        """Check from `start_ns` on."""
        if self._ready:
            with self._forgive_loss():
                self._process.send(Moment(start_ns))
                self._running = True

    def end(self, end_ns: int) -> None:
        """Make no check that is due after `end_ns`."""
        if self._running:
            with self._forgive_loss():
                self._process.send(Moment(end_ns))

    def collect(self) -> Health | None:
        """Return the results; None if no checks were made."""
        if self._running:
            self._ready = self._running = False
            with self._forgive_loss():
                return Health(**json.loads(self._process.read_line(2 * CHECKED_WITHIN_S)))
        return None

    def cancel(self) -> None:
        """Make no checks, or drop those that are being made; does nothing once they were collected."""
        if self._running:
            self._process.end()
        elif self._ready:
            with self._forgive_loss():
                self._process.send(Moment(None))
        self._ready = self._running = False

    @contextmanager
    def _forgive_loss(self) -> Iterator[None]:
        try:
            yield
        except LoadError:
            self._process.end()
            self._ready = self._running = False


def read_pss_mb(pid: int) -> float:
    """Return the memory of a process, pages that it shares divided by the processes that share them; 0 if it is gone.

    It is the resident memory on a system that does not tell how many share a page.
    """
    try:
        memory = psutil.Process(pid).memory_full_info()
    except psutil.AccessDenied:
        return _read_rss_mb(pid)
    except psutil.Error:
        return 0.0
    return float(getattr(memory, "pss", memory.rss)) / MB


def _read_rss_mb(pid: int) -> float:
    """Return the resident memory of a process; 0 if it is gone."""
    with suppress(psutil.Error):
        return float(psutil.Process(pid).memory_info().rss) / MB
    return 0.0


def _count_threads(pid: int) -> int:
    """Return the threads of a process; 0 if it is gone."""
    with suppress(psutil.Error):
        return psutil.Process(pid).num_threads()
    return 0
