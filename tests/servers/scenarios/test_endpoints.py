"""What the endpoints and the layer around them answer, asked over a real socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.matrix.catalog import scenario_catalog
from harness.measure.client.job import RequestSpec
from harness.measure.load import Clients
from harness.measure.readiness import fetch_facts
from harness.measure.server import RunningServer
from harness.measure.services.service import ExternalService
from harness.measure.window import WindowKey, list_requests, measure_window
from harness.model.plan import Cell
from tests.builders.journals import cell
from tests.builders.launches import a_launch, a_plan, running
from tests.servers.scenarios.asking import answer

THREAD_LIMIT = 3


def cells(scenario: str) -> list[Cell]:
    """A cell for each style."""
    launch = a_launch(thread_limit=THREAD_LIMIT, scenario=scenario)
    styles = scenario_catalog()[scenario].styles
    return [cell(name, sum(each.weight for each in style.classes), launch) for name, style in styles.items()]


@pytest.fixture(scope="module", params=list(scenario_catalog()))
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_url: str
) -> Iterator[tuple[str, RunningServer]]:
    scenario: str = request.param
    launch = a_launch(thread_limit=THREAD_LIMIT, scenario=scenario)
    given = {"postgres": ExternalService(postgres_url)}
    with running(launch, tmp_path_factory.mktemp(scenario), given=given) as (it, _):
        yield scenario, it


def test_every_class_of_every_style_says_who_it_is_and_when_it_worked(server: tuple[str, RunningServer]) -> None:
    scenario, it = server
    for asked in (asked for each in cells(scenario) for asked in list_requests(each)):
        said = answer(it, asked)

        evidence = said.evidence
        assert said.status == 200
        assert (evidence["style"], evidence["token"]) == (asked.expected_style, it.token)
        assert evidence["entered_ns"] <= evidence["started_ns"] <= evidence["ended_ns"]
        assert evidence["ended_ns"] - evidence["started_ns"] >= (asked.min_work_s - 0.001) * 1e9
        assert evidence["running"] == 1


def test_every_style_stands_the_checks_of_the_engine(server: tuple[str, RunningServer], load: Clients) -> None:
    scenario, it = server
    for each in cells(scenario):
        sample = measure_window(WindowKey(1, 1, 0), a_plan(each), it, load)

        assert (each.style, sample.status, sample.reason) == (each.style, "ok", None)
        assert sample.outcomes == {"ok": each.concurrency}


def test_an_unknown_path_answers_404(server: tuple[str, RunningServer]) -> None:
    assert answer(server[1], RequestSpec("/no-such-style")).status == 404
    assert answer(server[1], RequestSpec("/_matrix/no-such-fact")).status == 404


def test_what_is_in_force_is_said_from_inside(server: tuple[str, RunningServer]) -> None:
    scenario, it = server
    facts = fetch_facts(it.port)

    assert (facts["token"], facts["scenario"], facts["limiter_tokens"]) == (it.token, scenario, THREAD_LIMIT)
    assert facts["loop_class"] == "uvloop.Loop"
    assert facts["http_parser"] == "httptools"
    assert [worker["pid"] for worker in facts["workers"]] == [facts["pid"]]


@pytest.mark.parametrize(
    ("style", "concurrency", "least_s", "peak"),
    [
        ("def", 7, 0.3, THREAD_LIMIT),
        ("async-threadpool", 7, 0.3, THREAD_LIMIT),
        ("async", 7, 0.1, 7),
        ("async-blocking", 3, 0.3, 1),
        ("async-to-thread", 4, 0.1, 4),
    ],
)
def test_a_style_of_sleep_shares_what_it_is_said_to_share(
    style: str, concurrency: int, least_s: float, peak: int, load: Clients, tmp_path: Path
) -> None:
    launch = a_launch(thread_limit=THREAD_LIMIT)
    with running(launch, tmp_path) as (it, _):
        sample = measure_window(WindowKey(1, 1, 0), a_plan(cell(style, concurrency, launch)), it, load)

    assert sample.requests is not None
    assert sample.duration_s is not None
    assert sample.duration_s >= least_s - 0.001
    assert max(sample.requests.running) == peak


def test_a_limit_left_unset_is_anyios_own(tmp_path: Path) -> None:
    with running(a_launch(thread_limit="default"), tmp_path) as (_, in_force):
        assert in_force.limiter_tokens == 40
