"""The scenario that reads from a SQLite file: who has a connection to it, and in which thread."""

from pathlib import Path

import psutil

from harness.measure.load import Clients
from harness.measure.server import RunningServer
from tests.servers.scenarios.served import burst, evidence, launch_of, serving

LAUNCH = launch_of("sqlite", 3)
NO_POSTGRES = ""


def connected(server: RunningServer) -> int:
    return sum(file.path.endswith(".sqlite") for file in psutil.Process(server.process.pid).open_files())


def test_each_thread_of_def_keeps_a_connection_and_all_requests_of_async_share_one(
    tmp_path: Path, load: Clients
) -> None:
    with serving(LAUNCH, ("def", "async", "async-blocking"), NO_POSTGRES, tmp_path) as server:
        assert connected(server) == 2  # that of the loop, and that of aiosqlite
        for style in ("async", "async-blocking"):
            assert burst(LAUNCH, style, 20, server, load).outcomes == {"ok": 20}
        assert connected(server) == 2

        in_threads = burst(LAUNCH, "def", 20, server, load)
        assert in_threads.requests is not None
        assert connected(server) == 2 + len(set(in_threads.requests.thread))


def test_without_async_there_is_no_connection_of_aiosqlite(tmp_path: Path) -> None:
    with serving(LAUNCH, ("def",), NO_POSTGRES, tmp_path) as server:
        assert connected(server) == 1


def test_only_def_leaves_the_thread_of_the_loop(tmp_path: Path) -> None:
    with serving(LAUNCH, ("def", "async", "async-blocking"), NO_POSTGRES, tmp_path) as server:
        said = {style: evidence(server, f"/{style}") for style in ("def", "async", "async-blocking")}
    assert {style for style, each in said.items() if each["thread"] != each["pid"]} == {"def"}
