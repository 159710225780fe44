"""What is watched while a cell is measured: the server's processes from outside, the machine, and the health checks."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import psutil

from harness.measure.client.job import READY, EndAt, HealthJob, StartAt, parse_health
from harness.measure.load import LoadError, LoadProcess
from harness.measure.process import cpu_s, group_members, machine_cpu_s
from harness.measure.services.service import RunningService
from harness.model.journal import Health, Host, ServerCost
from scenarios.inside.launched import HEALTH_ASYNC_PATH, HEALTH_DEF_PATH

LOOK_EVERY_S = 0.05
MB = 2**20

# A check that is under way when the load ends may take so much longer.
CHECKED_WITHIN_S = 5.0


class CellWatch:
    """Watches one cell: it is told when the load begins and ends, and has a look now and then in between.

    `server` is the process group of the server, `clients` are the processes that offer the load, `services` run beside
    the server.
    """

    def __init__(
        self, server: int, clients: Iterable[int], checks: "HealthChecks", services: Sequence[RunningService] = ()
    ) -> None:
        self._server = group_members(server)
        self._clients = list(clients)
        self._checks = checks
        self._services = services
        self._next_look_s = 0.0
        self._began_s = self._ended_s = 0.0
        self._server_cpu_s = self._foreign_cpu_s = 0.0
        self._server_memory_mb = self._client_memory_mb = 0.0
        self._threads = 0

    def begin(self, start_ns: int) -> None:
        """The load begins at that moment."""
        self._checks.begin(start_ns)
        self._began_s = time.monotonic()
        self._server_cpu_s = -self._server_now_s()
        self._foreign_cpu_s = -self._foreign_now_s()

    def look(self) -> None:
        """Have a look, if it is time for one."""
        if time.monotonic() < self._next_look_s:
            return
        self._next_look_s = time.monotonic() + LOOK_EVERY_S
        server = [seen for pid in self._server if (seen := _read_process(pid))]
        client = [seen for pid in self._clients if (seen := _read_process(pid))]
        self._server_memory_mb = max(self._server_memory_mb, sum(memory_mb for memory_mb, _ in server))
        self._client_memory_mb = max(self._client_memory_mb, sum(memory_mb for memory_mb, _ in client))
        self._threads = max(self._threads, sum(threads for _, threads in server))

    def end(self) -> None:
        """The last answer is there."""
        self._ended_s = time.monotonic()
        self._server_cpu_s += self._server_now_s()
        self._foreign_cpu_s += self._foreign_now_s()
        self._next_look_s = 0.0
        self.look()
        self._checks.end(time.monotonic_ns())

    @property
    def has_ended(self) -> bool:
        """Whether the load began and came to its end, so that there is something to say."""
        return self._ended_s > 0

    def server_cost(self, requests: int) -> ServerCost:
        """What the server spent on so many requests."""
        return ServerCost(self._server_cpu_s, requests, self._server_memory_mb, self._threads)

    def client_memory_mb(self) -> float:
        """The most memory that the client was seen to hold."""
        return self._client_memory_mb

    def host(self) -> Host:
        """The machine meanwhile."""
        return Host(self._ended_s - self._began_s, psutil.cpu_count() or 1, max(0.0, self._foreign_cpu_s))

    def _server_now_s(self) -> float:
        return sum(map(cpu_s, self._server))

    def _foreign_now_s(self) -> float:
        """CPU seconds of the machine since its start that are neither the server's nor ours."""
        beside = [pid for service in self._services for pid in service.pids()]
        ours_s = sum(map(cpu_s, (*self._clients, *self._checks.pids, *beside))) + time.process_time()
        return machine_cpu_s() - ours_s - self._server_now_s()


class HealthChecks:
    """The health checks of a cell, made by a process of their own; where they cannot be made, there are none.

    Nothing that goes wrong with them fails a cell: what a server cannot do under load is for the load to show.
    """

    def __init__(self, process: LoadProcess, port: int) -> None:
        self._process = process
        self._ready = self._under_way = False
        with self._forgiven():
            process.send(HealthJob(port, HEALTH_ASYNC_PATH, HEALTH_DEF_PATH, CHECKED_WITHIN_S))
            self._ready = process.line(2 * CHECKED_WITHIN_S) == READY

    @property
    def pids(self) -> list[int]:
        """The process that makes the checks."""
        return [] if self._process.pid is None else [self._process.pid]

    def begin(self, start_ns: int) -> None:
        """The load begins at that moment."""
        if self._ready:
            with self._forgiven():
                self._process.send(StartAt(start_ns))
                self._under_way = True

    def end(self, end_ns: int) -> None:
        """The load has ended at that moment."""
        if self._under_way:
            with self._forgiven():
                self._process.send(EndAt(end_ns))

    def result(self) -> Health | None:
        """What came of the checks, None where none were made."""
        if self._under_way:
            self._ready = self._under_way = False
            with self._forgiven():
                checked = parse_health(self._process.line(2 * CHECKED_WITHIN_S))
                return Health(checked.async_us, checked.def_us, checked.unanswered)
        return None

    def call_off(self) -> None:
        """The load has come to nothing: make no checks, or have nothing to do with those that are made."""
        if self._under_way:
            self._process.end()
        elif self._ready:
            with self._forgiven():
                self._process.send(StartAt(None))
        self._ready = self._under_way = False

    @contextmanager
    def _forgiven(self) -> Iterator[None]:
        """Where the process that makes the checks is lost, there are none, and the next cell has another one."""
        try:
            yield
        except LoadError:
            self._process.end()
            self._ready = self._under_way = False


def _read_process(pid: int) -> tuple[float, int] | None:
    """Memory in MB and threads of a process, None where it has gone."""
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            return process.memory_info().rss / MB, process.num_threads()
    except psutil.Error:
        return None
