"""The report as a document: a first screen that answers, and everything else folded below it."""

import re
from dataclasses import replace

import pytest

from harness.analysis.findings import Comparison, Control, Findings, RunWarning, WarningCode
from harness.analysis.statistics.verdicts import SAME, UNDECIDED
from harness.model.flags import Flag
from harness.report.charts.catalog import draw_charts
from harness.report.document import Figure, Paragraph, Table
from harness.report.markdown import render_markdown
from harness.report.questions import explain, repeat, trust
from harness.report.report import build_report, decisions, describe_run, format_time, headline, summarize
from harness.report.text import flatten
from tests.builders.executors import BURST, CLOSED_LOOP, CONSTANT_RATE, POISSON_RATE
from tests.builders.findings import Run, a_control, failed, findings, with_plan
from tests.builders.published import published

PROFILES = ("default", "article", "throughput", "saturation", "scenarios")
MOST_WORDS = {"scenarios": (1_200, 8_100)}
"""The most words outside of folds and in all, where these are not 750 and 3,000."""

ONE = findings(Run(servers=("uvicorn",), concurrencies=(40, 41)))


def render(some: Findings) -> str:
    return render_markdown(build_report(some, ()))


def outside_folds(report: str) -> str:
    kept, depth = [], 0
    for line in report.splitlines():
        depth += line == "<details>"
        if not depth:
            kept.append(line)
        depth -= line == "</details>"
    return "\n".join(kept)


def bullets(some: Findings) -> list[str]:
    return [line[2:] for line in render(some).split("## Can I trust this?")[1].splitlines() if line.startswith("- ")]


# --- The first screen --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_a_published_report_is_short_enough_to_be_finished(profile: str) -> None:
    some, _ = published(profile)
    report = render(some)
    outside, in_all = MOST_WORDS.get(profile, (750, 3_000))
    assert len(outside_folds(report).split()) <= outside
    assert len(report.split()) <= in_all


@pytest.mark.parametrize("profile", PROFILES)
def test_the_first_screen_of_a_published_report_can_be_taken_in_at_a_glance(profile: str) -> None:
    some, _ = published(profile)
    assert len(flatten(headline(some)).split()) <= 30
    table = decisions(some)
    assert table is not None
    assert 1 <= len(table.rows) <= 7
    for row in table.rows:
        for cell in row:
            assert len(flatten(cell.line).split()) <= 20, flatten(cell.line)


def test_the_first_screen_has_the_headline_the_decisions_a_chart_and_the_numbers() -> None:
    some, bursts = published("default")
    opening, *others = build_report(some, draw_charts(some, bursts)).sections
    kinds = [type(block) for block in opening.blocks]
    assert kinds == [Paragraph, Paragraph, Table, Figure, Paragraph, Table]
    assert opening.title is None
    assert all(section.title and section.finding for section in others)


def test_the_sections_come_in_the_order_of_the_questions() -> None:
    assert re.findall("^## (.*)$", render(findings()), re.MULTILINE) == [
        "def or async def?",
        "Which server?",
        "How many threads?",
        "What breaks first?",
        "Where does the time go?",
        "All figures",
        "Can I trust this?",
        "What was measured?",
        "How do I read this?",
        "How do I repeat it?",
    ]


def test_the_same_findings_give_the_same_report() -> None:
    run = Run(thread_limits=(40, 100))
    assert render(findings(run)) == render(findings(run))


def test_the_summary_is_one_line_that_begins_with_the_headline() -> None:
    summary = summarize(findings())
    assert summary.startswith(flatten(headline(findings())))
    assert (
        " def or async def? Either up to 40 concurrent requests; from 41 on async def if awaitable, else def with more "
        "threads (at 41, " in summary
    )
    assert "\n" not in summary


def test_figures_of_the_first_screen_are_not_repeated_in_the_fold() -> None:
    some = findings(Run(servers=("uvicorn",), thread_limits=(40, 100)))
    first, folded = render(some).split("## All figures")
    assert "| 120 | 0.307 | 0.103 |" in first
    assert "thread limit 40\n" not in folded.split("## Can I")[0]
    assert "### thread limit 100" in folded


def test_what_has_no_figure_says_so_in_a_word() -> None:
    at_40, at_41, async_40, async_41 = ONE.cells
    partly = replace(at_41, blocks=5, blocks_failed=1)
    report = render(replace(ONE, cells=(failed(at_40.cell), partly, async_40, async_41)))
    assert "| 41 | 0.204\\* | 0.102 |" in report
    assert "\\* Some blocks gave no figure" in report


@pytest.mark.parametrize("executor", [CLOSED_LOOP, CONSTANT_RATE])
def test_steady_load_has_a_row_per_server_and_style(executor: str) -> None:
    rates = (200,) if executor == CONSTANT_RATE else (None,)
    report = render(findings(Run(executor=executor, servers=("uvicorn",), concurrencies=(64,), rates=rates)))
    rows = {
        CLOSED_LOOP: "| uvicorn | `async` | 64 | 640.0 | 633.6 to 646.4 | 100.0 / 200.0 |",
        CONSTANT_RATE: "| uvicorn | `async` | 200/s | 200.0 | 100.0 / 200.0 | 0 | 0 |",
    }
    assert rows[executor] in report


# --- The line under the title ------------------------------------------------------------------------------------


def test_an_interrupted_run_says_so_under_its_title() -> None:
    some = replace(findings(), finished=False, blocks=2)
    assert flatten(describe_run(some)) == "2026-10-01 12:00 UTC · interrupted after 2 of 6 blocks · measured in 312 s"
    assert flatten(describe_run(replace(some, wall_s=0.0))).endswith("after 2 of 6 blocks")


def test_the_blocks_of_a_run_that_stops_by_itself_are_a_range() -> None:
    one, other = (found.cell for found in ONE.cells[:2])
    same = Comparison(one, other, 8, 1.0, 0.99, 1.01, 0.05, SAME)
    decided = with_plan(replace(ONE, comparisons=(same,)), min_blocks=6, blocks=30)
    assert " · 6 blocks of at most 30 · " in flatten(describe_run(decided))
    most = replace(decided, blocks=30, comparisons=(same, replace(same, verdict=UNDECIDED)))
    assert "30 blocks, the maximum of the matrix; 1 of 2 comparisons undecided" in flatten(describe_run(most))
    hurried = replace(most, blocks=9, header=replace(most.header, plan=replace(most.header.plan, budget_s=180.0)))
    assert "9 blocks, all that fit into 180 s; 1 of 2 comparisons undecided" in flatten(describe_run(hurried))
    assert "6 of 6 blocks and 6 of a rerun" in flatten(describe_run(replace(ONE, rerun=6)))


@pytest.mark.parametrize(
    ("stamp", "shown"),
    [
        ("2026-10-01T12:00:00Z", "2026-10-01 12:00 UTC"),
        ("2026-10-01T14:30:00+02:00", "2026-10-01 12:30 UTC"),
        ("2026-10-01T12:00:00", "2026-10-01 12:00 UTC"),
        ("*soon*", "*soon*"),
    ],
)
def test_moments_are_shown_in_utc(stamp: str, shown: str) -> None:
    assert format_time(stamp) == shown


# --- Can I trust this? -------------------------------------------------------------------------------------------

CELLS = tuple(one.cell for one in ONE.cells if one.cell.style == "async")
CONTROL = a_control(CELLS, 8, 1.0021, 0.9954, 1.0132)
MEASURED_TWICE = "A/A control: uvicorn `async` at 40, 41 was measured twice in each block"


@pytest.mark.parametrize(
    ("control", "sentence"),
    [
        (None, "No A/A control, so the noise is unknown: name a `baseline` in the matrix."),
        (CONTROL, f"{MEASURED_TWICE}: +0.2% (-0.5% to +1.3%) over 8 blocks, within the practical difference of 5%."),
        (Control(CELLS, 0, None, None, None, None), f"{MEASURED_TWICE}, and no block gave a figure for all of them."),
        (
            a_control(CELLS, 1, 1.2, None, None),
            f"{MEASURED_TWICE}: +20.0% over 1 block, too few blocks to judge (it takes 6).",
        ),
        (
            a_control(CELLS, 8, 1.0021, 0.8, 1.3),
            (
                f"{MEASURED_TWICE}: +0.2% (-20.0% to +30.0%) over 8 blocks, within the practical difference of 5%, "
                "though its interval is not."
            ),
        ),
    ],
)
def test_the_control_says_how_far_the_same_thing_is_from_itself(control: Control | None, sentence: str) -> None:
    assert sentence in bullets(replace(ONE, control=control))


def test_a_control_that_differs_makes_the_run_invalid_and_opens_the_report() -> None:
    some = replace(ONE, control=a_control(CELLS, 8, 1.081, 1.052, 1.11))
    assert flatten(headline(some)) == "Invalid run: the A/A control differs from itself by 8.1%, so nothing is ranked."
    _, _, caution, *_ = render(some).split("\n\n")
    assert caution.startswith("> [!CAUTION]\n> **Invalid run: nothing is ranked.** A/A control: uvicorn `async`")
    decision = trust.decide(some)
    assert decision is not None
    assert flatten(decision.answer) == "No: the same server measured twice differs"


def test_one_cell_that_differs_by_itself_is_named() -> None:
    some = replace(ONE, control=replace(CONTROL, within=False, apart=CELLS[1:]))
    assert (
        flatten(headline(some)) == "Invalid run: the A/A control differs from itself at 1 cell, so nothing is ranked."
    )
    assert "but `async` at 41 by itself differs by more than 5%." in render(some)


@pytest.mark.parametrize(
    ("blocks", "answer"),
    [
        ((2, 2), "Figures only: claims take 6 blocks, this run has 2"),
        ((6, 5), "Partly: fewer than 6 blocks in 1 of 2 cells"),
        ((6, 6), "No A/A control, so the noise is unknown"),
    ],
)
def test_too_few_blocks_are_no_reason_to_trust(blocks: tuple[int, int], answer: str) -> None:
    some = findings(Run(servers=("uvicorn",), concurrencies=(40,)))
    cells = tuple(replace(one, blocks=number) for one, number in zip(some.cells, blocks, strict=True))
    decision = trust.decide(replace(some, cells=cells))
    assert decision is not None
    assert flatten(decision.answer) == answer


def test_flags_are_told_with_their_rule_and_cells() -> None:
    first, *others = ONE.cells
    flagged = replace(first, flagged_blocks={Flag.BUSY_HOST: 2}, measured_again=3)
    told = bullets(replace(ONE, cells=(flagged, *others)))
    assert "`busy-host` (2 samples; uvicorn def at 40): other processes used more than 10% of the CPU." in told
    assert "3 samples in doubt measured again; flags are those of the second try." in told


def test_errors_are_counted_by_what_became_of_the_requests() -> None:
    first, *others = ONE.cells
    wrong = replace(first, ok=230, errors=10, outcomes={"ok": 230, "timeout": 7, "short_body": 3})
    assert "972 requests, every answer checked: 7 timeout, 3 short\\_body." in bullets(
        replace(ONE, cells=(wrong, *others))
    )
    assert "972 requests, every answer checked: none failed." in bullets(ONE)


@pytest.mark.parametrize(
    ("cores", "sentence"),
    [
        ([2, 3], "The load generator was pinned to its own cores: 2, 3."),
        (None, "Load generator and server shared the cores of the machine."),
    ],
)
def test_where_the_load_generator_ran_is_said(cores: object, sentence: str) -> None:
    some = replace(ONE, header=replace(ONE.header, environment={"client_cores": cores}))
    assert sentence in bullets(some)
    assert (
        "Load generator ceiling: 20000 requests/s against a no-op server, over 64 connections, using 0.98 cores."
        in (bullets(some))
    )


def test_settings_in_force_are_shown_where_they_differ_from_what_was_asked() -> None:
    some = findings(Run(servers=("uvicorn",), thread_limits=("default", 40), concurrencies=(40,)))
    report = render(some)
    assert "| uvicorn | 1.2.3 | default → 40 | 1 | uvloop | httptools | 40 |" in report
    assert "| uvicorn | 1.2.3 | 40 | 1 | uvloop | httptools | 40 |" in report
    dead = replace(some, launches=(replace(some.launches[0], in_force=None, version=None, peak_handlers=None),))
    assert "| uvicorn | — | default → never ready | 1 | uvloop | — | — |" in render(dead)


def test_warnings_are_told() -> None:
    warning = RunWarning(WarningCode.PORT_KEPT, launch=ONE.cells[0].cell.launch, launches=2)
    assert "Warning: port still taken after uvicorn was stopped (2 launches)." in bullets(
        replace(ONE, warnings=(warning,))
    )


# --- How do I read and repeat it? --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("executor", "term"), [(BURST, "Burst"), (CLOSED_LOOP, "Closed loop"), (POISSON_RATE, "Open loop")]
)
def test_the_terms_are_those_of_the_executor(executor: str, term: str) -> None:
    rates = (200,) if executor == POISSON_RATE else (None,)
    (terms,) = explain.section(findings(Run(executor=executor, concurrencies=(64,), rates=rates))).blocks
    names = re.findall(
        r"\*\*(.*?)\*\*", render_markdown(build_report(findings(Run(executor=executor, rates=rates)), ()))
    )
    assert {"Burst", "Closed loop", "Open loop"} & set(names) == {term}
    assert terms


def test_the_command_repeats_profile_and_selection_quoted_for_a_shell() -> None:
    plan = with_plan(findings(), profile="article", only=("server=uvicorn", "server=a b")).header.plan
    assert repeat.write_command(plan) == (
        "python -m pip install nox && "
        "python -m nox -s matrix -- --profile article --only server=uvicorn --only 'server=a b'"
    )
    assert repeat.write_command(findings().header.plan).endswith("python -m nox -s matrix")


def test_a_plan_without_a_cell_can_be_reported() -> None:
    empty = replace(findings(), cells=(), ratios=(), knees=(), launches=())
    assert "**Nothing was measured: 0 cells.**" in render(empty)
