"""Claims 1 to 3: how long `def` and `async` take with more and more requests at once."""

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.model.journal import Window
from harness.model.plan import Cell, Pair
from tests.builders.executors import CLOSED_LOOP
from tests.builders.journals import LAUNCH, cell, plan, window
from tests.unit.article.obedient import (
    CLIENT_BOUND,
    CONTROL_DIFFERS,
    FEW,
    OPEN,
    Took,
    as_modelled,
    bursts,
    cells,
    claim,
    client_bound,
    everything,
    reason,
    seen,
    six,
    verdict,
)

SWEEP = six(*cells(("def", "async"), (20, 40, 41, 80, 81)))
NOOP = replace(LAUNCH, scenario="noop", delay_s=None)
NOTHING_TO_DO = six(*cells(("def", "async"), (10, 40, 41), NOOP))
TWO_WORKERS = replace(LAUNCH, workers=2)


def slower(style: str, times: float, *concurrencies: int) -> Took:
    """As modelled, but for one style, which takes so many times as long at some concurrencies."""
    return lambda cell, block: (
        as_modelled(cell, block) * (times if cell.style == style and cell.concurrency in concurrencies else 1)
    )


def noop(in_def_s: float) -> Took:
    """A microsecond a request of `async`, a little more in every block."""
    return lambda cell, block: (in_def_s if cell.style == "def" else 0.001) * (1 + block / 100)


def test_def_that_keeps_up_while_there_are_threads_takes_the_same_time(tmp_path: Path) -> None:
    found = claim(1, tmp_path, SWEEP, bursts(SWEEP, slower("def", 1.1, 40)))

    assert verdict(found) == ("confirmed", None)
    assert everything(found) == [
        (
            LAUNCH,
            "engine",
            "confirmed",
            None,
            "with 40 concurrent requests on 40 threads, `def` took 1.10 times as long as `async` (1.10 to 1.10)",
            {
                "executor": "burst",
                "at_once": 40,
                "threads": 40,
                "blocks": 6,
                "ratio": pytest.approx(1.1),
                "low": pytest.approx(1.1),
                "high": pytest.approx(1.1),
                "knee_low": 40,
                "knee_high": 41,
            },
        )
    ]


@pytest.mark.parametrize("concurrencies", [(20, 40), (20,)])
def test_def_that_falls_behind_while_there_are_threads_does_not(tmp_path: Path, concurrencies: tuple[int, ...]) -> None:
    found = claim(1, tmp_path, SWEEP, bursts(SWEEP, slower("def", 1.4, *concurrencies)))

    assert verdict(found) == ("refuted", None)
    assert seen(found)[0] == (
        "with 20 concurrent requests on 40 threads, `def` took 1.40 times as long as `async` (1.40 to 1.40)"
    )
    assert found.evidence[0].figures["knee_high"] == 20


def test_it_is_def_and_not_async_that_may_not_fall_behind(tmp_path: Path) -> None:
    assert verdict(claim(1, tmp_path, SWEEP, bursts(SWEEP, slower("async", 1.4, 20, 40)))) == ("confirmed", None)


@pytest.mark.parametrize("often", [2, 3])
def test_what_is_left_open_at_the_most_requests_with_a_thread_each_is_not_tested(tmp_path: Path, often: int) -> None:
    def now_and_then(cell: Cell, block: int) -> float:
        return slower("def", 1.4 if block % often else 1.0, 40)(cell, block)

    assert verdict(claim(1, tmp_path, SWEEP, bursts(SWEEP, now_and_then))) == ("not tested", OPEN)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_five_blocks_settle_nothing(tmp_path: Path, number: int) -> None:
    five = replace(SWEEP, blocks=5, min_blocks=5)
    found = claim(number, tmp_path, five, bursts(five))

    assert verdict(found) == ("not tested", FEW)
    assert found.evidence[0].figures["blocks"] == 5
    assert " to " not in seen(found)[0]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_six_blocks_settle_nothing_where_each_of_them_decided_whether_to_go_on(tmp_path: Path, number: int) -> None:
    sequential = replace(SWEEP, min_blocks=2)
    few = "6 blocks, and an interval takes 7"
    assert verdict(claim(number, tmp_path, sequential, bursts(sequential))) == ("not tested", few)


@pytest.mark.parametrize(("number", "place"), [(1, 1), (1, 6), (2, 6), (2, 9), (3, 1), (3, 4)], ids=str)
def test_what_is_the_clients_settles_nothing(tmp_path: Path, number: int, place: int) -> None:
    assert verdict(claim(number, tmp_path, SWEEP, client_bound(bursts(SWEEP), place))) == (
        "not tested",
        CLIENT_BOUND,
    )


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_client_that_is_bound_elsewhere_has_no_part_in_it(tmp_path: Path, number: int) -> None:
    assert claim(number, tmp_path, SWEEP, client_bound(bursts(SWEEP), place=0)).verdict != "not tested"


@pytest.mark.parametrize(
    ("in_def_s", "answer"), [(0.00103, "confirmed"), (0.00098, "confirmed"), (0.0013, "refuted"), (0.0008, "refuted")]
)
def test_without_work_the_same_is_what_lies_within_the_practical_difference(
    tmp_path: Path, in_def_s: float, answer: str
) -> None:
    found = claim(1, tmp_path, NOTHING_TO_DO, bursts(NOTHING_TO_DO, noop(in_def_s)))

    assert verdict(found) == (answer, None)
    assert [(each.figures["at_once"], each.figures["knee_low"]) for each in found.evidence] == [(40, None)]
    assert found.evidence[0].figures["ratio"] == pytest.approx(in_def_s / 0.001)


def test_without_work_an_interval_on_both_sides_of_the_practical_difference_settles_nothing(tmp_path: Path) -> None:
    def now_and_then(cell: Cell, block: int) -> float:
        return noop(0.0013 if block % 2 else 0.001)(cell, block)

    found = claim(1, tmp_path, NOTHING_TO_DO, bursts(NOTHING_TO_DO, now_and_then))
    reason = "the interval lies neither within the practical difference of 5% nor beyond it"
    assert verdict(found) == ("not tested", reason)


def test_without_work_all_servers_share_what_may_be_missed(tmp_path: Path) -> None:
    """Seven servers: each interval may miss one time in 140, so six blocks are too few, and nine are enough."""
    launches = [replace(NOOP, server=f"server {number}") for number in range(7)]
    seven = six(*cells(("def", "async"), (40,), *launches), *cells(("def", "async"), (40,)))

    few = claim(1, tmp_path, seven, bursts(seven, noop(0.0013)))
    enough = replace(seven, blocks=9, min_blocks=9)
    many = claim(1, tmp_path, enough, bursts(enough, noop(0.0013)))

    too_few = "6 blocks, and an interval takes 9"
    assert [reason(each) for each in few.evidence] == [*[too_few] * 7, None]
    assert [each.verdict for each in many.evidence] == [*["refuted"] * 7, "refuted"]


def test_without_work_five_blocks_settle_nothing(tmp_path: Path) -> None:
    five = replace(NOTHING_TO_DO, blocks=5, min_blocks=5)
    assert verdict(claim(1, tmp_path, five, bursts(five, noop(0.002)))) == ("not tested", FEW)


def test_a_control_that_differs_from_itself_keeps_small_differences_from_being_told(tmp_path: Path) -> None:
    again = replace(NOOP, server="uvicorn (again)")
    both = six(*cells(("def", "async"), (40,), NOOP, again))
    controlled = replace(both, controls=(Pair(2, 0), Pair(3, 1)))

    def drifting(cell: Cell, block: int) -> float:
        return noop(0.002)(cell, block) * (1.2 if cell.launch == again else 1.0)

    found = claim(1, tmp_path, controlled, bursts(controlled, drifting))

    assert verdict(found) == ("not tested", CONTROL_DIFFERS)
    assert [each.cell.launch for each in found.evidence] == [NOOP]


@pytest.mark.parametrize(("at_once", "answer"), [(40, "refuted"), (41, "not tested")])
def test_a_closed_loop_of_no_work_tells_as_long_as_one_worker_could_hold_it_all(
    tmp_path: Path, at_once: int, answer: str
) -> None:
    loops = six(*(replace(each, executor=CLOSED_LOOP) for each in cells(("def", "async"), (at_once,), NOOP)))

    def sample(block: int, launch: int, place: int) -> Window:
        return window(block, launch, place, answered=400 - 100 * (place == 0), per_process=[400])

    found = claim(1, tmp_path, loops, sample)

    assert found.verdict == answer
    told = ["with 40 connections on 40 threads, `def` took 1.33 times as long as `async` (1.33 to 1.33)"]
    assert seen(found) == (told if answer == "refuted" else [])


def test_a_closed_loop_of_work_has_no_knee_to_tell_by(tmp_path: Path) -> None:
    loops = six(*(replace(each, executor=CLOSED_LOOP) for each in cells(("def", "async"), (40,))))

    assert claim(1, tmp_path, loops, window).evidence == ()


def test_threads_are_those_of_the_busiest_worker(tmp_path: Path) -> None:
    uneven = six(*cells(("def", "async"), (40, 60, 80), TWO_WORKERS))

    def all_but_ten_on_one(cell: Cell) -> tuple[int, ...]:
        return (0,) * (cell.concurrency - 10) + (1,) * 10

    def took_s(cell: Cell, _block: int) -> float:
        return 0.1 * (math.ceil((cell.concurrency - 10) / 40) if cell.style == "def" else 1)

    found = claim(1, tmp_path, uneven, bursts(uneven, took_s, all_but_ten_on_one))

    # 80 threads in all, and yet 60 requests are more than there are threads for: 50 of them came to one worker.
    assert verdict(found) == ("confirmed", None)
    assert seen(found)[0].startswith("with 40 concurrent requests on 2 x 40 threads, `def` took 1.00 times")


def test_async_that_takes_hardly_longer_stays_flat(tmp_path: Path) -> None:
    found = claim(2, tmp_path, SWEEP, bursts(SWEEP))

    assert verdict(found) == ("confirmed", None)
    seen = (
        "on 40 threads, `async` took 1.04 times as long with 81 concurrent requests as with 40 (1.04 to 1.04): "
        "0.10 ms for each further request"
    )
    assert everything(found) == [
        (
            LAUNCH,
            "engine",
            "confirmed",
            None,
            seen,
            {
                "at_once": 81,
                "against": 40,
                "threads": 40,
                "blocks": 6,
                "ratio": pytest.approx(1.0394, abs=1e-4),
                "low": pytest.approx(1.0394, abs=1e-4),
                "high": pytest.approx(1.0394, abs=1e-4),
                "each_further_ms": pytest.approx(0.10035),
            },
        )
    ]


def test_async_that_takes_longer_with_more_requests_does_not_stay_flat(tmp_path: Path) -> None:
    found = claim(2, tmp_path, SWEEP, bursts(SWEEP, slower("async", 1.3, 80, 81)))

    assert verdict(found) == ("refuted", None)
    assert found.evidence[0].figures["each_further_ms"] == pytest.approx(0.894, abs=1e-3)


def test_it_is_async_and_not_def_that_is_to_stay_flat(tmp_path: Path) -> None:
    assert verdict(claim(2, tmp_path, SWEEP, bursts(SWEEP, slower("def", 9.0, 80, 81)))) == ("confirmed", None)


def test_async_that_is_flat_now_and_then_is_not_tested(tmp_path: Path) -> None:
    def now_and_then(cell: Cell, block: int) -> float:
        return slower("async", 1.4 if block % 2 else 1.0, 81)(cell, block)

    assert verdict(claim(2, tmp_path, SWEEP, bursts(SWEEP, now_and_then))) == ("not tested", OPEN)


@pytest.mark.parametrize(
    "without",
    [
        cells(("async",), (40, 79)),
        cells(("async",), (80, 81)),
        cells(("async",), (20, 40)),
        cells(("def",), (20, 40, 80)),
        cells(("async",), (20, 40, 80), NOOP),
    ],
)
def test_flat_takes_twice_the_requests_and_work_that_waits(tmp_path: Path, without: list[Cell]) -> None:
    some = six(*without)
    found = claim(2, tmp_path, some, bursts(some))

    assert found.evidence == ()
    assert verdict(found) == (
        "not tested",
        "it takes bursts of `async` that have a model, with a thread for each request and with twice as many requests",
    )


def test_def_goes_up_a_staircase(tmp_path: Path) -> None:
    found = claim(3, tmp_path, SWEEP, bursts(SWEEP))

    assert verdict(found) == ("refuted", None)
    (evidence,) = found.evidence
    assert re.fullmatch(
        r"a line is \d+\.\d\d times as far off as a staircase \(.*\): 24\.9% against 0\.1%, "
        r"with steps of 40 where the limit in force is 40",
        seen(found)[0],
    )
    assert [evidence.figures[key] for key in ("limiter_tokens", "threads_low", "threads_high")] == [40, 40, 40]
    assert float(evidence.figures["low"] or 0) > 1


def on_a_line(cell: Cell, block: int) -> float:
    """Flat while there are threads, then a little more for each request: what the article says of `def`."""
    return 0.1 * max(1.0, cell.concurrency / 40) * (1 + block / 1000)


def test_def_that_goes_up_a_line_is_believed(tmp_path: Path) -> None:
    found = claim(3, tmp_path, SWEEP, bursts(SWEEP, on_a_line))

    assert verdict(found) == ("confirmed", None)
    assert float(found.evidence[0].figures["high"] or 0) < 1


def test_at_multiples_of_the_limit_a_line_and_a_staircase_are_the_same(tmp_path: Path) -> None:
    articles = six(*cells(("def", "async"), (20, 40, 80, 120, 160)))

    assert verdict(claim(3, tmp_path, articles, bursts(articles))) == (
        "not tested",
        "these numbers of requests lie on a line and on a staircase alike",
    )


def test_a_staircase_of_another_limit_refutes_nothing(tmp_path: Path) -> None:
    def in_thirties(cell: Cell, block: int) -> float:
        return 0.1 * math.ceil(cell.concurrency / 30) * (1 + block / 1000)

    found = claim(3, tmp_path, SWEEP, bursts(SWEEP, in_thirties))

    assert verdict(found) == (
        "not tested",
        "a staircase fits better than a line, but not that of the limit in force",
    )
    assert seen(found)[0].endswith("with steps of 27 to 39 where the limit in force is 40")


@pytest.mark.parametrize(
    "without",
    [
        cells(("def",), (10, 20, 30, 40, 41, 80)),
        cells(("async",), (20, 40, 41, 80, 81)),
        cells(("def",), (20, 40, 41, 80, 81), NOOP),
        cells(("def",), (20, 40, 41, 80, 81), replace(LAUNCH, scenario="gone")),
    ],
)
def test_a_line_takes_four_numbers_of_requests_from_the_limit_on(tmp_path: Path, without: list[Cell]) -> None:
    some = six(*without)
    found = claim(3, tmp_path, some, bursts(some))

    assert found.evidence == ()
    assert verdict(found) == (
        "not tested",
        "it takes bursts of `def` that have a model, at four numbers of requests from the thread limit on",
    )


def test_same_time_takes_both_styles_with_a_thread_for_each_request(tmp_path: Path) -> None:
    for without in (cells(("def",), (40,)), cells(("def", "async"), (41,)), [cell("def", 40), cell("async", 20)]):
        some = plan(*without, blocks=6)
        assert verdict(claim(1, tmp_path, some, bursts(some))) == (
            "not tested",
            "it takes `def` beside `async` under the same conditions, at a number of requests that have a thread each",
        )
