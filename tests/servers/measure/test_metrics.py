"""What servers are compared by besides time is measured on real ones, and lies where it can."""

from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from harness.measure import run, watch
from harness.measure.process import group_members
from harness.measure.stop import Stop
from harness.model import journal
from harness.model.metrics import METRICS
from harness.model.plan import Pair
from tests.builders.executors import CLOSED_LOOP
from tests.builders.journals import analyse, cell
from tests.builders.launches import a_launch, a_plan, as_planned, running


@pytest.mark.alone
def test_a_block_has_a_plausible_figure_of_every_metric(tmp_path: Path) -> None:
    servers = [a_launch(server, scenario="noop") for server in ("granian", "uvicorn")]
    plan = a_plan(*(cell("async", 8, launch, executor=CLOSED_LOOP) for launch in servers))
    plan = replace(plan, comparisons=tuple(Pair(0, 1, metric) for metric in METRICS))
    folder = tmp_path / "run"
    folder.mkdir()
    run.begin(plan, folder, as_planned(plan), Stop(), lambda _: None)

    found = analyse(journal.read(journal.find(folder)))

    ratios = {one.metric: one.ratio for one in found.comparisons if one.ratio is not None}
    assert ratios.keys() == METRICS.keys()
    assert all(0.02 < ratio < 50 for ratio in ratios.values()), ratios
    for one, launch in zip(found.cells, found.launches, strict=True):
        assert one.server is not None
        assert one.server.cpu_us_per_request is not None
        assert 5 < one.server.cpu_us_per_request < 50_000
        assert 10 < one.server.peak_memory_mb < 1_000
        assert launch.ready_s is not None
        assert 0.05 < launch.ready_s < 60


def test_pages_that_the_workers_of_a_server_share_count_once(tmp_path: Path) -> None:
    # gunicorn forks its workers, so they share the pages of what was imported before.
    with running(a_launch("gunicorn", workers=2), tmp_path) as (server, _):
        pids = group_members(server.process.pid)
        shared_mb = sum(map(watch.read_pss_mb, pids))
        resident_mb = sum(psutil.Process(pid).memory_info().rss for pid in pids) / watch.MB

    assert len(pids) >= 3
    assert 10 < shared_mb < resident_mb


def test_a_process_that_is_gone_has_no_memory() -> None:
    assert watch.read_pss_mb(2**22 + 1) == 0.0
