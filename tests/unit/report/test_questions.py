"""What each question of the decision table is answered with, and which section holds the evidence."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from harness.analysis.advice import find_basis
from harness.analysis.findings import (
    Advice,
    Capacity,
    Cause,
    CellFinding,
    Choice,
    Comparison,
    Control,
    Explanation,
    Findings,
    Option,
    Outcome,
    Part,
    Rival,
    Steps,
    ThresholdFinding,
    ThresholdReason,
    Trouble,
    TroubleCode,
    Withheld,
    Withholding,
)
from harness.analysis.statistics.staircase import Staircase
from harness.analysis.statistics.verdicts import DIFFERS, FASTER, SAME, SLOWER, UNDECIDED, Verdict
from harness.model.outcomes import Status
from harness.model.plan import Cell
from harness.report.document import Document, Section, Tone
from harness.report.markdown import render_markdown
from harness.report.questions import breaks, endpoints, servers, steady, styles, threads, thresholds, time_spent
from harness.report.questions.decision import Decision
from harness.report.text import flatten
from tests.builders.executors import CLOSED_LOOP, CONSTANT_RATE
from tests.builders.findings import Run, failed, findings, judged_again, moved

BOTH = findings(Run(servers=("uvicorn", "granian"), concurrencies=(40, 41)))


def cell(some: Findings, server: str, style: str, concurrency: int) -> Cell:
    (found,) = (
        one.cell
        for one in some.cells
        if (one.cell.launch.server, one.cell.style, one.cell.concurrency) == (server, style, concurrency)
    )
    return found


def compared(first: Cell, second: Cell, verdict: Verdict | None, ratio: float = 1.0, **changes: Any) -> Comparison:
    return replace(Comparison(first, second, 8, ratio, ratio * 0.9, ratio * 1.1, 0.0125, verdict), **changes)


def of_styles(verdict: Verdict | None, ratio: float, **changes: Any) -> Findings:
    """`def` against `async` on each server, with no knee to tell more."""
    pairs = [
        compared(cell(BOTH, server, "def", 41), cell(BOTH, server, "async", 41), verdict, ratio, **changes)
        for server in ("uvicorn", "granian")
    ]
    return replace(BOTH, knees=(), comparisons=tuple(pairs))


def of_servers(verdict: Verdict | None, ratio: float, **changes: Any) -> Findings:
    one = compared(cell(BOTH, "granian", "async", 41), cell(BOTH, "uvicorn", "async", 41), verdict, ratio, **changes)
    return replace(BOTH, comparisons=(one,))


def told(decision: Decision | None) -> tuple[str, str, Tone]:
    assert decision is not None
    return flatten(decision.answer), flatten(decision.measured), decision.tone


def markdown(section: Section | None) -> str:
    assert section is not None
    return render_markdown(Document("t", (section,)))


def changed(some: Findings, change: Callable[[CellFinding], CellFinding]) -> Findings:
    return replace(some, cells=tuple(map(change, some.cells)))


# --- `def` or `async def`? ---------------------------------------------------------------------------------------


def test_a_knee_decides_where_def_falls_behind() -> None:
    assert told(styles.decide(findings())) == (
        "Either up to 40 concurrent requests; from 41 on async def if awaitable, else def with more threads",
        "at 41, def took 2.00 (2.00) times as long",
        Tone.PLAIN,
    )


@pytest.mark.parametrize(
    ("low", "high", "headline"),
    [
        (40, 41, "Up to 40 concurrent requests def keeps up with async def; at 41 it takes 2.00 times as long"),
        (20, 41, "Up to 20 concurrent requests def keeps up with async def; at 41 it takes 2.00 times as long"),
        (None, 41, "At 41 concurrent requests def takes 2.00 times as long"),
        (120, None, "Up to 120 concurrent requests def keeps up with async def"),
    ],
)
def test_the_headline_says_where_the_knee_is(low: int | None, high: int | None, headline: str) -> None:
    some = findings(Run(servers=("uvicorn",)))
    found = styles.headline(replace(some, knees=(moved(some.knees[0], low, high),)))
    assert found is not None
    assert flatten(found) == f"{headline}, on uvicorn."


def test_the_headline_counts_servers_and_names_those_apart() -> None:
    some = findings()
    assert flatten(styles.headline(some) or ()).endswith(", on all three servers.")
    apart = (*some.knees[:2], moved(some.knees[2], 120, None))
    assert flatten(styles.headline(replace(some, knees=apart)) or ()).endswith(
        ", on uvicorn and hypercorn, but not on granian."
    )


def test_the_lowest_limit_leads_and_is_named_where_limits_vary() -> None:
    some = findings(Run(servers=("uvicorn",), thread_limits=(100, "default"), concurrencies=(40, 41, 100, 101)))
    assert flatten(styles.headline(some) or ()).startswith(
        "Up to 40 concurrent requests (the default thread limit) def"
    )


def test_too_few_blocks_claim_no_knee() -> None:
    few = findings(Run(blocks=5))
    assert styles.decide(few) is None
    assert "| as expected (only 5 blocks: described, not claimed) |" in markdown(styles.section(few))


def test_a_withheld_knee_says_why() -> None:
    why = Withholding(Withheld.CONTROL_DIFFERS)
    knees = tuple(replace(knee, claimed=False, withheld=why) for knee in BOTH.knees)
    assert "| withheld: the A/A control differs from itself" in markdown(styles.section(replace(BOTH, knees=knees)))


def test_knees_of_servers_that_agree_share_a_row_and_clients_stand_apart() -> None:
    report = markdown(styles.section(BOTH))
    assert "| uvicorn, granian | 40 | 1 | (40, 41\\] | 40 | 6 | as expected |" in report
    other = tuple(replace(one, cell=replace(one.cell, client="aiohttp")) for one in BOTH.cells)
    knees = (*BOTH.knees, replace(BOTH.knees[0], client="aiohttp"))
    apart = markdown(styles.section(replace(BOTH, cells=BOTH.cells + other, knees=knees)))
    assert "### Knees: client engine" in apart
    assert "### Knees: client aiohttp" in apart


@pytest.mark.parametrize(
    ("verdict", "ratio", "answer", "tone"),
    [
        (SLOWER, 1.95, "async is faster", Tone.GOOD),
        (FASTER, 0.5, "def is faster", Tone.GOOD),
        (SAME, 1.0, "Either: they are the same", Tone.PLAIN),
    ],
)
def test_without_a_knee_verdicts_decide(verdict: Verdict, ratio: float, answer: str, tone: Tone) -> None:
    answered, measured, shown = told(styles.decide(of_styles(verdict, ratio)))
    assert (answered, shown) == (answer, tone)
    assert f"{ratio:.2f}" in measured


@pytest.mark.parametrize(
    ("more", "words"), [(9, "about 9 more blocks would decide"), (None, "a calmer machine would decide")]
)
def test_what_is_undecided_says_what_would_decide_it(more: int | None, words: str) -> None:
    for decision in (
        styles.decide(of_styles(UNDECIDED, 1.1, more_blocks=more)),
        servers.decide(of_servers(UNDECIDED, 1.1, more_blocks=more)),
    ):
        answer, _, tone = told(decision)
        assert answer.endswith(words)
        assert tone is Tone.UNSURE


def test_servers_that_lack_a_few_blocks_for_a_verdict_say_how_many() -> None:
    near = of_servers(UNDECIDED, 1.1, more_blocks=2, low=None, high=None, blocks=8)
    assert told(servers.decide(near))[:2] == (
        "Undecided: about 2 more blocks would decide",
        "time of async at 41: granian / uvicorn 1.10",
    )
    assert servers.decide(of_servers(UNDECIDED, 1.1, more_blocks=8, low=None, high=None, blocks=1)) is None


def test_verdicts_that_agree_share_a_row() -> None:
    assert "| `def` against `async` | at 41 | uvicorn and granian | 8 | 1.95 (1.75 to 2.15) | ✗ slower |" in markdown(
        styles.section(of_styles(SLOWER, 1.95))
    )


def test_a_withheld_verdict_says_why_and_decides_nothing() -> None:
    some = of_servers(None, 1.2, withheld=Withholding(Withheld.CLIENT_BOUND))
    assert servers.decide(some) is None
    assert "| ? withheld: client-bound: " in markdown(servers.section(some))


# --- Which server? -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "answer"),
    [
        (FASTER, "granian is faster than uvicorn"),
        (SLOWER, "granian is slower than uvicorn"),
        (SAME, "Any: they are the same within 5%"),
        (DIFFERS, "Undecided: a calmer machine would decide"),
    ],
)
def test_servers_are_ranked_by_verdicts_alone(verdict: Verdict, answer: str) -> None:
    assert told(servers.decide(of_servers(verdict, 1.0)))[0] == answer


def by_metrics(*found: tuple[str, str, Verdict | None, float]) -> Findings:
    """Servers against uvicorn, each by a metric, with a verdict and a ratio."""
    some = findings(Run(servers=("uvicorn", "granian", "hypercorn"), concurrencies=(40, 41)))
    against = cell(some, "uvicorn", "async", 41)
    pairs = [
        compared(cell(some, server, "async", 41), against, verdict, ratio, metric=metric)
        for server, metric, verdict, ratio in found
    ]
    return replace(some, comparisons=tuple(pairs))


def test_which_server_is_answered_by_time_first_and_adds_what_each_costs() -> None:
    some = by_metrics(
        ("granian", "time", SAME, 1.01),
        ("hypercorn", "time", SAME, 1.02),
        ("granian", "cpu", FASTER, 0.62),
        ("hypercorn", "cpu", SLOWER, 1.9),
        ("hypercorn", "memory", UNDECIDED, 1.1),
    )
    answer, measured, tone = told(servers.decide(some))
    costs = "granian takes 0.62 and hypercorn 1.90 times uvicorn's CPU per request"
    assert answer == f"Any: they are the same within 5%; {costs}"
    assert measured.startswith("time of async at 41: granian / uvicorn 1.01 (")
    assert tone is Tone.PLAIN


@pytest.mark.parametrize(
    ("verdict", "answer"),
    [
        (FASTER, "granian takes 1.20 times uvicorn's memory"),
        (SAME, "Any: they are the same within 5% by memory"),
        (UNDECIDED, "Undecided by memory: a calmer machine would decide"),
    ],
)
def test_servers_that_no_time_tells_apart_are_decided_by_the_next_metric(verdict: Verdict, answer: str) -> None:
    some = by_metrics(("granian", "time", None, 1.0), ("granian", "memory", verdict, 1.2))
    found, measured, _ = told(servers.decide(some))
    assert found == answer
    assert measured.startswith("memory of async at 41: granian / uvicorn 1.20")


def test_what_finds_no_room_in_the_answer_is_in_the_table_with_its_metric() -> None:
    some = by_metrics(
        ("granian", "time", FASTER, 0.9),
        ("hypercorn", "time", SLOWER, 1.2),
        ("granian", "cpu", FASTER, 0.6),
        ("hypercorn", "cpu", SLOWER, 1.9),
    )
    assert told(servers.decide(some))[0] == "granian is faster than uvicorn; hypercorn is slower than uvicorn"
    report = markdown(servers.section(some))
    assert "| compared | where | metric | blocks | ratio (interval) | verdict |" in report
    assert "| granian against uvicorn | `async` at 41 | time | 8 | 0.90 (0.81 to 0.99) | ✓ faster |" in report
    assert (
        "| hypercorn against uvicorn | `async` at 41 | CPU per request | 8 | 1.90 (1.71 to 2.09) | ✗ more |" in report
    )


def test_styles_are_decided_by_time_unless_they_are_compared_by_something_else_only() -> None:
    both = of_styles(SLOWER, 1.95)
    by_cpu = tuple(replace(one, metric="cpu", ratio=1.3, low=1.2, high=1.4) for one in both.comparisons)
    by_time_too = replace(both, comparisons=(*by_cpu, *both.comparisons))
    assert told(styles.decide(by_time_too)) == told(styles.decide(both))
    answer, measured, _ = told(styles.decide(replace(both, comparisons=by_cpu)))
    assert answer == "async is better by CPU per request"
    assert measured == "def against async at 41 on uvicorn and granian by CPU per request: more, 1.30 (1.20 to 1.40)"


def test_servers_that_are_not_compared_are_not_ranked() -> None:
    assert servers.decide(BOTH) is None
    section = servers.section(BOTH)
    assert section is not None
    assert flatten(section.finding or ()) == "Not ranked: this run does not compare servers."
    assert "| granian | `async` | 41 | 812 | 95 (44) | 35 (0.10) |" in markdown(section)


def test_workers_that_were_used_unevenly_show_in_a_table_where_there_are_several() -> None:
    some = findings(Run(servers=("uvicorn",), workers=(1, 2), concurrencies=(40, 81)))
    uneven = changed(
        some, lambda one: replace(one, unevenness=one.cell.concurrency / 60 if one.cell.launch.workers > 1 else None)
    )
    report = markdown(servers.section(uneven))
    assert "| server | workers | load | busiest worker / even share |" in report
    assert "| uvicorn | 2 | 81 | 1.35 |" in report
    assert "busiest worker" not in markdown(servers.section(some))


@pytest.mark.parametrize(
    ("low", "high", "explanation", "words"),
    [
        (40, 53, Explanation.UNEVEN_WORKERS, "as expected: the busiest worker had 1.50 times its share"),
        (20, 40, None, "sooner than expected, though the busiest worker had 1.50 times its share"),
    ],
)
def test_a_knee_of_several_workers_says_how_uneven_they_were(
    low: int, high: int, explanation: Explanation | None, words: str
) -> None:
    some = findings(Run(servers=("uvicorn",), concurrencies=(20, 40, 53)))
    knee = moved(some.knees[0], low, high, unevenness=1.5, explanation=explanation)
    assert f"| {words} |" in markdown(styles.section(replace(some, knees=(knee,))))


# --- How many threads? -------------------------------------------------------------------------------------------

OPTIONS = (
    Option("async", None, None, (0.1123, 0.1187), 0.1),
    Option("def", 100, 100, (0.2202,), 0.2),
    Option("def", "default", 40, (), 0.5),
)


def test_requests_that_wait_for_a_thread_are_the_measure_of_the_limit() -> None:
    assert told(threads.decide(findings(Run(servers=("uvicorn",))))) == (
        "At least one per concurrent blocking call",
        "120 def requests on 40 threads: the median request waited 100 ms for a thread",
        Tone.PLAIN,
    )
    assert threads.decide(findings(Run(concurrencies=(1, 40)))) is None


def test_at_a_rate_the_threads_are_held_against_the_time_of_a_call() -> None:
    some = replace(findings(), capacity=Capacity(0.2, 250, 40, 200.0, 50, (193.2, 200.0)))
    assert told(threads.decide(some))[:2] == (
        "Rate x call time: 250/s needs 50",
        "40 threads answered 193.2 to 200.0 of 250/s",
    )


def test_the_options_are_a_table_and_the_code_sets_the_limit() -> None:
    some = findings()
    choice = Choice(some.cells[0].cell.launch, "engine", 200, OPTIONS, price=1.17)
    report = markdown(threads.section(replace(some, choice=choice)))
    assert "| `def` | may block: a thread waits for it | default: 40 | not measured | 0.50 |" in report
    assert "| `def` | may block: a thread waits for it | 100 | 0.22 | 0.20 |" in report
    assert "| `async` | must be awaited | any | 0.11 to 0.12 | 0.10 |" in report
    assert "`def` took up to 1.17 times as long" in report
    assert "current_default_thread_limiter().total_tokens = 200" in report


def test_the_fit_of_the_staircase_is_one_sentence() -> None:
    some = findings(Run(servers=("uvicorn",)))
    steps = Steps(Staircase(40, 40, 0.000272, 0.0061), line_misfit=0.2371, ratio=29.4, low=20.0, high=44.8)
    report = markdown(threads.section(replace(some, knees=(replace(some.knees[0], steps=steps),))))
    assert "a line is 29.40 times as far off as a staircase" in report


# --- What breaks first? ------------------------------------------------------------------------------------------


def test_a_blocked_loop_comes_before_a_full_pool() -> None:
    some = findings(Run(servers=("uvicorn",), styles=("def", "async", "async-blocking")))
    assert told(breaks.decide(some)) == (
        "Blocking inside async def stalls every other route",
        "a health check took up to 2.00 ms; under async, 2.00 ms",
        Tone.BAD,
    )
    assert "A full thread pool makes other `def` routes wait" in markdown(breaks.section(some))


def test_requests_that_gave_up_come_first_of_all() -> None:
    some = changed(findings(Run(servers=("uvicorn",))), lambda one: replace(one, gave_up=int(one.cell.style == "def")))
    answer, measured, _ = told(breaks.decide(some))
    assert answer == "Requests to def give up waiting"
    assert measured == "1 of 7 gave up at 1"


def test_the_rates_that_each_style_keeps_up_with_are_told() -> None:
    some = findings(Run(executor=CONSTANT_RATE, servers=("uvicorn",), concurrencies=(64,), rates=(200, 400, 800)))
    assert told(breaks.decide(some))[:2] == (
        "def keeps up with 400/s; async keeps up with 400/s",
        "median at 800/s: 400 ms as def, 156 ms as async",
    )


def test_what_was_not_measured_is_listed_with_its_reason() -> None:
    some = findings()
    trouble = Trouble(TroubleCode.CELL_FAILED, Status.FAILED, "log:\n  a | b", 12, (some.cells[0].cell,))
    report = markdown(breaks.section(replace(some, troubles=(trouble,))))
    assert "| uvicorn def at 1 | failed | 12 | log: a \\| b |" in report


def test_nothing_measured_is_said_with_what_became_of_the_cells() -> None:
    dead = changed(BOTH, lambda one: failed(one.cell))
    assert flatten(breaks.describe_nothing_measured(dead) or ()) == "Nothing was measured: 8 cells, 8 failed."
    assert breaks.describe_nothing_measured(BOTH) is None


# --- What should my endpoints be? --------------------------------------------------------------------------------


def advised(verdict: Verdict | None = SLOWER, **changes: Any) -> Findings:
    """A run of one scenario at one load, `async` being preferred to `def`, without ratios of its own."""
    some = findings(Run(servers=("uvicorn",), concurrencies=(120,)))
    of_def, of_async = (one.cell for one in some.cells)
    cause = Cause(Part.WAITING, 150.0, 2.0)
    rival = replace(
        Rival(of_def, of_async, 6, 2.0, 1.9, 2.1, 0.05, verdict, gave_up=0, requests=720, cause=cause), **changes
    )
    advice = Advice(of_async, 6, is_highest=True, basis=find_basis(rival), rivals=(rival,))
    return replace(some, advice=(advice,), ratios=())


@pytest.mark.parametrize(
    ("verdict", "changes", "cells"),
    [
        (SLOWER, {}, "2.00 (1.90 to 2.10) | waits 150 ms for a thread or the loop, not 2.00 ms |"),
        (SAME, {}, "2.00 (1.90 to 2.10) | same within 5% |"),
        (DIFFERS, {}, "2.00 (1.90 to 2.10) | no cause found; perhaps less than 5% slower |"),
        (UNDECIDED, {}, "2.00 (1.90 to 2.10) | undecided |"),
        (UNDECIDED, {"low": None, "high": None}, "2.00 | not proven: too few blocks |"),
        (None, {"withheld": Withholding(Withheld.CLIENT_BOUND)}, "| withheld: client-bound |"),
        (None, {"gave_up": 17, "ratio": None}, "— | 17 of 720 requests gave up |"),
    ],
)
def test_what_is_not_shown_is_not_claimed(verdict: Verdict | None, changes: dict[str, Any], cells: str) -> None:
    overview = endpoints.overview(advised(verdict, **changes))
    assert overview is not None
    report = render_markdown(Document("t", (Section("s", None, (overview,), rank=1),)))
    assert cells in report


def test_a_run_without_def_beside_async_leads_with_the_style_to_prefer() -> None:
    assert flatten(endpoints.headline(advised()) or ()) == (
        "sleep: prefer async: def takes 2.00 (1.90 to 2.10) times as long."
    )
    assert endpoints.headline(findings()) is None


def test_a_choice_is_answered_by_the_rule() -> None:
    some = findings()
    choice = Choice(some.cells[0].cell.launch, "engine", 200, OPTIONS)
    answer, measured, _ = told(endpoints.decide(replace(some, choice=choice)))
    assert answer.startswith("Blocking calls in def; awaitable ones in async def")
    assert measured == "200 requests: def (100 threads) 0.22 s, async 0.11 to 0.12 s"


# --- Thresholds, steady load and the split -----------------------------------------------------------------------


def threshold(outcome: Outcome) -> ThresholdFinding:
    return ThresholdFinding(f"p99: < {len(outcome)}ms", "p99", outcome, ThresholdReason.NO_CELL)


@pytest.mark.parametrize(
    ("outcomes", "answer", "tone"),
    [
        ([Outcome.KEPT], "Yes: 1 threshold kept", Tone.GOOD),
        ([Outcome.KEPT, Outcome.UNDECIDED], "1 of 2 thresholds undecided", Tone.UNSURE),
        ([Outcome.NOT_JUDGED, Outcome.KEPT], "1 of 2 thresholds not judged", Tone.UNSURE),
        ([Outcome.BROKEN, Outcome.UNDECIDED], "No: 1 of 2 thresholds broken", Tone.BAD),
    ],
)
def test_the_gravest_outcome_of_the_thresholds_answers(outcomes: list[Outcome], answer: str, tone: Tone) -> None:
    some = replace(findings(), thresholds=tuple(map(threshold, outcomes)))
    assert (told(thresholds.decide(some))[0], told(thresholds.decide(some))[2]) == (answer, tone)
    assert markdown(thresholds.section(some)).count("| `p99") == len(outcomes)
    assert thresholds.decide(findings()) is None


def test_steady_load_is_told_in_requests_per_second() -> None:
    closed = findings(Run(executor=CLOSED_LOOP, servers=("uvicorn", "granian"), concurrencies=(40, 64)))
    assert flatten(steady.headline(closed) or ()) == (
        "At 64 connections, def answers 400.0 requests/s and async answers 640.0 requests/s, on uvicorn and granian."
    )
    rates = findings(Run(executor=CONSTANT_RATE, servers=("uvicorn",), concurrencies=(64,), rates=(200, 800)))
    assert flatten(steady.headline(rates) or ()).startswith("At 800 requests/s, def answers 400.0 requests/s")
    assert steady.headline(findings()) is None


def test_the_time_of_a_request_is_split_in_three_or_for_an_own_app_in_two() -> None:
    some = findings(Run(servers=("uvicorn",)))
    assert "| style | load | waiting | working | outside |" in markdown(time_spent.section(some))
    own = changed(some, lambda one: replace(one, split=one.split and replace(one.split, wait=None)))
    assert "| style | load | in the application | outside |" in markdown(time_spent.section(own))
    assert time_spent.section(changed(some, lambda one: replace(one, split=None))) is None


def test_a_rate_that_is_only_judged_with_a_clean_control_is_not_kept_up_with() -> None:
    some = findings(Run(executor=CONSTANT_RATE, servers=("uvicorn",), concurrencies=(64,), rates=(200,)))
    off = Control((some.cells[0].cell,), 6, 1.2, 1.1, 1.3, within=False)
    judged = replace(some, cells=tuple(replace(judged_again(one, off), health=None) for one in some.cells))
    assert breaks.decide(judged) is None
