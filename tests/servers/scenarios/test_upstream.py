"""Each style of `upstream` calls as it says: on which threads, how many at once, over which connections."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest

from harness.matrix.catalog import scenario_catalog
from harness.measure.load import Clients
from harness.measure.server import RunningServer
from harness.measure.services.service import RunningService
from harness.measure.services.upstream import RunningUpstream
from harness.measure.window import Surroundings, WindowKey, measure_window
from harness.model.journal import Window
from harness.model.plan import Launch
from servers.adapter import HOST
from tests.builders.journals import cell
from tests.builders.launches import a_launch, a_plan, attended
from tests.unit.matrix.written import plan_of

THREAD_LIMIT = 3
DELAY_S = 0.25
LAUNCH = replace(a_launch(thread_limit=THREAD_LIMIT, scenario="upstream"), delay_s=DELAY_S)

Beside = tuple[RunningServer, tuple[RunningService, ...]]


@pytest.fixture(params=["uvicorn", "daphne"], scope="module")
def beside(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Launch, Beside]]:
    """A server with a lifespan, and one without."""
    launch = replace(LAUNCH, server=request.param, loop=a_launch(request.param).loop)
    with attended(launch, tmp_path_factory.mktemp(request.param)) as (server, _, services):
        yield launch, (server, services)


def burst(beside: tuple[Launch, Beside], load: Clients, style: str, concurrency: int) -> Window:
    launch, (server, services) = beside
    sample = measure_window(
        WindowKey(1, 1, 0), a_plan(cell(style, concurrency, launch)), server, load, Surroundings(services)
    )
    assert sample.reason is None
    return sample


@pytest.mark.parametrize(
    ("style", "concurrency", "waves", "peak"),
    [("def", 7, 3, THREAD_LIMIT), ("async", 7, 1, 7), ("async-httpx", 7, 1, 7), ("async-blocking", 3, 3, 1)],
)
def test_a_style_calls_as_many_at_once_as_it_is_said_to(
    beside: tuple[Launch, Beside], load: Clients, style: str, concurrency: int, waves: int, peak: int
) -> None:
    sample = burst(beside, load, style, concurrency)

    assert sample.requests is not None
    assert sample.upstream is not None
    assert sample.duration_s is not None
    assert sample.duration_s >= waves * DELAY_S
    assert max(sample.requests.running) == peak
    assert (len(set(sample.requests.thread)) == 1) == (style != "def"), "all but `def` stay on the loop's thread"
    assert (sample.upstream.answered, sample.upstream.peak) == (concurrency, peak), "and the upstream saw the same"


@pytest.mark.parametrize("style", scenario_catalog()["upstream"].styles)
def test_the_next_request_calls_over_the_connection_of_the_one_before(tmp_path: Path, style: str) -> None:
    with attended(LAUNCH, tmp_path) as (server, _, (service,)):
        assert isinstance(service, RunningUpstream)
        for _ in range(3):
            with closing(HTTPConnection(HOST, server.port, timeout=30)) as connection:
                connection.request("GET", f"/{style}")
                assert connection.getresponse().status == 200
        seen = service.take_account()

    assert (seen.answered, seen.connections, seen.peak) == (3, 1, 1)


def test_clients_that_are_not_installed_make_their_styles_unsupported_with_the_command(tmp_path: Path) -> None:
    text = "scenario: upstream\ntitle: calls\nmatrix: {server: uvicorn, style: all, concurrency: 1}\n"
    plan = plan_of(tmp_path, text, installed=lambda name: name not in ("httpx", "requests"))

    assert [cell.style for cell in plan.cells] == ["async"]
    assert {refusal.cell.style: (refusal.status, refusal.reason) for refusal in plan.refusals} == {
        "def": ("unsupported", 'requests is not installed; python -m pip install "requests>=2.34"'),
        "async-httpx": ("unsupported", 'httpx is not installed; python -m pip install "httpx>=0.28"'),
        "async-blocking": ("unsupported", 'requests is not installed; python -m pip install "requests>=2.34"'),
    }
