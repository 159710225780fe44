"""One contract, kept by every server on every loop and number of workers that it claims."""

from pathlib import Path

import pytest

from harness.matrix.catalog import server_catalog
from harness.measure.load import Clients
from harness.measure.process import group_members, wait_until_port_is_free
from harness.measure.readiness import fetch_facts
from harness.measure.stop import Stop
from harness.measure.window import WindowKey, measure_window
from tests.builders.journals import cell
from tests.builders.launches import a_launch, a_plan, running

THREAD_LIMIT = 3
CLAIMS = [
    pytest.param(name, loop, workers, id=f"{name}-{loop}-{workers}")
    for name, server in server_catalog().items()
    for loop in server.loops
    for workers in (1, 2)
    if server.refusal(workers, loop) is None
]


@pytest.mark.parametrize(("name", "loop", "workers"), CLAIMS)
def test_a_server_runs_as_told_and_leaves_nothing_behind(
    name: str, loop: str, workers: int, load: Clients, tmp_path: Path
) -> None:
    launch = a_launch(name, THREAD_LIMIT, workers, loop)
    # Enough that more than the limit reach each worker, even where connections are spread unevenly.
    burst = cell("def", 10 * workers, launch)
    with running(launch, tmp_path) as (server, in_force):
        assert (in_force.loop, in_force.workers, in_force.limiter_tokens) == (loop, workers, THREAD_LIMIT)
        assert in_force.http_parser in server_catalog()[name].parsers.values()
        assert in_force.versions[server_catalog()[name].distribution]
        assert len(set(server.pids)) == workers
        assert fetch_facts(server.port)["lifespan"] == server_catalog()[name].lifespan

        sample = measure_window(WindowKey(1, 1, 0), a_plan(burst), server, load)

        assert (sample.status, sample.reason) == ("ok", None)
        assert sample.outcomes == {"ok": burst.concurrency}
        assert sample.requests is not None
        assert max(sample.requests.running) == THREAD_LIMIT
        assert group_members(server.process.pid)
    assert group_members(server.process.pid) == []
    assert wait_until_port_is_free(server.port, 0, Stop())
    assert server.ended is not None
    assert not server.ended.killed
    assert "/def" not in server.log.read_text(), "an access log is on"


@pytest.mark.parametrize("name", list(server_catalog()))
def test_what_a_server_claims_it_cannot_do_has_a_reason(name: str) -> None:
    server = server_catalog()[name]

    assert server.refusal(1, "no-such-loop") == (
        f"{name} has no no-such-loop loop; it can run {' or '.join(server.loops)}"
    )
    assert (server.refusal(2, server.loops[0]) is None) == server.many_workers
