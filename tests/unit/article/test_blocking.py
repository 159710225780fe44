"""Claims 6 and 7: what blocking inside `async def` does to everybody else."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.model.journal import Window
from harness.model.plan import Cell, Plan
from tests.builders.journals import LAUNCH, SampleOf, cell
from tests.unit.article.obedient import (
    CLIENT_BOUND,
    FEW,
    Took,
    as_modelled,
    bursts,
    cells,
    checked,
    claim,
    client_bound,
    everything,
    seen,
    six,
    verdict,
)

TEN = six(*cells(("async", "async-blocking"), (1, 2, 10)))
TWO_WORKERS = six(*cells(("async-blocking",), (10,), replace(LAUNCH, workers=2)))
TAKES_CHECKS = "it takes bursts of two requests or more of `async-blocking`, with a health check answered meanwhile"
TAKES_BLOCKING = "it takes bursts of two requests or more of `async-blocking`"


def waiting(blocked_s: float, free_s: float = 0.002) -> Took:
    """So long a slowest health check while the loop was blocked, and while it was not; a little more every block."""
    return lambda cell, block: (blocked_s if cell.style == "async-blocking" else free_s) * (1 + block / 1000)


def monitored(some: Plan, slowest_s: Took) -> SampleOf:
    return checked(bursts(some), some, slowest_s)


def test_a_health_check_that_waits_for_more_than_an_execution_is_another_route_that_is_blocked(tmp_path: Path) -> None:
    found = claim(6, tmp_path, TEN, monitored(TEN, waiting(0.975)))

    seen = (
        "while 10 requests blocked the loop, the slowest health check on another `async def` route took 0.978 s, "
        "which is 9.78 times the delay (9.76 to 9.81); while `async` worked, 0.02 times"
    )
    assert verdict(found) == ("refuted", None)
    assert everything(found) == [
        (
            LAUNCH,
            "engine",
            "refuted",
            None,
            seen,
            {
                "at_once": 10,
                "blocks": 6,
                "ratio": pytest.approx(9.784, abs=1e-3),
                "low": pytest.approx(9.76, abs=1e-2),
                "high": pytest.approx(9.81, abs=1e-2),
                "slowest_check_ms": pytest.approx(978.4, abs=0.1),
                "ratio_while_async": pytest.approx(0.0201, abs=1e-4),
            },
        )
    ]


def test_health_checks_that_wait_for_nobody_leave_it_to_the_endpoint(tmp_path: Path) -> None:
    assert verdict(claim(6, tmp_path, TEN, monitored(TEN, waiting(0.002, free_s=0.975)))) == ("confirmed", None)


def test_health_checks_that_wait_for_a_part_of_an_execution_settle_nothing(tmp_path: Path) -> None:
    found = claim(6, tmp_path, TEN, monitored(TEN, waiting(0.05)))
    assert verdict(found) == ("not tested", "the health checks waited, but for less than a whole execution")


def test_health_checks_that_wait_now_and_then_settle_nothing(tmp_path: Path) -> None:
    def now_and_then(cell: Cell, block: int) -> float:
        return waiting(0.5 if block % 2 else 0.01)(cell, block)

    assert verdict(claim(6, tmp_path, TEN, monitored(TEN, now_and_then))) == (
        "not tested",
        "the interval lies on both sides of 1",
    )


@pytest.mark.parametrize(
    ("blocked_s", "answer", "reason"),
    [(0.4, "refuted", None), (0.002, "not tested", "another worker may have answered the health checks")],
)
def test_with_several_workers_only_a_check_that_waits_says_something(
    tmp_path: Path, blocked_s: float, answer: str, reason: str | None
) -> None:
    found = claim(6, tmp_path, TWO_WORKERS, monitored(TWO_WORKERS, waiting(blocked_s)))

    assert verdict(found) == (answer, reason)
    assert found.evidence[0].figures["ratio_while_async"] is None
    assert seen(found)[0].endswith(")")


@pytest.mark.parametrize(("fewer", "most", "ratio"), [(1, 5, 0.05), (10, 20, 0.1)])
def test_async_is_held_against_it_with_as_many_requests_or_else_with_its_most(
    tmp_path: Path, fewer: int, most: int, ratio: float
) -> None:
    uneven = six(cell("async", fewer), cell("async", most), cell("async-blocking", 10))

    def slowest_s(cell: Cell, block: int) -> float:
        return waiting(0.975, free_s=0.001 * cell.concurrency)(cell, block)

    found = claim(6, tmp_path, uneven, monitored(uneven, slowest_s))
    assert found.evidence[0].figures["ratio_while_async"] == pytest.approx(ratio, abs=1e-3)


def test_five_blocks_settle_nothing(tmp_path: Path) -> None:
    five = replace(TEN, blocks=5, min_blocks=5)
    assert verdict(claim(6, tmp_path, five, monitored(five, waiting(0.975)))) == ("not tested", FEW)
    assert verdict(claim(7, tmp_path, five, bursts(five))) == ("not tested", FEW)


@pytest.mark.parametrize("number", [6, 7])
def test_what_is_the_clients_settles_nothing(tmp_path: Path, number: int) -> None:
    sample_of = client_bound(monitored(TEN, waiting(0.975)), place=5)
    assert verdict(claim(number, tmp_path, TEN, sample_of)) == ("not tested", CLIENT_BOUND)


@pytest.mark.parametrize(("number", "reason"), [(6, TAKES_CHECKS), (7, TAKES_BLOCKING)])
@pytest.mark.parametrize(
    "without", [cells(("async", "def"), (1, 10)), cells(("async-blocking",), (1,)), cells(("async-blocking",), (2,))]
)
def test_it_takes_two_requests_on_one_worker(tmp_path: Path, without: list[Cell], number: int, reason: str) -> None:
    some = six(*(replace(each, launch=replace(each.launch, workers=2)) for each in without))
    assert verdict(claim(number, tmp_path, some, monitored(some, waiting(0.9)))) == ("not tested", reason)


def test_it_takes_a_health_check_that_was_answered(tmp_path: Path) -> None:
    def unanswered(block: int, launch: int, place: int) -> Window:
        sample = monitored(TEN, waiting(0.975))(block, launch, place)
        assert sample.health is not None
        return replace(sample, health=replace(sample.health, async_us=[], unanswered=3))

    assert verdict(claim(6, tmp_path, TEN, unanswered)) == ("not tested", TAKES_CHECKS)
    assert verdict(claim(6, tmp_path, TEN, bursts(TEN))) == ("not tested", TAKES_CHECKS)


def test_one_after_the_other_takes_the_delay_for_each(tmp_path: Path) -> None:
    found = claim(7, tmp_path, TEN, bursts(TEN))

    seen = (
        "10 concurrent requests took 1.00 times what they take one after the other (1.00 to 1.01), with at most 1 "
        "running concurrently"
    )
    assert verdict(found) == ("confirmed", None)
    assert everything(found) == [
        (
            LAUNCH,
            "engine",
            "confirmed",
            None,
            seen,
            {
                "at_once": 10,
                "blocks": 6,
                "ratio": pytest.approx(1.0045, abs=1e-4),
                "low": pytest.approx(1.002, abs=1e-4),
                "high": pytest.approx(1.007, abs=1e-4),
                "peak_handlers": 1,
            },
        )
    ]


def test_those_of_the_busiest_worker_are_what_takes_time(tmp_path: Path) -> None:
    halved = bursts(TWO_WORKERS, lambda cell, block: as_modelled(cell, block) / 2)
    found = claim(7, tmp_path, TWO_WORKERS, halved)

    assert verdict(found) == ("confirmed", None)
    assert "what those of the busiest worker take one after the other" in seen(found)[0]


def at(times: float) -> Callable[[Cell, int], float]:
    return lambda cell, block: as_modelled(cell, block) * times


@pytest.mark.parametrize(
    ("times", "answer", "reason"),
    [
        (0.5, "refuted", None),
        (1.2, "confirmed", None),
        (0.85, "confirmed", None),
        (1.4, "not tested", "it took more than 1.25 times as long, so something else took time, too"),
    ],
)
def test_faster_than_one_after_the_other_is_not_one_at_a_time(
    tmp_path: Path, times: float, answer: str, reason: str | None
) -> None:
    assert verdict(claim(7, tmp_path, TEN, bursts(TEN, at(times)))) == (answer, reason)


@pytest.mark.parametrize(("first", "second", "bound"), [(1.0, 1.4, "1.25"), (1.0, 0.5, "0.8")])
def test_now_and_then_settles_nothing(tmp_path: Path, first: float, second: float, bound: str) -> None:
    def now_and_then(cell: Cell, block: int) -> float:
        return at(first if block % 2 else second)(cell, block)

    assert verdict(claim(7, tmp_path, TEN, bursts(TEN, now_and_then))) == (
        "not tested",
        f"the interval lies on both sides of {bound}",
    )


def test_two_handlers_at_once_are_a_fact_after_one_block(tmp_path: Path) -> None:
    once = replace(TEN, blocks=1, min_blocks=1)

    def two_at_once(block: int, launch: int, place: int) -> Window:
        sample = bursts(once)(block, launch, place)
        assert sample.requests is not None
        return replace(sample, requests=replace(sample.requests, running=[2] * len(sample.requests.running)))

    assert verdict(claim(7, tmp_path, once, two_at_once)) == ("refuted", None)
