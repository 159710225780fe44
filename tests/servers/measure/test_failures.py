"""Whatever a server does, the run goes on, says what happened, and leaves no process and no port behind."""

import os
import re
import signal
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from harness.matrix.catalog import server_catalog
from harness.measure import run
from harness.measure.load import Clients
from harness.measure.process import group_members, wait_until_port_is_free
from harness.measure.readiness import LaunchError, StrangeAnswerError, fetch_facts, wait_until_ready
from harness.measure.server import RunningServer, build_environment, start_server
from harness.measure.stop import Stop
from harness.measure.window import WindowKey, measure_window
from harness.model import journal
from harness.model.journal import Ended, Launched, Window
from harness.model.outcomes import Status
from harness.model.plan import Launch, Limits, Variant
from tests.builders.journals import cell
from tests.builders.launches import LIMITS, SERVERS, a_launch, a_plan, as_planned, running, starting
from tests.commands import living, samples, wait_until

IMPATIENT = Limits(ready_s=120.0, cell_s=3.0, stop_s=2.0)
"""Patient with servers that get ready in the end, however busy the machine is, and with nothing else."""


def run_on(
    server: str,
    folder: Path,
    styles: tuple[str, ...] = ("def", "async"),
    workers: int = 1,
    ready_s: float = IMPATIENT.ready_s,
) -> list[Window]:
    """The samples of a run on one server, in the order of the plan; every cell has one, and the run came to its end."""
    launch = a_launch(server, workers=workers, loop="uvloop")
    plan = a_plan(*(cell(style, 4, launch) for style in styles), limits=replace(IMPATIENT, ready_s=ready_s))
    folder.mkdir()
    run.begin(plan, folder, as_planned(plan), Stop(), lambda _: None)
    records = list(journal.read(journal.find(folder)))
    ended = records[-1]
    assert isinstance(ended, Ended)
    assert ended.status == "finished"
    found = sorted(samples(folder), key=lambda sample: sample.cell)
    assert [sample.cell for sample in found] == list(range(len(styles)))
    for record in records:
        if isinstance(record, Launched):
            assert wait_until_port_is_free(_port(record.command), 0, Stop())
    return found


def _port(command: list[str]) -> int:
    return next(int(argument) for argument in command if re.fullmatch(r"\d{4,5}", argument))


@pytest.mark.usefixtures("broken_servers")
@pytest.mark.parametrize(
    ("server", "status", "reason", "ready_s"),
    [
        ("exits-at-once", "failed", r"not ready: the server has exited with code 0; .*\nunknown option --speed", 120.0),
        ("never-ready", "timeout", r"not ready within 2 s: .*; the end of its log:\nwarming up", 2.0),
        ("answers-500", "timeout", r"not ready within 3 s: /_matrix gave status 500; ", 3.0),
        ("drips", "timeout", r"not ready within 4 s: /_matrix gave no answer within 2 s; ", 4.0),
        ("stranger", "failed", r"another program answers on port \d+: it does not know our token", 120.0),
        (
            "goes-its-own-way",
            "failed",
            r"the settings in force are not those of the matrix: limiter_tokens is 5, expected 3",
            120.0,
        ),
    ],
)
def test_a_server_that_does_not_get_ready_fails_all_its_cells(
    server: str, status: str, reason: str, ready_s: float, tmp_path: Path
) -> None:
    for sample in run_on(server, tmp_path / "run", ready_s=ready_s):
        assert sample.status == status
        assert re.match(reason, sample.reason or "")
        assert sample.requests is None


@pytest.mark.usefixtures("broken_servers")
def test_a_server_without_all_its_workers_is_not_ready(tmp_path: Path) -> None:
    (sample,) = run_on("one-worker-only", tmp_path / "run", ("def",), workers=2, ready_s=6.0)

    assert sample.status == Status.TIMEOUT
    assert (sample.reason or "").startswith("not ready within 6 s: 1 of 2 workers had started; ")


@pytest.mark.usefixtures("broken_servers")
@pytest.mark.parametrize(
    ("server", "status", "reason"),
    [
        ("hangs", "timeout", r"4 of 4 requests failed, the first: no answer within 3 s$"),
        ("dies", "failed", r"4 of 4 requests failed, .*; the server has exited with code 7; (.|\n)*out of memory"),
        ("lies", "failed", r"4 of 4 requests failed, the first: style 'def' answered, expected 'async'$"),
    ],
)
def test_a_cell_that_goes_wrong_costs_no_other_cell(server: str, status: str, reason: str, tmp_path: Path) -> None:
    before, bad, after = run_on(server, tmp_path / "run", ("def", "async", "async-blocking"))

    assert (before.status, after.status) == ("ok", "ok")
    assert bad.status == status
    assert re.match(reason, bad.reason or "")
    assert bad.duration_s is None


@pytest.mark.usefixtures("broken_servers")
def test_a_child_that_ignores_being_told_to_stop_is_killed(tmp_path: Path) -> None:
    launch = a_launch("clings-to-life", loop="uvloop")
    impatient = replace(IMPATIENT, stop_s=0.5)
    with (
        pytest.raises(LaunchError, match="not ready within 2 s"),
        running(launch, tmp_path, replace(impatient, ready_s=2.0)),
    ):
        raise AssertionError("it cannot have got ready")

    child = int((tmp_path / "server.log").read_text().split()[1])
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    ("server", "workers"),
    [(name, workers) for name in SERVERS for workers in ((1, 2) if server_catalog()[name].many_workers else (1,))],
)
@pytest.mark.parametrize(
    ("broken", "word"),
    [
        ({"scenario": "no_such_scenario"}, "no_such_scenario"),
        ({"thread_limit": -1}, "total_tokens"),
    ],
    ids=["import-error", "lifespan-error"],
)
def test_an_app_that_cannot_start_is_a_failed_launch_whatever_the_server_makes_of_it(
    server: str, workers: int, broken: dict[str, str | int], word: str, tmp_path: Path
) -> None:
    launch: Launch = replace(a_launch(server, workers=workers), **broken)  # type: ignore[arg-type] # two fields, two types
    with starting(launch, tmp_path, IMPATIENT) as (it, _):
        wait_until(lambda: is_told_of(it, word))
        # Some servers go on as if nothing had happened.
        soon = replace(IMPATIENT, ready_s=time.monotonic() - it.began_s + 1.0)
        with pytest.raises(LaunchError, match=r"not ready") as refused:
            wait_until_ready(it, launch, soon, Stop())

    assert "the end of its log" in str(refused.value)


def is_told_of(server: RunningServer, word: str) -> bool:
    """Return whether a word is in the log of a server, some of which log nothing until they are asked something."""
    with suppress(OSError, StrangeAnswerError):
        fetch_facts(server.port)
    return word in server.log.read_text()


@pytest.mark.parametrize("server", [name for name in SERVERS if server_catalog()[name].many_workers])
def test_workers_that_outlive_their_parent_are_ended(server: str, tmp_path: Path) -> None:
    with running(a_launch(server, workers=2), tmp_path) as (it, _):
        os.kill(it.process.pid, signal.SIGKILL)
        it.process.wait(timeout=60)
    assert group_members(it.process.pid) == []
    assert wait_until_port_is_free(it.port, 0, Stop())


def test_a_load_process_that_is_lost_costs_the_sample_of_its_cell(tmp_path: Path) -> None:
    launch = replace(a_launch(), delay_s=1.5)  # long enough to be lost in
    plan = a_plan(cell("def", 3, launch), limits=replace(LIMITS, cell_s=10.0))

    with Clients(Stop()) as load, running(launch, tmp_path) as (server, _):

        def measure() -> Window:
            return measure_window(WindowKey(1, 1, 0), plan, server, load)

        def kill(while_it_measures: bool) -> None:
            (pid,) = load.pids("engine")
            process = psutil.Process(pid)
            if while_it_measures:
                wait_until(lambda: bool(process.net_connections()))
            process.kill()
            wait_until(lambda: not living([process]))

        first = measure()
        kill(while_it_measures=False)
        second = measure()
        load.close_connections(server.port)
        killer = threading.Thread(target=kill, kwargs={"while_it_measures": True})
        killer.start()
        third = measure()
        killer.join()
        fourth = measure()

    assert [one.status for one in (first, second, third, fourth)] == ["ok", "ok", "failed", "ok"]
    assert "the load process " in (third.reason or "")


def test_a_server_that_cannot_be_found_by_its_token_is_never_measured(tmp_path: Path) -> None:
    """Two launches at once have two ports and two tokens, so one can never be taken for the other."""
    launch = a_launch()
    variant = Variant("uvicorn")
    with (
        start_server(launch, variant, LIMITS, tmp_path / "a.log", Stop()) as one,
        start_server(launch, variant, LIMITS, tmp_path / "b.log", Stop()) as other,
    ):
        assert one.port != other.port
        assert one.token != other.token


def test_what_steers_a_server_from_outside_does_not_reach_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("WEB_CONCURRENCY", "UVICORN_WORKERS", "GRANIAN_WORKERS", "PYTHONASYNCIODEBUG", "MY_APP_WORKERS"):
        monkeypatch.setenv(name, "2")

    env = build_environment(a_launch(), Variant("uvicorn", env={"UVICORN_BACKLOG": "7"}), "token", tmp_path)

    assert {"WEB_CONCURRENCY", "UVICORN_WORKERS", "GRANIAN_WORKERS", "PYTHONASYNCIODEBUG"} & env.keys() == set()
    assert (env["MY_APP_WORKERS"], env["UVICORN_BACKLOG"]) == ("2", "7")
