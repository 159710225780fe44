from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.analysis.findings import CellFinding, Findings
from harness.report import answer
from harness.report.sentences import beside, trust
from harness.report.writing.markdown import PLAIN
from tests.builders.findings import Run, failed, findings, refused, with_plan

FELL_BEHIND = (
    "With a thread limit of 40, def kept up with async up to 40 simultaneous requests and fell behind at 41 on "
    "{servers}, taking 2.00 times as long: two waves instead of one."
)
DESCRIBED = (
    "With a thread limit of 40, def took 2.00 times as long as async at 41 simultaneous requests (two waves instead of "
    "one) on {servers}, and 1.00 times as long up to 40."
)
WAITED = (
    "Requests beyond the limit wait for a thread, one more call for each further limit's worth of them: of 120 def "
    "requests at once on 40 threads, the median request waited 100 ms before 100 ms of work."
)
FULL = (
    "At the highest load of def, a health check on another def route took up to 12.0 ms, and on an async def route up "
    "to 2.00 ms."
)
STARVED = "While async-blocking worked, a health check on an async def route took up to 2.00 ms."
SAME = "As long as it kept up (took less than 1.25 times as long), def took 1.00 times as long as async."
ONE_BLOCK = "One block only: figures, no claims."


def told(*sentences: str) -> str:
    return " ".join(sentences)


def said(some: Findings) -> str:
    """The verdict as plain text, less what the answers to two questions make of every run."""
    left_out = ("Which server?", "May this be believed?")
    answers = [told for question, told in answer.bullets(some, PLAIN) if question not in left_out]
    return told(answer.lead(some, PLAIN), *answers)


def changed(some: Findings, change: Callable[[CellFinding], CellFinding]) -> Findings:
    return replace(some, cells=tuple(map(change, some.cells)))


def on_server(server: str, change: Callable[[CellFinding], CellFinding]) -> Callable[[CellFinding], CellFinding]:
    return lambda one: change(one) if one.cell.launch.server == server else one


@pytest.mark.parametrize(
    ("servers", "named"),
    [
        (("uvicorn",), "uvicorn"),
        (("uvicorn", "granian"), "uvicorn and granian"),
        (("uvicorn", "granian", "hypercorn"), "all three servers"),
    ],
)
def test_all_servers_alike(servers: tuple[str, ...], named: str) -> None:
    some = findings(Run(servers=servers))
    assert said(some) == told(FELL_BEHIND.format(servers=named), SAME, WAITED, FULL)


def test_code_and_names_are_marked_up_in_markdown() -> None:
    some = findings(Run(servers=("a_b*",), concurrencies=(40, 41)))
    assert answer.markdown(some) == (
        "**With a thread limit of 40, `def` kept up with `async` up to 40 simultaneous requests and fell behind at 41 "
        "on a\\_b\\*, taking 2.00 times as long: two waves instead of one.**\n\n"
        "- **`def` or `async def`?** As long as it kept up (took less than 1.25 times as long), `def` took 1.00 times "
        "as long as `async`.\n"
        "- **What breaks first?** At the highest load of `def`, a health check on another `def` route took up to "
        "12.0 ms, and on an `async def` route up to 2.00 ms.\n"
        "- **May this be believed?** There is no A/A control to say how far the same thing is from itself. Of 24 "
        "samples, none is in doubt."
    )


def test_plain_text_is_what_leads_and_all_answers_on_one_line() -> None:
    some = findings()
    answers = answer.bullets(some, PLAIN)
    assert answer.plain(some) == told(answer.lead(some, PLAIN), *(text for _, text in answers))
    assert [question for question, _ in answers] == [
        "def or async def?",
        "How many threads?",
        "Which server?",
        "What breaks first?",
        "May this be believed?",
    ]


def test_one_server_that_differs_is_told_apart() -> None:
    some = findings(Run(servers=("uvicorn", "granian", "hypercorn")))
    knees = (*some.knees[:2], replace(some.knees[2], low=120, high=None))
    assert said(replace(some, knees=knees)).startswith(
        told(
            FELL_BEHIND.format(servers="uvicorn and granian, but not on hypercorn"),
            "On hypercorn it kept up with async up to 120 simultaneous requests and was not seen to fall behind.",
        )
    )


def test_a_wider_interval_is_no_contradiction() -> None:
    some = findings(Run(servers=("uvicorn", "granian"), concurrencies=(20, 40, 41)))
    knees = (some.knees[0], replace(some.knees[1], low=20))
    assert said(replace(some, knees=knees)).startswith(
        told(
            FELL_BEHIND.format(servers="uvicorn"),
            "On granian it kept up with async up to 20 simultaneous requests and was behind at 41 (undecided in "
            "between), taking 2.00 times as long: two waves instead of one.",
        )
    )


def test_servers_are_counted_only_where_they_are_all_of_the_run() -> None:
    some = findings(Run(servers=("uvicorn", "granian", "h2corn", "hypercorn")))
    dead = changed(some, on_server("hypercorn", lambda one: failed(one.cell)))
    assert said(replace(dead, knees=some.knees[:3])) == told(
        FELL_BEHIND.format(servers="uvicorn, granian and h2corn"),
        SAME,
        WAITED,
        FULL,
        "8 of 32 cells gave no figure, 8 failed.",
    )


def test_ratios_that_differ_are_told_as_a_range() -> None:
    some = findings(Run(servers=("uvicorn", "granian"), concurrencies=(40, 41)))
    knees = (some.knees[0], replace(some.knees[1], ratios={40: 1.0, 41: 2.2}))
    assert "taking 2.00 to 2.20 times as long: two waves instead of one." in answer.plain(replace(some, knees=knees))


def test_waves_are_left_out_where_the_figures_do_not_show_them() -> None:
    some = findings(Run(servers=("uvicorn",), concurrencies=(40, 41)))
    assert "two waves" in answer.plain(some)
    assert "waves" not in answer.plain(replace(some, knees=tuple(replace(knee, waves=None) for knee in some.knees)))


def test_several_limits_come_in_order() -> None:
    some = findings(Run(servers=("uvicorn",), thread_limits=(100, 40), concurrencies=(40, 41, 100, 120)))
    assert said(some) == told(
        FELL_BEHIND.format(servers="uvicorn"),
        SAME,
        "With a thread limit of 100, def kept up with async up to 100 simultaneous requests and was behind at 120 on "
        "uvicorn, taking 1.99 times as long: two waves instead of one.",
        WAITED,
        FULL,
    )


def test_many_limits_are_left_to_the_table() -> None:
    some = findings(Run(thread_limits=(10, 20, 30, 40, 50)))
    assert "The knees of 2 more settings are in the table of knees." in answer.plain(some)


def test_a_limit_left_unset_is_told_by_what_it_turned_out_to_be() -> None:
    some = findings(Run(servers=("uvicorn",), thread_limits=("default",)))
    assert said(some).startswith("With the thread limit left unset (it turned out to be 40), def kept up with")


def test_several_workers_are_named_even_where_they_do_not_vary() -> None:
    some = findings(Run(servers=("uvicorn",), workers=(2,), concurrencies=(80, 81, 160)))
    assert said(some).startswith(
        "With a thread limit of 40 (2 workers), def kept up with async up to 80 simultaneous requests and fell behind "
        "at 81 on uvicorn"
    )
    assert "of 160 def requests at once on 80 threads" in answer.plain(some)


def test_a_knee_that_was_not_reached() -> None:
    some = findings(Run(servers=("uvicorn",), concurrencies=(1, 20)))
    assert said(some) == told(
        "With a thread limit of 40, def kept up with async up to 20 simultaneous requests and was not seen to fall "
        "behind on uvicorn.",
        SAME,
    )


def test_a_knee_below_all_that_was_measured() -> None:
    some = findings(Run(servers=("uvicorn",), concurrencies=(41, 120)))
    assert said(some).startswith(
        "With a thread limit of 40, def was behind async at 41 simultaneous requests, and kept up at no lower number "
        "measured on uvicorn, taking 2.00 times as long"
    )


def test_one_block_gives_figures_and_no_claims() -> None:
    some = findings(Run(servers=("uvicorn",), blocks=1))
    assert said(some) == told(DESCRIBED.format(servers="uvicorn"), WAITED, FULL)


def test_what_is_not_claimed_is_described_apart_from_what_is() -> None:
    some = findings(Run(servers=("uvicorn", "granian", "hypercorn", "h2corn")))
    unclaimed = [replace(knee, claimed=False) for knee in some.knees[:3]]
    knees = (unclaimed[0], unclaimed[1], replace(unclaimed[2], low=120, high=None), some.knees[3])
    assert said(replace(some, knees=knees)).startswith(
        told(
            FELL_BEHIND.format(servers="h2corn"),
            "On uvicorn and granian it took 2.00 times as long as async at 41 simultaneous requests (two waves instead "
            "of one), and 1.00 times as long up to 40.",
            "On hypercorn it took 1.00 to 2.98 times as long as async up to 120 simultaneous requests.",
        )
    )


def test_a_figure_below_which_nothing_is_level_is_described_alone() -> None:
    some = findings(Run(servers=("uvicorn",), concurrencies=(41, 120), blocks=2))
    assert said(some).startswith(
        "With a thread limit of 40, def took 2.00 times as long as async at 41 simultaneous requests (two waves "
        "instead of one) on uvicorn. Requests"
    )


@pytest.mark.parametrize("blocks", range(1, 6))
def test_nothing_keeps_up_or_falls_behind_in_fewer_than_six_blocks(blocks: int) -> None:
    for run in (Run(blocks=blocks), Run(blocks=blocks, concurrencies=(1, 20)), Run(blocks=blocks, concurrencies=(41,))):
        verdict = answer.plain(findings(run))
        assert "kept up" not in verdict
        assert "behind" not in verdict


def test_ratios_are_those_within_blocks_and_not_those_of_the_medians() -> None:
    some = findings(Run(servers=("uvicorn",)))
    knee = replace(some.knees[0], ratios={1: 0.9, 40: 1.1, 41: 2.3})
    verdict = said(replace(some, knees=(knee,)))
    assert "fell behind at 41 on uvicorn, taking 2.30 times as long: two waves instead of one." in verdict
    assert "(took less than 1.25 times as long), def took 0.90 to 1.10 times as long as async." in verdict


@pytest.mark.parametrize(
    ("blocks", "sentence"),
    [
        ((2, 2), "Two blocks only: figures, no claims."),
        ((2, 0), "Two blocks only: figures, no claims."),
        ((3, 1), "At most three blocks: figures, no claims."),
        ((6, 5), "1 of 2 cells gave a figure in fewer than six blocks, which is too few for a claim."),
        ((6, 6), None),
        ((0, 0), None),
    ],
)
def test_too_few_blocks_are_told_of_as_many_cells_as_have_them(blocks: tuple[int, int], sentence: str | None) -> None:
    some = findings(Run(servers=("uvicorn",), concurrencies=(40,)))
    cells = tuple(replace(one, blocks=number) for one, number in zip(some.cells, blocks, strict=True))
    assert trust.too_few_blocks(replace(some, cells=cells)) == sentence


def together(*some: Findings) -> Findings:
    """The cells of several runs as if they were one."""
    return replace(some[0], cells=tuple(cell for one in some for cell in one.cells))


def test_waiting_is_told_of_one_scenario_and_delay_the_first_that_shows_it() -> None:
    one = Run(servers=("uvicorn",))
    level = findings(replace(one, concurrencies=(1, 40)))
    slow = findings(replace(one, delay_s=2.0, concurrencies=(80,)))
    fast = findings(replace(one, delay_s=0.2))
    assert beside.why_def_waits(together(level, slow, fast), PLAIN) == (
        "Requests beyond the limit wait for a thread (delay 2 s), one more call for each further limit's worth of "
        "them: of 80 def requests at once on 40 threads, the median request waited 1000 ms before 2000 ms of work."
    )


def test_nothing_is_said_of_waiting_where_no_model_says_what_it_is_for() -> None:
    some = findings(Run(servers=("uvicorn",)))
    assert beside.why_def_waits(changed(some, lambda one: replace(one, model_s=None)), PLAIN) is None


@pytest.mark.parametrize("style", ["def", "async", "async-to-thread"])
def test_a_style_alone_is_held_against_the_model_only(style: str) -> None:
    some = findings(Run(styles=(style,), concurrencies=(1, 40)))
    assert said(some) == told(
        "def and async were not measured side by side, so they are not compared.",
        "What was measured took 1.02 times what the model expects.",
    )


def test_work_without_a_model_is_compared_at_the_highest_concurrency() -> None:
    some = findings(Run(scenario="noop", delay_s=None))
    assert said(some).startswith(
        "In the scenario noop, def took 1.46 times as long as async at 120 simultaneous requests, on all three servers."
    )


def test_a_style_without_a_model_alone_is_not_compared_at_all() -> None:
    some = findings(Run(scenario="noop", delay_s=None, styles=("async",)))
    assert said(some) == "def and async were not measured side by side, so they are not compared."


def test_blocking_the_loop_takes_one_request_after_the_other() -> None:
    some = findings(Run(servers=("uvicorn",), styles=("async-blocking",), concurrencies=(1, 20)))
    assert said(some).endswith(
        "async-blocking, which blocks inside async def, took 2.04 s for 20 requests at once: 1.02 times what they "
        f"take one after the other. {STARVED}"
    )


def test_on_several_workers_blocking_is_held_against_what_the_busiest_one_takes() -> None:
    some = findings(Run(servers=("uvicorn",), styles=("async-blocking",), concurrencies=(20,), workers=(2,)))
    assert said(some).endswith(
        "async-blocking, which blocks inside async def, took 1.02 s for 20 requests at once on 2 workers: 1.02 times "
        f"what those of the busiest worker take one after the other. {STARVED}"
    )


def test_nothing_measured_tells_what_became_of_the_cells() -> None:
    some = findings(Run(servers=("uvicorn", "daphne"), concurrencies=(40, 41)))
    none = changed(some, lambda one: refused(one.cell) if one.cell.launch.server == "daphne" else failed(one.cell))
    assert answer.plain(replace(none, knees=(), ratios=())) == "Nothing was measured: 8 cells, 4 failed, 4 skipped."


def test_an_interrupted_run_says_how_far_it_came() -> None:
    some = replace(findings(Run(servers=("uvicorn",), blocks=1)), finished=False, blocks=0)
    some = with_plan(some, blocks=6, min_blocks=6)
    assert f"The run was interrupted: 0 of 6 blocks measured completely. {ONE_BLOCK}" in answer.plain(some)


def test_knees_that_could_not_be_decided_are_no_answer() -> None:
    some = findings(Run(servers=("uvicorn",)))
    undecided = replace(some, knees=(replace(some.knees[0], low=None, high=None),))
    assert said(undecided).startswith("In the scenario sleep, def took 2.98 times as long as async at 120")
