"""What there is to choose from, found from cells as the model says they go."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.analysis.findings import CellFinding, Choice, Knee, LaunchFinding, Option
from harness.analysis.models import compare_options
from harness.model.journal import InForce
from harness.model.outcomes import Status
from harness.model.plan import Cell, Launch, ThreadLimit
from tests.builders.executors import BURST, CLOSED_LOOP
from tests.builders.findings import Run, moved
from tests.builders.findings import findings as run_of_knees
from tests.builders.journals import FACTS

UNSET = 40


def launch(
    limit: ThreadLimit = "default", server: str = "uvicorn", workers: int = 1, scenario: str = "sleep"
) -> Launch:
    return Launch(scenario, server, limit, workers, "uvloop", 0.2)


def measured(
    style: str, concurrency: int, took_s: float, on: Launch | None = None, client: str = "engine", **changes: object
) -> CellFinding:
    on = on or launch()
    tokens = UNSET if on.thread_limit == "default" else on.thread_limit
    finding = CellFinding(
        Cell(on, style, BURST, client, concurrency),
        Status.OK,
        None,
        blocks=1,
        median_s=took_s,
        model_s=took_s,
        limiter_tokens=tokens,
    )
    return replace(finding, **changes)  # type: ignore[arg-type]  # the values of a finding are of many types


def chosen(cells: Iterable[CellFinding]) -> Choice | None:
    found = list(cells)
    return compare_options(FACTS, found, {one.cell.launch: started(one.cell.launch) for one in found}, (), 0.05)


def started(of: Launch) -> LaunchFinding:
    tokens = UNSET if of.thread_limit == "default" else of.thread_limit
    in_force = InForce(tokens, 6, of.workers, of.loop, "Loop", None, "3.11", {})
    return LaunchFinding(of, None, in_force, None, 1, None, None)


def test_every_style_and_limit_is_an_option_for_the_largest_burst_that_fills_its_waves() -> None:
    narrow, wide, other = launch(), launch(100), launch(100, "granian")
    cells = [
        *(measured("def", at_once, 0.41, narrow) for at_once in (40, 80, 81)),
        *(measured("def", at_once, 0.52, wide) for at_once in (100, 200, 201)),
        *(measured("def", at_once, 0.51, other) for at_once in (100, 200, 201)),
        *(measured("async", at_once, 0.25, wide) for at_once in (200, 201)),
        measured("async-blocking", 5, 1.01, narrow),
        measured("async-to-thread", 5, 0.21, narrow),
    ]
    assert chosen(cells) == Choice(
        narrow,
        "engine",
        200,
        (
            Option("def", "default", 40, (), 1.0),
            Option("def", 100, 100, (0.51, 0.52), 0.4),
            Option("async", None, None, (0.25,), 0.2),
            Option("async-blocking", None, None, (), 40.0),
            Option("async-to-thread", None, None, (), 34 * 0.2),
            Option("def", 200, 200, (), 0.2),
        ),
    )


def test_a_limit_that_is_enough_needs_no_other() -> None:
    found = chosen([measured("def", 100, 0.2, launch(100))])
    assert found is not None
    assert found.options == (Option("def", 100, 100, (0.2,), 0.2),)


def test_workers_share_the_requests() -> None:
    found = chosen([measured("def", 160, 0.4, launch(40, workers=2))])
    assert found is not None
    assert found.options == (Option("def", 40, 40, (0.4,), 0.4), Option("def", 80, 80, (), 0.2))


def test_the_largest_burst_is_taken_where_none_fills_its_waves() -> None:
    found = chosen([measured("def", 41, 0.4), measured("def", 50, 0.4)])
    assert found is not None
    assert found.concurrency == 50


def test_the_engine_comes_before_a_client_that_adds_more() -> None:
    found = chosen([measured("def", 80, 0.5, client="article"), measured("def", 80, 0.4)])
    assert found is not None
    assert (found.client, found.options[0].took_s) == ("engine", (0.4,))


def test_what_says_more_of_the_client_than_of_the_server_is_not_taken_for_measured() -> None:
    found = chosen([measured("def", 80, 0.4, flagged_blocks={"client-bound": 1})])
    assert found is not None
    assert found.options[0].took_s == ()


def test_without_a_burst_of_def_that_has_a_model_there_is_no_choice() -> None:
    steady = measured("def", 80, 0.4)
    assert chosen([]) is None
    assert chosen([measured("async", 80, 0.2)]) is None
    assert chosen([replace(steady, cell=replace(steady.cell, executor=CLOSED_LOOP))]) is None
    assert chosen([measured("def", 80, 0.4, launch(scenario="noop"), model_s=None)]) is None


def test_a_choice_knows_what_the_knees_say_of_the_model_and_what_a_thread_each_costs() -> None:
    some = run_of_knees(Run())
    first, *others = some.knees
    dear = [replace(knee, ratios={**knee.ratios, 40: 1.17}) for knee in some.knees]
    assert said_by(some.knees) == (True, None)
    assert said_by([moved(first, 10, 20), *others]) == (False, None)
    assert said_by(dear) == (True, 1.17)
    assert said_by(run_of_knees(Run(blocks=1)).knees) == (None, None), "nothing is claimed of one block"


def said_by(knees: Sequence[Knee]) -> tuple[bool | None, float | None]:
    cells = [measured("def", 80, 0.4)]
    found = compare_options(FACTS, cells, {one.cell.launch: started(one.cell.launch) for one in cells}, knees, 0.05)
    assert found is not None
    return found.knees_agree, found.price
