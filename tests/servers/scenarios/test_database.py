"""The scenario of a query that takes its time: which pools there are, and who waits for them where."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.matrix.catalog import scenario_catalog
from harness.measure.load import Clients
from harness.measure.readiness import LaunchError
from harness.measure.server import RunningServer
from harness.measure.services.postgres import start_postgres
from harness.measure.services.service import ServiceContext
from harness.measure.stop import Stop
from harness.measure.window import Surroundings, WindowKey, measure_window
from harness.model.outcomes import Status
from tests.builders.journals import cell
from tests.builders.launches import a_plan
from tests.commands import wait_until
from tests.servers.scenarios.served import burst, connected, evidence, known_as, launch_of, rows, serving

STYLES = tuple(scenario_catalog()["database"].styles)
POOLS = 5
"""One for each style; `async-blocking` shares that of `def`."""

THREADS, POOL = 3, 2
LAUNCH = launch_of("database", THREADS, POOL, delay_s=0.1)


@pytest.fixture(scope="module")
def server(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with serving(LAUNCH, STYLES, known_as("all", postgres_url), tmp_path_factory.mktemp("database")) as it:
        yield it


@pytest.mark.parametrize(("styles", "pools"), [(("def",), 1), (("def", "async-blocking"), 1), (("def", "async"), 2)])
def test_only_the_pools_of_styles_that_are_measured_are_opened(
    styles: tuple[str, ...], pools: int, postgres_url: str, tmp_path: Path
) -> None:
    name = "-".join(styles)
    with serving(LAUNCH, styles, known_as(name, postgres_url), tmp_path):
        assert connected(name, postgres_url) == pools * POOL


def test_each_pool_has_its_connections_before_the_first_request_and_no_more_after_many(
    server: RunningServer, postgres_url: str, load: Clients
) -> None:
    assert connected("all", postgres_url) == POOLS * POOL
    for style in STYLES:
        assert burst(LAUNCH, style, 7, server, load).outcomes == {"ok": 7}
    assert connected("all", postgres_url) == POOLS * POOL


@pytest.mark.parametrize(
    ("style", "handlers", "least_s"),
    [
        # Seven requests over two connections: four in a row.
        ("async", 7, 0.4),
        ("async-psycopg", 7, 0.4),
        ("async-sqlalchemy", 7, 0.4),
        ("def", THREADS, 0.4),
        ("def-sqlalchemy", THREADS, 0.4),
        ("async-blocking", 1, 0.7),
    ],
)
def test_the_pool_sets_the_pace_and_the_style_says_where_it_is_waited_for(
    style: str, handlers: int, least_s: float, server: RunningServer, load: Clients
) -> None:
    sample = burst(LAUNCH, style, 7, server, load)

    assert sample.requests is not None
    assert sample.duration_s is not None
    assert sample.duration_s >= least_s
    assert max(sample.requests.running) == handlers


def test_threads_set_the_pace_where_they_are_fewer(postgres_url: str, tmp_path: Path, load: Clients) -> None:
    launch = launch_of("database", 2, 5, delay_s=0.1)
    with serving(launch, ("def",), postgres_url, tmp_path) as server:
        sample = burst(launch, "def", 7, server, load)

    assert sample.requests is not None
    assert sample.duration_s is not None
    assert sample.duration_s >= 0.4
    assert max(sample.requests.running) == 2


@pytest.mark.parametrize("style", STYLES)
def test_only_def_leaves_the_thread_of_the_loop(style: str, server: RunningServer) -> None:
    said = evidence(server, f"/{style}")
    assert (said["thread"] != said["pid"]) == style.startswith("def")


def test_the_database_says_its_version_itself(server: RunningServer, postgres_url: str) -> None:
    ((version,),) = rows(postgres_url, "show server_version")
    assert server.in_force is not None
    assert server.in_force.versions["postgresql"] == version


def test_a_database_that_is_not_there_is_told_by_the_log(tmp_path: Path) -> None:
    nowhere = "postgresql://me:secret@127.0.0.1:1/nothing"
    with pytest.raises(LaunchError, match="Connection refused"), serving(LAUNCH, ("def",), nowhere, tmp_path):
        pass


def test_a_database_that_died_is_told_with_what_its_requests_failed_with(tmp_path: Path, load: Clients) -> None:
    with (
        start_postgres(ServiceContext(tmp_path / "postgres.log", (), Stop())) as service,
        serving(LAUNCH, ("def",), service.address, tmp_path) as server,
    ):
        os.kill(service.pids()[0], signal.SIGKILL)
        wait_until(lambda: service.describe_exit() is not None)
        sample = measure_window(
            WindowKey(1, 1, 0), a_plan(cell("def", POOL, LAUNCH)), server, load, Surroundings((service,))
        )

    assert sample.status == Status.FAILED
    assert "; PostgreSQL has exited with code -9; the end of its log:" in (sample.reason or "")
