"""The health checks say what a monitor would have seen, and cost a cell nothing whatever comes of them."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness.measure.load import Clients
from harness.measure.watch import HealthChecks
from harness.model.journal import Health
from scenarios.inside.launched import HEALTH_ASYNC_PATH, HEALTH_DEF_PATH
from servers.adapter import HOST

Behave = Callable[[str, int], int]
"""The status to answer the n-th request to a path with, from 0 on; the first opens the connection."""


@contextmanager
def serving(behave: Behave) -> Iterator[int]:
    """The port of a server whose health is what `behave` makes of it."""
    asked: dict[str, int] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            number = asked.get(self.path, 0)
            asked[self.path] = number + 1
            status = behave(self.path, number)
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def wait_until_dead(pid: int) -> None:
    """Wait until a child has ended; it is not reaped, so that its parent can notice."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def checked(clients: Clients, port: int, load_s: float) -> Health | None:
    """What comes of the checks while a load takes so long."""
    checks = HealthChecks(clients.health, port)
    start_ns = time.monotonic_ns()
    checks.begin(start_ns)
    time.sleep(load_s)
    checks.end(start_ns + round(load_s * 1e9))
    health = checks.collect()
    checks.cancel()
    return health


def test_both_routes_are_checked_twenty_times_a_second(load: Clients) -> None:
    with serving(lambda _path, _number: 200) as port:
        health = checked(load, port, 1.0)

    assert health is not None
    assert (len(health.async_us), len(health.def_us), health.unanswered) == (20, 20, 0)
    assert min(health.async_us + health.def_us) > 0


def test_a_route_that_stalls_is_seen_by_every_check_that_was_due_meanwhile(load: Clients) -> None:
    def stall_once(path: str, number: int) -> int:
        if path == HEALTH_DEF_PATH and number == 3:
            time.sleep(0.5)
        return 200

    with serving(stall_once) as port:
        health = checked(load, port, 1.0)

    assert health is not None
    assert (len(health.async_us), len(health.def_us), health.unanswered) == (20, 20, 0)
    assert max(health.def_us) >= 500_000
    # The stall of half a second covers ten checks, each of which waited 50 ms less than the one before.
    assert sum(us >= 90_000 for us in health.def_us) >= 8


def test_a_check_that_is_under_way_when_the_load_ends_is_waited_for(load: Clients) -> None:
    def stall_to_the_end(path: str, number: int) -> int:
        if path == HEALTH_ASYNC_PATH and number == 1:
            time.sleep(0.6)
        return 200

    with serving(stall_to_the_end) as port:
        health = checked(load, port, 0.3)

    assert health is not None
    assert len(health.async_us) == 6
    assert max(health.async_us) >= 600_000
    assert health.unanswered == 0


def test_checks_that_fail_have_no_time_and_are_counted(load: Clients) -> None:
    with serving(lambda path, number: 503 if path == HEALTH_DEF_PATH and number >= 3 else 200) as port:
        health = checked(load, port, 1.0)

    assert health is not None
    assert len(health.async_us) == 20
    assert len(health.def_us) + health.unanswered == 20
    assert health.unanswered >= 16


def test_checks_made_before_a_late_report_of_the_end_do_not_count(load: Clients) -> None:
    with serving(lambda _path, _number: 200) as port:
        checks = HealthChecks(load.health, port)
        start_ns = time.monotonic_ns()
        checks.begin(start_ns)
        time.sleep(0.3)  # six checks were due, and the cell was over before the first
        checks.end(start_ns + 20_000_000)

        assert checks.collect() == Health([], [], 0)

        checks.cancel()


@pytest.mark.parametrize("status", [503, None])
def test_a_server_that_cannot_be_checked_is_not_checked(status: int | None, load: Clients) -> None:
    if status is None:
        with socket.socket() as taken:
            taken.bind((HOST, 0))  # and never listens
            assert checked(load, taken.getsockname()[1], 0.05) is None
    else:
        with serving(lambda _path, _number: status) as port:
            assert checked(load, port, 0.05) is None

    with serving(lambda _path, _number: 200) as port:
        assert checked(load, port, 0.05) is not None, "the next cell is checked again"


def test_checks_that_are_called_off_leave_the_next_cell_its_own(load: Clients) -> None:
    with serving(lambda _path, _number: 200) as port:
        HealthChecks(load.health, port).cancel()
        begun = HealthChecks(load.health, port)
        begun.begin(time.monotonic_ns())
        begun.cancel()

        health = checked(load, port, 0.3)

    assert health is not None
    assert (len(health.async_us), len(health.def_us)) == (6, 6)


@pytest.mark.parametrize("lost", ["before the load", "during the load", "after the load"])
def test_a_process_that_is_lost_costs_the_checks_of_one_cell(lost: str, load: Clients) -> None:
    def kill(when: str) -> None:
        if when == lost and load.health.pid is not None:
            os.kill(load.health.pid, signal.SIGKILL)
            wait_until_dead(load.health.pid)

    with serving(lambda _path, _number: 200) as port:
        checks = HealthChecks(load.health, port)
        kill("before the load")
        checks.begin(time.monotonic_ns())
        kill("during the load")
        checks.end(time.monotonic_ns())
        kill("after the load")
        assert checks.collect() is None or lost == "after the load"
        checks.cancel()

        assert checked(load, port, 0.3) is not None
