from dataclasses import replace

import pytest

from harness.analysis.findings import Checks, Findings, HealthFinding, Percentiles, Split
from harness.report import answer
from harness.report.sections import costs, health, split
from tests.builders.executors import CLOSED_LOOP, CONSTANT_RATE
from tests.builders.findings import Run, findings

ONE = Run(servers=("uvicorn",), styles=("def", "async", "async-blocking"), concurrencies=(10, 40))
WORST_MS = {"def": (3.1, 205.0), "async": (2.2, 2.5), "async-blocking": (2010.0, 2015.0)}


def starving(some: Findings) -> Findings:
    """As a blocked loop starves everybody, and taken threads only those who want one."""
    return replace(
        some,
        cells=tuple(
            replace(one, health=HealthFinding(Checks(20, 0.5, in_async), Checks(19, 1.5, in_def), unanswered=1))
            for one in some.cells
            for in_async, in_def in [WORST_MS[one.cell.style]]
        ),
    )


def test_health_checks_are_told_at_the_highest_load_of_each_style() -> None:
    assert str(health.section(starving(findings(ONE)))).split("\n\n", 2)[2] == (
        "At worst, at these loads, an `async def` check (and a `def` check) took 3.10 ms (205 ms) while `def` "
        "worked, 2.20 ms (2.50 ms) while `async` worked and 2.01 s (2.02 s) while `async-blocking` worked.\n\n"
        "| server | style | thread limit | at once | `async def` check, ms | `def` check, ms | unanswered |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |\n"
        "| uvicorn | `def` | 40 | 40 | 0.50 / 3.10 | 1.50 / 205.0 | 1 |\n"
        "| uvicorn | `async` | 40 | 40 | 0.50 / 2.20 | 1.50 / 2.50 | 1 |\n"
        "| uvicorn | `async-blocking` | 40 | 40 | 0.50 / 2010 | 1.50 / 2015 | 1 |"
    )


def test_starvation_is_part_of_the_answer_where_a_style_blocks_the_loop() -> None:
    told = "While async-blocking worked, a health check on an async def route took up to 2.01 s"
    assert f"{told}, and up to 2.20 ms while async did." in answer.plain(starving(findings(ONE)))
    only = findings(replace(ONE, styles=("async-blocking",)))
    assert f"{told}." in answer.plain(starving(only))
    assert "health check" not in answer.plain(findings(replace(ONE, styles=("def", "async"))))


@pytest.mark.parametrize("none", [None, HealthFinding(None, None, unanswered=0)])
def test_without_a_check_nobody_is_said_to_starve(none: HealthFinding | None) -> None:
    some = findings(ONE)
    unchecked = replace(some, cells=tuple(replace(one, health=none) for one in some.cells))
    assert health.section(unchecked) is None
    assert "health check" not in answer.plain(unchecked)


def test_checks_without_any_answer_have_no_times() -> None:
    some = findings(replace(ONE, styles=("def",)))
    silent = replace(some.cells[1], health=HealthFinding(None, Checks(1, 2.0, 2.0), unanswered=3))
    section = str(health.section(replace(some, cells=(silent,))))
    assert "took — (2.00 ms) while `def` worked." in section
    assert "| uvicorn | `def` | 40 | 40 | — | 2.00 / 2.00 | 3 |" in section


def test_costs_are_told_at_the_highest_load_of_each_style() -> None:
    some = findings(replace(ONE, styles=("def", "async")))
    unwatched = replace(some, cells=(*some.cells[:3], replace(some.cells[3], server=None)))
    assert list(costs.render_costs("uvicorn", unwatched))[-1] == (
        "| style | under | at once | server, µs a request | memory, MB (threads) | client, µs a request (cores) |\n"
        "| --- | --- | ---: | ---: | ---: | ---: |\n"
        "| `def` | thread limit 40 | 40 | 812 | 95 (44) | 35 (0.10) |\n"
        "| `async` | thread limit 40 | 40 | — | — | 35 (0.10) |"
    )


def test_where_the_time_went_has_medians_and_tails() -> None:
    some = findings(replace(ONE, styles=("def", "async-blocking")))
    few = Split(Percentiles(5.25, None, None), Percentiles(100.0, None, None), Percentiles(1800.0, None, None))
    told = str(split.section(replace(some, cells=(*some.cells[:3], replace(some.cells[3], split=few)))))
    assert told.split("\n\n", 2)[2].startswith(
        "| server | style | thread limit | at once | waiting, ms | working, ms | server and wire, ms |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |\n"
        "| uvicorn | `def` | 40 | 40 | 0.00 / 0.00 | 100.0 / 200.0 | 1.50 / 3.00 |\n"
        "| uvicorn | `async-blocking` | 40 | 40 | 5.25 / — | 100.0 / — | 1800 / — |\n\n"
        "While `async-blocking` blocks the loop"
    )


def test_the_highest_load_of_an_open_loop_is_its_highest_rate() -> None:
    run = replace(ONE, styles=("async",), executor=CONSTANT_RATE, concurrencies=(64,), rates=(200, 800, 400))
    assert "| server | style | thread limit | rate | waiting, ms |" in str(split.section(findings(run)))
    assert str(split.section(findings(run))).count("| uvicorn | `async` | 40 | ") == 1
    assert "| uvicorn | `async` | 40 | 800/s |" in str(split.section(findings(run)))


def test_what_the_run_varies_is_named_in_headings_of_each_section() -> None:
    some = findings(replace(ONE, executor=CLOSED_LOOP, workers=(1, 2)))
    for section, what in ((split.section, "Time"), (health.section, "Health")):
        assert f"### {what}: 2 workers\n" in str(section(some))


def test_a_long_table_is_folded_away() -> None:
    servers = [f"server-{number}" for number in range(9)]
    assert "<summary>All 27 of them</summary>" in str(split.section(findings(replace(ONE, servers=servers))))


def test_nothing_measured_makes_no_section() -> None:
    nothing = findings(replace(ONE, concurrencies=()))
    assert (split.section(nothing), health.section(nothing), [*costs.render_costs("uvicorn", nothing)]) == (
        None,
        None,
        [],
    )
