"""The scenario of the stall between threads and connections: when it comes about, and what mends it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.measure.load import Clients
from harness.model.journal import Requests, Window
from tests.servers.scenarios.served import burst, launch_of, serving

REQUESTS, THREADS, POOL = 10, 3, 2
SOON_S, NEVER_S = 0.5, 60.0

Try = Callable[[str, int, int, float], Window]
"""What a burst of so many requests of a style gives over a pool of a size, which is waited for so long."""


@pytest.fixture
def tried(postgres_url: str, tmp_path: Path, load: Clients) -> Try:
    def tried(style: str, requests: int, pool: int, timeout_s: float) -> Window:
        launch = launch_of("pool-deadlock", THREADS, pool, delay_s=0.1, pool_timeout=timeout_s)
        with serving(launch, (style,), postgres_url, tmp_path) as server:
            return burst(launch, style, requests, server, load)

    return tried


def gave_up(sample: Window) -> int:
    """How many gave up; all others got a good answer."""
    assert (sample.status, sample.reason) == ("ok", None)
    assert sample.outcomes is not None
    assert set(sample.outcomes) <= {"ok", "gave_up"}
    return sample.outcomes.get("gave_up", 0)


def waits_of_those_who_gave_up(requests: Requests) -> list[int]:
    assert requests.gave_up is not None
    columns = zip(requests.entered_us, requests.started_us, requests.gave_up, strict=True)
    return [started_us - entered_us for entered_us, started_us, given_up in columns if given_up]


def test_a_dependency_that_holds_a_connection_stalls_until_the_pool_gives_up(tried: Try) -> None:
    sample = tried("def", REQUESTS, POOL, SOON_S)

    assert gave_up(sample) > 0
    assert sample.requests is not None
    waits = waits_of_those_who_gave_up(sample.requests)
    assert len(waits) == gave_up(sample)
    assert min(waits) >= SOON_S * 1e6


@pytest.mark.parametrize("style", ["def-inside", "def-max-concurrency", "async"])
def test_mended_nobody_gives_up(style: str, tried: Try) -> None:
    assert gave_up(tried(style, REQUESTS, POOL, NEVER_S)) == 0


def test_more_connections_than_requests_that_find_no_thread_mend_it(tried: Try) -> None:
    assert gave_up(tried("def", REQUESTS, REQUESTS - THREADS + 1, NEVER_S)) == 0


def test_as_many_connections_as_threads_only_move_it_to_more_requests_at_once(tried: Try) -> None:
    assert gave_up(tried("def", 2 * THREADS - 1, THREADS, NEVER_S)) == 0
    assert gave_up(tried("def", 6 * THREADS, THREADS, SOON_S)) > 0
