"""The upstream answers no sooner than asked, counts what it sees, and is ended with the run that started it."""

import asyncio
import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure import run
from harness.measure.load import Clients
from harness.measure.process import wait_until_port_is_free
from harness.measure.services.manager import ServiceManager
from harness.measure.services.service import ServiceContext
from harness.measure.services.upstream import RunningUpstream, start_upstream
from harness.measure.stop import Stop
from harness.measure.window import Surroundings, WindowKey, measure_window
from harness.model import journal
from harness.model.journal import Distribution, Launched, Stopped
from harness.model.outcomes import Status
from servers.adapter import HOST
from tests.builders.journals import cell
from tests.builders.launches import a_launch, a_plan, as_planned, attended
from tests.commands import ENDS_WITHIN_S, children, command_lines, living, samples, small_matrix, start, wait_until

NOTHING = Distribution([], [])
REFUSED = b"HTTP/1.1 400 Bad Request"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUpstream]:
    with start_upstream(ServiceContext(tmp_path_factory.mktemp("upstream") / "upstream.log", (), Stop())) as it:
        yield it


@pytest.fixture
def upstream(running: RunningUpstream) -> RunningUpstream:
    """The upstream of all tests, with a new account."""
    wait_until(lambda: running.take_account().peak == 0)
    return running


def connected(upstream: RunningUpstream) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(HOST, upstream.port, timeout=30)


def answer(connection: http.client.HTTPConnection, wait_us: int) -> tuple[int, Any]:
    connection.request("GET", f"/wait?us={wait_us}")
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def said_to(upstream: RunningUpstream, *pieces: bytes) -> bytes:
    """All that comes back on a connection over which these bytes are sent, piece by piece, until it is closed."""
    with socket.create_connection((HOST, upstream.port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
        return b"".join(iter(lambda: connection.recv(65536), b""))


async def at_once(upstream: RunningUpstream, count: int, wait_us: int) -> None:
    """Ask for so many answers at once, each over a connection of its own."""

    async def one() -> bytes:
        reader, writer = await asyncio.open_connection(HOST, upstream.port)
        writer.write(b"GET /wait?us=%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % wait_us)
        with closing(writer):
            return await reader.read()

    for said in await asyncio.gather(*(one() for _ in range(count))):
        assert said.startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("wait_us", [0, 1, 999, 1_500, 20_000, 100_000])
def test_no_answer_comes_sooner_than_it_is_asked_for(upstream: RunningUpstream, wait_us: int) -> None:
    with closing(connected(upstream)) as connection:
        connection.connect()
        for _ in range(5):
            asked_ns = time.monotonic_ns()
            said = answer(connection, wait_us)
            assert time.monotonic_ns() - asked_ns >= wait_us * 1000
            assert said == (200, {"waited": True})

    seen = upstream.take_account()
    assert (seen.answered, seen.connections, seen.peak, sum(seen.late.count)) == (5, 1, 1, 5)
    assert min(seen.late.us) >= 0
    assert seen.span_s >= 5 * wait_us / 1e6
    assert seen.cpu_s > 0


def test_those_who_wait_at_once_are_counted_at_their_most(upstream: RunningUpstream) -> None:
    asyncio.run(at_once(upstream, count=150, wait_us=2_500_000))

    seen = upstream.take_account()
    assert (seen.answered, seen.connections, seen.peak, sum(seen.late.count)) == (150, 150, 150, 150)


def test_the_shorter_wait_ends_first_whoever_came_first(upstream: RunningUpstream) -> None:
    with closing(connected(upstream)) as slow, closing(connected(upstream)) as fast:
        slow.request("GET", "/wait?us=2000000")
        assert answer(fast, 10_000)[0] == 200
        assert upstream.take_account().answered == 1
        assert slow.getresponse().status == 200
    assert (upstream.take_account().answered, upstream.take_account().answered) == (1, 0)


def test_an_account_begins_anew_whenever_it_was_asked_for(upstream: RunningUpstream) -> None:
    with closing(connected(upstream)) as connection:
        for _ in range(2):
            answer(connection, 100)
            seen = upstream.take_account()
            assert (seen.answered, seen.connections, seen.peak) == (1, 1, 1), "a connection counts wherever it is used"

    assert upstream.take_account() == journal.Upstream(0, 0, 0, NOTHING, 0.0, 0.0)


def test_who_has_gone_is_not_answered_and_waits_no_longer(upstream: RunningUpstream) -> None:
    with closing(connected(upstream)) as connection:
        connection.request("GET", "/wait?us=100000")
        wait_until(lambda: upstream.take_account().peak == 1)
    wait_until(lambda: upstream.take_account().peak == 0)
    time.sleep(0.2)

    assert upstream.take_account().answered == 0


def test_a_request_may_come_in_any_pieces(upstream: RunningUpstream) -> None:
    request = b"GET /wait?us=100 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    assert said_to(upstream, *(request[place : place + 1] for place in range(len(request)))).endswith(
        b'connection: close\r\n\r\n{"waited": true}'
    )


@pytest.mark.parametrize(
    "request_line",
    [
        *("POST /wait?us=1", "GET /", "GET /wait", "GET /wait?us=", "GET /wait?us=-1", "GET /wait?us=1.5"),
        *("GET /wait?us=abc", "GET /wait?us=1&us=2", "GET /wait?us=3600000001", "GET /wait?us=%C2%B2"),
    ],
)
def test_what_it_does_not_know_is_refused(upstream: RunningUpstream, request_line: str) -> None:
    said = said_to(upstream, f"{request_line} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    assert said.startswith(REFUSED)
    assert json.loads(said.partition(b"\r\n\r\n")[2]) == {
        "asked": request_line.partition(" ")[2],
        "expected": "GET /wait?us=100000, one at a time",
    }
    assert upstream.take_account().answered == 0


def test_a_second_request_before_the_first_is_answered_is_refused(upstream: RunningUpstream) -> None:
    request = b"GET /wait?us=1000000 HTTP/1.1\r\nHost: x\r\n\r\n"

    assert said_to(upstream, request + request).startswith(REFUSED)


@given(st.binary(min_size=1, max_size=200))
def test_whatever_is_sent_to_it_the_next_one_is_answered(running: RunningUpstream, sent: bytes) -> None:
    with socket.create_connection((HOST, running.port), timeout=30) as connection:
        connection.sendall(sent)
    with closing(connected(running)) as connection:
        assert answer(connection, 0)[0] == 200


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    with start_upstream(ServiceContext(tmp_path / "upstream.log", (), Stop())) as it:
        (pid,) = it.pids()
        assert os.getsid(pid) == pid, "it has a session of its own"
        assert it.describe_exit() is None

    assert not psutil.pid_exists(pid)
    assert wait_until_port_is_free(it.port, 0, Stop())


def test_one_that_has_died_says_so_and_another_takes_its_place(tmp_path: Path, load: Clients) -> None:
    launch = a_launch(scenario="upstream")
    plan = a_plan(cell("def", 2, launch))
    with attended(launch, tmp_path) as (server, _, (service,)):
        os.kill(service.pids()[0], signal.SIGKILL)
        sample = measure_window(WindowKey(1, 1, 0), plan, server, load, Surroundings((service,)))

    assert (sample.status, sample.upstream) == ("failed", None)
    assert sample.reason == "the upstream has exited with code -9; its log is empty"

    (tmp_path / "upstream.log").unlink()
    with ServiceManager(tmp_path, (), Stop()) as services:
        first = services.start_for(launch)["upstream"]
        assert services.start_for(launch)["upstream"] is first
        os.kill(first.pids()[0], signal.SIGKILL)
        wait_until(lambda: first.describe_exit() is not None)
        second = services.start_for(launch)["upstream"]
        assert second.pids() != first.pids()
        assert second.describe_exit() is None
    assert not psutil.pid_exists(second.pids()[0])
    assert [path.name for path in tmp_path.glob("upstream*.log")] == ["upstream-1.log"], "of one that died it is kept"


def test_one_that_cannot_be_started_fails_its_cells_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    calling, sleeping = cell("def", 4, a_launch(scenario="upstream")), cell("def", 4, a_launch())
    plan = a_plan(calling, replace(calling, style="async"), sleeping)
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        monkeypatch.setattr("harness.measure.services.upstream.find_free_port", lambda: taken.getsockname()[1])
        run.begin(plan, folder, as_planned(plan), Stop(), lambda _: None)

    found = sorted(samples(folder), key=lambda sample: sample.cell)
    assert [sample.status for sample in found] == ["failed", "failed", "ok"]
    for sample in found[:2]:
        assert sample.reason is not None
        assert sample.reason.startswith("not ready: the upstream has exited with code 1; the end of its log:\n")
        assert "address already in use" in sample.reason
    records = list(journal.read(journal.find(folder)))
    launched = {record.launch: record for record in records if isinstance(record, Launched)}
    stopped = {record.launch for record in records if isinstance(record, Stopped)}
    (alone,) = (record for record in launched.values() if record.status == Status.FAILED)
    assert (alone.command, alone.reason) == ([], found[0].reason)
    assert stopped == {*launched} - {alone.launch}


def the_run(folder: Path) -> Path:
    (found,) = (path.parent for path in folder.glob("runs/*/journal.jsonl*"))
    return found


def test_a_run_that_is_stopped_leaves_no_upstream_behind(tmp_path: Path) -> None:
    matrix = small_matrix(tmp_path)
    matrix.write_text(matrix.read_text().replace("scenario: sleep", "scenario: upstream"))
    process = start("run", matrix, "--output", tmp_path / "runs")
    wait_until(lambda: any(tmp_path.glob("runs/*/journal.jsonl")) and len(samples(the_run(tmp_path))) >= 1)
    beside = [line for line in command_lines(process) if "services.upstream" in line]
    begun = children(process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=ENDS_WITHIN_S)

    assert process.returncode == 130
    assert len(beside) == 1, "one serves all launches of a sitting"
    assert living(begun) == []
    assert all(isinstance(sample.upstream, journal.Upstream) for sample in samples(the_run(tmp_path)))
