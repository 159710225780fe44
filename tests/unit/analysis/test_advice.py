from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from harness.analysis.findings import Advice, Findings, Withheld, Withholding
from harness.analysis.statistics.verdicts import DIFFERS, SAME, SLOWER, UNDECIDED
from harness.model.executors import load_of
from harness.model.journal import Window
from harness.model.outcomes import RequestOutcome
from harness.model.plan import Cell
from tests.builders.executors import CONSTANT_RATE
from tests.builders.journals import LAUNCH, cell, dice, findings, good, lost, plan, run, steady_cell, window
from tests.builders.many import WORKS, Work, many

Took = Mapping[tuple[str, int], float]
"""What a style takes at a concurrency, in seconds."""


def measured(
    folder: Path, took: Took, blocks: int = 7, *, gave_up: Sequence[str] = (), lost_by: Sequence[str] = ()
) -> Findings:
    """A run of these cells, each block a per cent more or less."""
    cells = [cell(style, at_once) for style, at_once in took]

    def sample(block: int, launch: int, place: int) -> Window:
        style, took_s = cells[place].style, took[cells[place].style, cells[place].concurrency]
        if style in lost_by and block == 1:
            return lost(block, launch, place, "reset")
        some = good(block, launch, place, took_s * dice(100 * place + block).uniform(0.995, 1.005))
        return replace(some, outcomes={"ok": 1, RequestOutcome.GAVE_UP: 1}) if style in gave_up else some

    return findings(folder, *run(plan(*cells, blocks=blocks), sample))


def told(some: Findings) -> list[tuple[int, str, list[tuple[str, str | None]]]]:
    """The load, the preferred style and the verdict on each other one."""
    return [
        (load_of(one.preferred), one.preferred.style, [(rival.cell.style, rival.verdict) for rival in one.rivals])
        for one in some.advice
    ]


def test_the_lowest_and_the_highest_load_have_advice_of_their_own(tmp_path: Path) -> None:
    took = {
        ("def", 1): 0.2,
        ("async", 1): 0.1,
        ("def", 40): 0.3,
        ("async", 40): 0.1,
        ("def", 80): 0.5,
        ("async", 80): 0.1,
    }
    some = measured(tmp_path, took)
    assert told(some) == [(1, "async", [("def", SLOWER)]), (80, "async", [("def", SLOWER)])]
    assert [one.is_highest for one in some.advice] == [False, True]


def test_a_rival_says_by_how_much_and_where_its_requests_lost_the_time(tmp_path: Path) -> None:
    (advice,) = measured(tmp_path, {("def", 80): 0.2, ("async", 80): 0.1}).advice
    (rival,) = advice.rivals
    assert rival.ratio is not None
    assert rival.low is not None
    assert rival.high is not None
    assert 1.97 < rival.low < rival.ratio < rival.high < 2.03
    assert rival.cause is not None
    # Of what the requests of these journals take, 3 ms are before their handlers start, and half a one after they end.
    assert rival.cause.part == "working"
    assert (round(rival.cause.ms), round(rival.cause.preferred_ms)) in product((196, 197), (96, 97))
    assert (rival.blocks, rival.may_miss, rival.gave_up, rival.requests, advice.blocks) == (7, 0.05, 0, 14, 7)


def test_what_lies_within_the_practical_difference_is_the_same(tmp_path: Path) -> None:
    some = measured(tmp_path, {("def", 80): 0.101, ("async", 80): 0.1})
    assert told(some) == [(80, "async", [("def", SAME)])]


def test_the_best_of_the_other_way_to_write_it_comes_first(tmp_path: Path) -> None:
    took = {("def", 80): 0.4, ("def-pool", 80): 0.3, ("async", 80): 0.1, ("async-httpx", 80): 0.2}
    (advice,) = measured(tmp_path, took).advice
    assert [rival.cell.style for rival in advice.rivals] == ["def-pool", "async-httpx", "def"]


@pytest.mark.parametrize(("styles", "blocks"), [(2, 6), (3, 6), (4, 6), (5, 7), (6, 7), (7, 7), (8, 8)])
def test_the_more_styles_there_are_the_more_blocks_a_claim_takes(tmp_path: Path, styles: int, blocks: int) -> None:
    took = {(f"async-{number}", 80): 0.1 * number for number in range(1, styles + 1)}
    (enough,) = measured(tmp_path, took, blocks).advice
    (too_few,) = measured(tmp_path, took, blocks - 1).advice
    assert {rival.verdict for rival in enough.rivals} == {SLOWER}
    assert {(rival.verdict, rival.low) for rival in too_few.rivals} == {(UNDECIDED, None)}


def test_a_style_whose_requests_gave_up_is_never_preferred_to_one_whose_did_not(tmp_path: Path) -> None:
    (advice,) = measured(tmp_path, {("def", 80): 0.1, ("async", 80): 0.5}, gave_up=["def"]).advice
    assert advice.preferred.style == "async"
    assert (advice.over.gave_up, advice.over.requests) == (7, 14)


def test_nothing_is_preferred_where_requests_gave_up_in_every_style(tmp_path: Path) -> None:
    assert measured(tmp_path, {("def", 80): 0.1, ("async", 80): 0.5}, gave_up=["def", "async"]).advice == ()


def test_a_style_that_lost_a_block_is_not_preferred_and_nothing_is_claimed_of_it(tmp_path: Path) -> None:
    (advice,) = measured(tmp_path, {("def", 80): 0.1, ("async", 80): 0.5}, lost_by=["def"]).advice
    assert advice.preferred.style == "async"
    assert advice.over.verdict is None
    assert advice.over.withheld == Withholding(Withheld.BLOCKS_LOST, lost=1, blocks=7)


def test_what_is_preferred_at_the_highest_load_stays_so_at_the_lowest_unless_another_is_shown_to_take_less(
    tmp_path: Path,
) -> None:
    alike = {("def", 1): 0.1, ("async", 1): 0.1004, ("def", 80): 0.5, ("async", 80): 0.1}
    assert told(measured(tmp_path, alike)) == [(1, "async", [("def", SAME)]), (80, "async", [("def", SLOWER)])]
    apart = alike | {("async", 1): 0.2}
    assert told(measured(tmp_path, apart)) == [(1, "def", [("async", SLOWER)]), (80, "async", [("def", SLOWER)])]
    a_little = alike | {("async", 1): 0.105}
    assert told(measured(tmp_path, a_little))[0] == (1, "def", [("async", DIFFERS)])


def test_a_client_at_its_limit_ranks_nothing(tmp_path: Path) -> None:
    some = plan(cell("def", 80), cell("async", 80), blocks=6)

    def sample(block: int, launch: int, place: int) -> Window:
        taken = good(block, launch, place, 0.1 * (place + 1))
        assert taken.client is not None
        return replace(taken, client=replace(taken.client, cpu_s=0.095))

    (advice,) = findings(tmp_path, *run(some, sample)).advice
    assert (advice.over.verdict, advice.over.withheld) == (None, Withholding(Withheld.CLIENT_BOUND))


def test_an_open_loop_has_its_lowest_and_its_highest_rate(tmp_path: Path) -> None:
    cells = [steady_cell(CONSTANT_RATE, 64, rate, style) for style in ("def", "async") for rate in (50, 100, 200)]

    def sample(block: int, launch: int, place: int) -> Window:
        mean_us = 20_000.0 * (3 if cells[place].style == "def" else 1)
        return window(block, launch, place, mean_latency_us=mean_us)

    some = findings(tmp_path, *run(plan(*cells, blocks=6), sample))
    assert told(some) == [(50, "async", [("def", SLOWER)]), (200, "async", [("def", SLOWER)])]


def conditions(advice: Sequence[Advice]) -> list[tuple[str, str | int, int | None]]:
    chosen = [one.preferred.launch for one in advice]
    return list(dict.fromkeys((launch.server, launch.thread_limit, launch.pool_size) for launch in chosen))


def under(*launches: Mapping[str, object]) -> list[Cell]:
    """Two styles under each of these launches."""
    settings = [replace(LAUNCH, **changes) for changes in launches]  # type: ignore[arg-type]  # values of many types
    return [cell(style, launch=launch) for launch in settings for style in ("def", "async")]


@pytest.mark.parametrize(
    ("cells", "chosen"),
    [
        (under({"thread_limit": 4}, {"thread_limit": "default"}, {}), ("uvicorn", "default", None)),
        (under({"thread_limit": 4}, {"thread_limit": 100}, {}), ("uvicorn", 40, None)),
        (under({"thread_limit": 4}, {"thread_limit": 100}), ("uvicorn", 100, None)),
        (under({"pool_size": 5}, {"pool_size": 40}), ("uvicorn", 40, 5)),
    ],
)
def test_styles_are_compared_under_what_applications_have(
    tmp_path: Path, cells: list[Cell], chosen: tuple[str, str | int, int | None]
) -> None:
    assert conditions(findings(tmp_path, *run(plan(*cells))).advice) == [chosen]


def test_the_server_of_the_baseline_stands_for_all_and_without_one_each_for_itself(tmp_path: Path) -> None:
    cells = under({}, {"server": "granian"})
    each = findings(tmp_path, *run(plan(*cells)))
    assert [server for server, *_ in conditions(each.advice)] == ["uvicorn", "granian"]
    based = findings(tmp_path, *run(plan(*cells, baseline={"server": "granian"})))
    assert [server for server, *_ in conditions(based.advice)] == ["granian"]


def test_the_engine_is_asked_rather_than_another_client(tmp_path: Path) -> None:
    cells = [cell(style, client=client) for client in ("article", "engine") for style in ("def", "async")]
    (advice,) = findings(tmp_path, *run(plan(*cells))).advice
    assert advice.preferred.client == "engine"


def test_a_single_style_has_nothing_to_be_preferred_to(tmp_path: Path) -> None:
    assert findings(tmp_path, *run(plan(cell("def", 1), cell("def", 80)))).advice == ()


def test_the_time_in_an_app_of_the_users_is_a_cause_as_a_whole(tmp_path: Path) -> None:
    shop = Work({"sync": (0.02, 0.2), "async": (0.02, 0.1)}, delay_s=None)
    *_, highest = findings(tmp_path, *many(works={"shop": shop})).advice
    assert highest.over.cause is not None
    assert highest.over.cause.part == "in the application"


def test_every_scenario_of_a_run_has_its_advice(tmp_path: Path) -> None:
    advice = findings(tmp_path, *many()).advice
    assert [one.preferred.launch.scenario for one in advice] == [name for name in WORKS for _ in ("lowest", "highest")]


def test_where_nothing_is_shown_the_lowest_median_is_preferred_at_each_load(tmp_path: Path) -> None:
    took = {("def", 1): 0.1, ("async", 1): 0.2, ("def", 80): 0.5, ("async", 80): 0.1}
    assert [(asked, style) for asked, style, _ in told(measured(tmp_path, took, blocks=2))] == [
        (1, "def"),
        (80, "async"),
    ]


def test_a_median_request_that_took_no_more_explains_nothing(tmp_path: Path) -> None:
    some = plan(cell("def", 2), cell("async", 2), blocks=6)
    last = {0: 400_000, 1: 100_000}

    def sample(block: int, launch: int, place: int) -> Window:
        answered = [90_000] * 5 + [last[place]]
        return good(block, launch, place, last[place] / 1e6, process=(0,) * 6, answered_us=answered)

    (advice,) = findings(tmp_path, *run(some, sample)).advice
    assert (advice.over.cell.style, advice.over.verdict, advice.over.cause) == ("def", SLOWER, None)


def test_the_median_of_several_classes_explains_nothing(tmp_path: Path) -> None:
    mixed = findings(tmp_path, *many(works={"mixed": WORKS["mixed"]})).advice[-1]
    assert (mixed.over.verdict, mixed.over.cause) == (SLOWER, None)
