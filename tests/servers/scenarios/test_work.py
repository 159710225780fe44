"""That the experiment of each scenario shows what it is said to show: who waits for whom, in counts and in orders."""

import hashlib
import time
from dataclasses import replace
from pathlib import Path

import pytest

from harness.measure.client.job import RequestSpec
from harness.measure.load import Clients
from harness.measure.window import WindowKey, measure_window
from harness.model.journal import Requests
from harness.model.plan import Launch
from scenarios.inside.launched import QUIET_PATH
from tests.builders.journals import cell
from tests.builders.launches import a_launch, a_plan, running
from tests.servers.scenarios.asking import answer

THREAD_LIMIT = 3
DELAY_US = 300_000
"""So long that a machine that does much else changes no order."""

EARLY_US = 1_000
"""By so much a sleep may end too early."""


def launch_of(scenario: str) -> Launch:
    return replace(a_launch(thread_limit=THREAD_LIMIT, scenario=scenario), delay_s=DELAY_US / 1e6)


@pytest.fixture
def requests(load: Clients, tmp_path: Path) -> "Burst":
    """A burst of so many requests to a style of a scenario on a fresh server."""
    return Burst(load, tmp_path)


class Burst:
    def __init__(self, load: Clients, folder: Path) -> None:
        self._load = load
        self._folder = folder

    def __call__(self, scenario: str, style: str, concurrency: int) -> Requests:
        with running(launch_of(scenario), self._folder) as (server, _):
            sample = measure_window(
                WindowKey(1, 1, 0), a_plan(cell(style, concurrency, launch_of(scenario))), server, self._load
            )
        assert (sample.status, sample.reason) == ("ok", None)
        assert sample.requests is not None
        return sample.requests


@pytest.mark.parametrize(
    ("scenario", "style"), [("validated", "def-annotated"), ("dependency", "def")], ids=lambda name: name
)
def test_who_queues_for_a_second_thread_is_not_answered_before_the_last_wave_has_begun(
    scenario: str, style: str, requests: Burst
) -> None:
    seen = requests(scenario, style, 3 * THREAD_LIMIT)

    assert max(seen.running) == THREAD_LIMIT
    assert min(seen.answered_us) > max(seen.started_us)


@pytest.mark.parametrize(
    ("scenario", "style"), [("validated", "def"), ("dependency", "async-def-dependency")], ids=lambda name: name
)
def test_who_queues_for_one_thread_is_answered_wave_by_wave(scenario: str, style: str, requests: Burst) -> None:
    seen = requests(scenario, style, 3 * THREAD_LIMIT)

    assert max(seen.running) == THREAD_LIMIT
    assert min(seen.answered_us) < max(seen.started_us)


@pytest.mark.parametrize(
    ("scenario", "style"), [("validated", "async-annotated"), ("dependency", "async"), ("stream", "async")]
)
def test_who_awaits_waits_together_with_all_others(scenario: str, style: str, requests: Burst) -> None:
    assert max(requests(scenario, style, 3 * THREAD_LIMIT).running) == 3 * THREAD_LIMIT


@pytest.mark.parametrize("style", ["def", "async-sync-iterator"])
def test_sync_streams_take_turns_and_end_together(style: str, requests: Burst) -> None:
    seen = requests("stream", style, 3 * THREAD_LIMIT)

    assert max(seen.running) == 3 * THREAD_LIMIT
    assert min(seen.ended_us) > max(seen.started_us)
    assert max(seen.ended_us) - min(seen.started_us) >= 3 * DELAY_US


def test_an_endpoint_without_work_waits_for_the_threads_of_sync_background_tasks(requests: Burst) -> None:
    seen = requests("background", "def", 20)

    assert seen.classes == ["leaves-task", "zero-work"]
    assert seen.of_class is not None
    waited_us = [started - entered for started, entered in zip(seen.started_us, seen.entered_us, strict=True)]
    last_without_work = max(us for us, number in zip(waited_us, seen.of_class, strict=True) if number == 1)
    last_with_task = max(us for us, number in zip(seen.answered_us, seen.of_class, strict=True) if number == 0)
    # The last of twenty requests is behind eighteen tasks, which take three threads six turns: of two it may be sure.
    assert last_without_work >= 2 * DELAY_US - EARLY_US
    assert last_with_task < last_without_work


def test_what_is_measured_next_begins_when_the_background_tasks_are_over(tmp_path: Path) -> None:
    with running(launch_of("background"), tmp_path) as (server, _):
        for style in ("def", "async"):
            left = answer(server, RequestSpec(f"/{style}/leaves-task"))
            answer(server, RequestSpec(QUIET_PATH))
            assert time.monotonic_ns() - left.evidence["ended_ns"] >= (DELAY_US - EARLY_US) * 1000


def test_a_slow_request_that_blocks_the_loop_lets_none_start_beside_it(requests: Burst) -> None:
    seen = requests("mixed", "async-blocking", 20)

    assert seen.classes == ["slow", "fast"]
    assert seen.of_class is not None
    assert sorted(seen.of_class) == [0] * 2 + [1] * 18
    assert max(seen.running) == 1
    assert max(seen.ended_us) - min(seen.started_us) >= 2 * DELAY_US - EARLY_US


@pytest.mark.parametrize("style", ["def", "async"])
def test_a_slow_request_that_does_not_block_the_loop_lets_the_fast_ones_pass(style: str, requests: Burst) -> None:
    seen = requests("mixed", style, 20)

    assert seen.of_class is not None
    fast_us = [us for us, number in zip(seen.ended_us, seen.of_class, strict=True) if number == 1]
    slow_us = [us for us, number in zip(seen.ended_us, seen.of_class, strict=True) if number == 0]
    assert min(fast_us) < min(slow_us)


def test_the_work_of_cpu_is_the_same_in_every_style_and_really_done(tmp_path: Path) -> None:
    launches = {name: a_launch(scenario=name) for name in ("cpu", "cpu-hash")}
    counted = 0
    for number in range(int(dict(launches["cpu"].parameters)["rounds"])):
        counted = (counted * 31 + number) % 1_000_003
    buffer = bytes(int(dict(launches["cpu-hash"].parameters)["buffer_size"]))

    said = {}
    for name, launch in launches.items():
        with running(launch, tmp_path) as (server, _):
            said[name] = [answer(server, RequestSpec(f"/{style}")).evidence["checksum"] for style in ("def", "async")]

    assert said == {"cpu": [counted] * 2, "cpu-hash": [hashlib.sha256(buffer).hexdigest()] * 2}


def test_a_file_is_the_same_from_disk_and_from_memory(tmp_path: Path) -> None:
    launch = a_launch(scenario="files")
    with running(launch, tmp_path) as (server, _):
        bodies = [answer(server, RequestSpec(f"/{style}")).body for style in ("def", "async", "async-memory")]

    assert bodies == [bytes(int(dict(launch.parameters)["file_size"]))] * 3


def test_a_stream_has_its_chunks_and_then_its_evidence(tmp_path: Path) -> None:
    launch = a_launch(scenario="stream")
    chunks = int(dict(launch.parameters)["chunks"])
    with running(launch, tmp_path) as (server, _):
        for style in ("def", "async", "async-sync-iterator"):
            lines = answer(server, RequestSpec(f"/{style}")).body.splitlines()

            assert lines[:-1] == [f'{{"chunk": {number}}}'.encode() for number in range(1, chunks)]
