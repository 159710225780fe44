from dataclasses import replace

from harness.analysis.findings import Capacity, CellFinding
from harness.analysis.models import find_capacity
from harness.model.flags import Flag
from harness.model.outcomes import Status
from harness.model.plan import Cell, Launch
from tests.builders.executors import CLOSED_LOOP, CONSTANT_RATE
from tests.builders.journals import FACTS


def asked(
    rate: int | None, rps: float | None, style: str = "def", server: str = "uvicorn", workers: int = 1
) -> CellFinding:
    launch = Launch("sleep", server, 40, workers, "uvloop", 0.2)
    cell = Cell(launch, style, CLOSED_LOOP if rate is None else CONSTANT_RATE, "engine", 500, rate)
    return CellFinding(cell, Status.OK, None, blocks=1, rps=rps, limiter_tokens=40)


def test_the_threads_are_held_against_the_highest_rate_on_all_servers() -> None:
    cells = [
        asked(100, 100.0),
        asked(250, 200.0),
        asked(250, 193.2, server="hypercorn"),
        asked(250, 380.0, workers=2),
        asked(250, 250.0, style="async"),
        asked(250, None, server="daphne"),
        replace(asked(250, 120.0, server="granian"), flagged_blocks={Flag.CLIENT_BOUND: 1}),
    ]
    assert find_capacity(FACTS, cells) == Capacity(0.2, 250, 40, 200.0, 50, (193.2, 200.0))


def test_the_threads_of_all_workers_count() -> None:
    assert find_capacity(FACTS, [asked(251, 250.0, workers=2)]) == Capacity(0.2, 251, 80, 400.0, 51, (250.0,))


def test_there_is_none_without_a_rate_a_limit_or_a_call_that_takes_its_time() -> None:
    of_noop = asked(250, 250.0)
    of_noop = replace(of_noop, cell=replace(of_noop.cell, launch=replace(of_noop.cell.launch, scenario="noop")))
    unready = replace(asked(250, None), limiter_tokens=None)
    in_async = asked(250, 250.0, style="async")
    assert [find_capacity(FACTS, [one]) for one in (asked(None, 200.0), of_noop, unready, in_async)] == [None] * 4
