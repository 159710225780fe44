import json
from dataclasses import replace
from typing import Any

import pytest

from harness.analysis.findings import (
    Comparison,
    Control,
    Findings,
    Outcome,
    Steps,
    ThresholdFinding,
    ThresholdReason,
    Withheld,
    Withholding,
)
from harness.analysis.statistics.staircase import Staircase
from harness.analysis.statistics.verdicts import DIFFERS, FASTER, SAME, SLOWER, UNDECIDED, Verdict
from harness.model.plan import Cell
from harness.report import answer, readme, results
from harness.report.sections import control, model_fit, ratios, thresholds, verdicts
from harness.report.wording import describe_verdict
from harness.report.writing.markdown import MARKDOWN, PLAIN, Voice
from tests.builders.executors import CLOSED_LOOP
from tests.builders.findings import Run, a_control, findings, with_plan
from tests.builders.reader import headings

KINDS: tuple[verdicts.ComparedKind, ...] = ("styles", "servers", "others")
THREE = findings(Run(concurrencies=(40, 41)))


def cell(some: Findings, server: str, style: str, concurrency: int) -> Cell:
    (found,) = (
        one.cell
        for one in some.cells
        if (one.cell.launch.server, one.cell.style, one.cell.concurrency) == (server, style, concurrency)
    )
    return found


def compared(first: Cell, second: Cell, verdict: Verdict | None, ratio: float = 1.0) -> Comparison:
    return Comparison(first, second, 8, ratio, ratio * 0.99, ratio * 1.01, 0.05 / 4, verdict)


def styles(some: Findings, concurrency: int, verdict: Verdict, ratio: float) -> list[Comparison]:
    """`def` against `async` on every server."""
    servers = dict.fromkeys(one.cell.launch.server for one in some.cells)
    return [
        compared(cell(some, server, "def", concurrency), cell(some, server, "async", concurrency), verdict, ratio)
        for server in servers
    ]


SERVERS = compared(cell(THREE, "granian", "async", 41), cell(THREE, "uvicorn", "async", 41), SAME, 0.981)
SEVERAL = replace(THREE, comparisons=(*styles(THREE, 40, DIFFERS, 1.033), *styles(THREE, 41, SLOWER, 1.95), SERVERS))


def test_the_verdicts_are_a_table() -> None:
    some = replace(SEVERAL, comparisons=(*SEVERAL.comparisons[:1], *SEVERAL.comparisons[3:4], SERVERS))
    assert verdicts.section(some) == (
        "## Verdicts\n\n"
        "What the matrix declares to be compared. Ratio: how many times as much the first took as the second (the time "
        "until the last answer) in the same block, the median over blocks. *Same* means within 5%, which is much "
        "stricter than to keep up, as of a knee. With a probability of 95% or more no verdict here is false.\n\n"
        "| compared | with both | ratio | interval | blocks | verdict |\n"
        "| --- | --- | ---: | ---: | ---: | --- |\n"
        "| `def` against `async` | uvicorn at 40 | 1.03 | 1.02 to 1.04 | 8 | differs, perhaps by less than 5% |\n"
        "| `def` against `async` | uvicorn at 41 | 1.95 | 1.93 to 1.97 | 8 | slower |\n"
        "| granian against uvicorn | `async` at 41 | 0.98 | 0.97 to 0.99 | 8 | same within 5% |"
    )


def told_of(some: Findings, voice: Voice) -> list[str | None]:
    """The sentences on styles, on servers, and on whatever else is compared."""
    return [verdicts.sentence(some, voice, kind) for kind in KINDS]


def test_no_comparison_makes_no_section_and_no_sentence() -> None:
    assert verdicts.section(THREE) is None
    assert told_of(THREE, PLAIN) == [None, None, None]


def test_servers_that_agree_are_told_together() -> None:
    in_styles, in_servers, others = told_of(SEVERAL, PLAIN)
    assert in_styles == (
        "Verdicts: def against async, at 40 on all three servers: differs, perhaps by less than 5% (1.03 times as "
        "long); at 41 on all three servers: slower (1.95 times as long)."
    )
    assert in_servers == "Verdicts: granian against uvicorn, async at 41: same within 5% (0.98 times as long)."
    assert others is None
    assert in_styles in answer.plain(SEVERAL)
    assert in_servers in answer.plain(SEVERAL)


def test_servers_that_do_not_agree_are_told_apart() -> None:
    first, *others = styles(THREE, 41, SLOWER, 1.95)
    some = replace(THREE, comparisons=(replace(first, verdict=UNDECIDED), *others))
    assert told_of(some, MARKDOWN)[0] == (
        "Verdicts: `def` against `async`, at 41 on uvicorn: undecided (1.95 times as long); at 41 on hypercorn and "
        "granian: slower (1.95 times as long)."
    )


@pytest.mark.parametrize(
    ("servers", "ranking"),
    [
        ([], "Servers are not ranked: the matrix declares no comparison between them."),
        ([replace(SERVERS, low=None)], "Servers are not ranked: no verdict on them could be given."),
        (
            [SERVERS, replace(SERVERS, verdict=UNDECIDED)],
            "No server was shown to be faster by more than 5%; compared were async at 41.",
        ),
        ([SERVERS, replace(SERVERS, verdict=FASTER)], "granian was faster than uvicorn."),
    ],
)
def test_servers_are_ranked_by_verdicts_alone(servers: list[Comparison], ranking: str) -> None:
    assert verdicts.ranking(replace(THREE, comparisons=tuple(servers)), PLAIN) == ranking


def test_what_is_no_style_and_no_server_is_told_apart() -> None:
    some = findings(Run(servers=("uvicorn",), thread_limits=(40, 100), concurrencies=(40,)))
    narrow, wide = (one.cell for one in some.cells if one.cell.style == "def")
    told = "thread limit 40 against thread limit 100, def at 40 on uvicorn: same within 5% (1.00 times as long)"
    compare = compared(narrow, wide, SAME)
    assert told_of(replace(some, comparisons=(compare,)), PLAIN) == [None, None, f"Verdicts: {told}."]


def test_verdicts_that_want_blocks_are_no_sentence() -> None:
    some = replace(THREE, comparisons=(replace(SERVERS, verdict=UNDECIDED, low=None, high=None),))
    assert told_of(some, PLAIN) == [None, None, None]
    assert "| undecided |" in str(verdicts.section(some))


def test_many_verdicts_are_left_to_the_table() -> None:
    some = findings(Run(servers=("uvicorn",), concurrencies=(1, 2, 3, 4, 5, 6)))
    many = [one for at_once in (1, 2, 3, 4, 5, 6) for one in styles(some, at_once, FASTER, 0.5)]
    assert str(told_of(replace(some, comparisons=tuple(many)), PLAIN)[0]).endswith("; 2 more verdicts in the table.")


def test_what_is_withheld_says_why_and_is_no_sentence() -> None:
    some = replace(THREE, comparisons=(replace(SERVERS, verdict=None, withheld=Withholding(Withheld.CLIENT_BOUND)),))
    assert "| withheld: client-bound: what was measured is the client rather than the server |" in str(
        verdicts.section(some)
    )
    assert told_of(some, PLAIN) == [None, None, None]


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (FASTER, "faster"),
        (SLOWER, "slower"),
        (SAME, "same within 2.5%"),
        (DIFFERS, "differs, perhaps by less than 2.5%"),
        (UNDECIDED, "undecided"),
    ],
)
def test_verdicts_name_the_practical_difference(verdict: Verdict, words: str) -> None:
    assert describe_verdict(verdict, 0.025) == words


def test_what_both_sides_share_is_told_as_far_as_the_run_varies_it() -> None:
    some = findings(Run(servers=("uvicorn",), thread_limits=(40, 100), workers=(1, 2), concurrencies=(40,)))
    narrow, wide = (
        next(one.cell for one in some.cells if (one.cell.launch.thread_limit, one.cell.launch.workers) == (limit, 2))
        for limit in (40, 100)
    )
    told = str(verdicts.section(replace(some, comparisons=(compared(narrow, wide, SAME),))))
    assert "| thread limit 40 against thread limit 100 | uvicorn `def` at 40 (2 workers) |" in told


def test_a_closed_loop_and_a_run_that_looks_often_are_told_what_they_are() -> None:
    some = findings(Run(executor=CLOSED_LOOP, concurrencies=(40,)))
    one = compared(cell(some, "granian", "async", 40), cell(some, "uvicorn", "async", 40), SAME)
    told = str(verdicts.section(replace(some, comparisons=(one,), is_sequential=True)))
    assert "as the second (the time per answer) in the same block" in told
    assert "no verdict here is false, however often one looks." in told


def test_a_comparison_for_programs() -> None:
    found = json.loads(results.render(replace(THREE, comparisons=(SERVERS,))))["comparisons"]
    identity = {
        "scenario": "sleep",
        "delay_s": 0.1,
        "pool_size": None,
        "parameters": None,
        "thread_limit": 40,
        "workers": 1,
        "loop": "uvloop",
        "style": "async",
        "executor": "burst",
        "client": "engine",
        "concurrency": 41,
        "rate": None,
    }
    assert found == [
        {
            "what": "granian against uvicorn, async at 41",
            "cell": {**identity, "server": "granian"},
            "against": {**identity, "server": "uvicorn"},
            "blocks": 8,
            "ratio": 0.981,
            "low": 0.9712,
            "high": 0.9908,
            "confidence": 0.9875,
            "verdict": "same within d",
            "reason": None,
            "withheld": None,
        }
    ]


def test_a_verdict_that_is_withheld_has_its_reason_as_words_and_as_a_code() -> None:
    lost = replace(SERVERS, verdict=None, withheld=Withholding(Withheld.BLOCKS_LOST, lost=1, blocks=9))
    (found,) = json.loads(results.render(replace(THREE, comparisons=(lost,))))["comparisons"]
    assert found["reason"] == "1 of 9 blocks gave no figure, and may have been the slow ones"
    assert found["withheld"] == {"code": "blocks-lost", "lost": 1, "blocks": 9}


CONTROL = a_control(
    (cell(THREE, "uvicorn", "async", 40), cell(THREE, "uvicorn", "async", 41)), 8, 1.0021, 0.9954, 1.0132
)
WHAT = "A/A control: uvicorn `async` at 40 and 41 was measured twice in each block, under two names;"


def test_a_control_that_is_clean_is_a_sentence_and_no_banner() -> None:
    some = replace(THREE, control=CONTROL)
    assert control.banner(some) is None
    assert control.sentence(some) == (
        f"{WHAT} the second took 1.002 times as long as the first (8 blocks, 0.995 to 1.013): within the practical "
        "difference of 5%."
    )
    assert control.sentence(some) in readme.render(some)
    assert (
        "The A/A control, the same cells measured twice, differs from itself by +0.2% (-0.5% to +1.3%): within the "
        "practical difference of 5%." in answer.plain(some)
    )


def test_a_control_that_could_have_missed_a_fault_says_so() -> None:
    some = replace(THREE, control=a_control(CONTROL.cells, 8, 1.0021, 0.8, 1.3))
    assert control.sentence(some).endswith(
        "within the practical difference of 5%, but its interval is not, so it could have missed a fault of that size."
    )


def test_a_control_that_is_not_opens_the_report_with_a_banner() -> None:
    some = replace(THREE, control=a_control(CONTROL.cells, 8, 1.081, 1.052, 1.11))
    banner = str(control.banner(some))
    assert banner.startswith(
        f"> [!CAUTION]\n> **This measurement is not valid, and ranks nothing.** {WHAT} the second took 1.081 times as "
        "long as the first (8 blocks, 1.052 to 1.110): more than the practical difference of 5%"
    )
    assert answer.plain(some).startswith(
        "Not valid: the A/A control, the same cells measured twice, differs from itself by 8.1%, so nothing is ranked. "
    )
    title, run, opening, *_ = readme.render(some).split("\n\n")
    assert (title, opening) == ("# def vs async def", banner)
    assert run.startswith("2026-10-01")


TOO_FEW = "fewer than 6 blocks are too few to judge that"


def test_one_cell_that_differs_from_itself_is_told_though_all_together_do_not() -> None:
    apart = (CONTROL.cells[1],)
    some = replace(THREE, control=replace(CONTROL, within=False, apart=apart))
    assert "within" not in str(control.verdict(some))
    assert str(control.verdict(some)).startswith(
        "Not valid: the A/A control, the same cells measured twice, differs from "
    )
    assert "; but by itself, `async` at 41 differs by more than the practical difference of 5%" in str(
        control.banner(some)
    )
    assert control.sentence(some).endswith(
        ": `async` at 41 by itself is beyond the practical difference of 5%, so nothing is ranked."
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "There is no A/A control: it takes a `baseline` in the matrix, of which a cell is measured."),
        (Control(CONTROL.cells, 0, None, None, None, None), f"{WHAT} no block gave a figure for all of them."),
        (
            a_control(CONTROL.cells, 1, 1.2, None, None),
            f"{WHAT} the second took 1.200 times as long as the first (1 block): {TOO_FEW}.",
        ),
    ],
)
def test_a_control_that_cannot_be_judged_says_so(found: Control | None, said: str) -> None:
    some = replace(THREE, control=found)
    assert control.sentence(some) == said
    assert control.banner(some) is None


def test_a_control_for_programs() -> None:
    aa = json.loads(results.render(replace(THREE, control=CONTROL)))["aa"]
    assert {name: aa[name] for name in ("blocks", "ratio", "low", "high", "within")} == {
        "blocks": 8,
        "ratio": 1.0021,
        "low": 0.9954,
        "high": 1.0132,
        "within": True,
    }
    assert [each["concurrency"] for each in aa["cells"]] == [40, 41]


KEPT = ThresholdFinding(
    "errors: == 0",
    "errors",
    Outcome.KEPT,
    ThresholdReason.FIGURE,
    cell(THREE, "uvicorn", "def", 40),
    figure=0.0,
    count=80,
)
BROKEN = ThresholdFinding(
    "ratio{server:granian}: < 1.1",
    "ratio",
    Outcome.BROKEN,
    ThresholdReason.CONFIRMED,
    cell(THREE, "granian", "def", 40),
    figure=1.35,
    low=1.3,
    high=1.4,
    rerun_low=1.3,
    rerun_high=1.4,
)
OPEN = ThresholdFinding("p99: < 10ms", "p99", Outcome.NOT_JUDGED, ThresholdReason.NO_CELL)


def test_thresholds_are_a_table() -> None:
    assert str(thresholds.section(replace(THREE, thresholds=(KEPT, BROKEN, OPEN)))).split("\n\n")[2] == (
        "| threshold | outcome | decided by | what was found |\n"
        "| --- | --- | --- | --- |\n"
        "| `errors: == 0` | kept | uvicorn def at 40 | 0 of 80 requests went wrong |\n"
        "| `ratio{server:granian}: < 1.1` | **broken** | granian def at 40 | broken, and again in a rerun: 1.300 to "
        "1.400 |\n"
        "| `p99: < 10ms` | not judged | — | this run measures no cell that it holds for |"
    )
    assert thresholds.section(THREE) is None


def test_a_knee_that_decides_is_named_by_its_launch() -> None:
    bent = ThresholdFinding(
        "knee: within(40,41)",
        "knee",
        Outcome.KEPT,
        ThresholdReason.KNEE,
        KEPT.cell,
        is_launch=True,
        low=40,
        high=41,
    )
    assert "| `knee: within(40,41)` | kept | uvicorn | the knee is (40, 41\\] |" in str(
        thresholds.section(replace(THREE, thresholds=(bent,)))
    )


def test_thresholds_are_a_sentence_of_the_answer() -> None:
    some = replace(THREE, thresholds=(KEPT, BROKEN, OPEN))
    said = "1 of 2 thresholds kept; 1 threshold not judged; broken: ratio{server:granian}: < 1.1."
    assert thresholds.sentence(some, PLAIN) == said
    assert said in answer.plain(some)
    assert thresholds.sentence(replace(THREE, thresholds=(KEPT,)), PLAIN) == "1 of 1 threshold kept."


def test_a_threshold_for_programs() -> None:
    found = json.loads(results.render(replace(THREE, thresholds=(BROKEN, OPEN))))["thresholds"]
    expected: list[dict[str, Any]] = [
        {
            "threshold": "ratio{server:granian}: < 1.1",
            "outcome": "broken",
            "decided_by": "granian def at 40",
            "figure": 1.35,
            "low": 1.3,
            "high": 1.4,
            "reason": "broken, and again in a rerun: 1.300 to 1.400",
            "code": "confirmed",
            "withheld": None,
        },
        {
            "threshold": "p99: < 10ms",
            "outcome": "not judged",
            "decided_by": None,
            "figure": None,
            "low": None,
            "high": None,
            "reason": "this run measures no cell that it holds for",
            "code": "no-cell",
            "withheld": None,
        },
    ]
    assert [{key: one[key] for key in wanted} for one, wanted in zip(found, expected, strict=True)] == expected
    assert [one["cell"] and one["cell"]["server"] for one in found] == ["granian", None]


STEPS = Steps(Staircase(40, 40, 0.000272, 0.0061), line_misfit=0.2371, ratio=29.4, low=20.0, high=44.8)


@pytest.mark.parametrize(
    ("fit", "row"),
    [
        (STEPS, "| uvicorn | 40 | 40 | 272 µs | 0.6% | 23.7% | 29.40 (20.00 to 44.80) |"),
        (
            replace(STEPS, fit=Staircase(40, 59, 0.0, 0.01), low=None, high=None),
            "| uvicorn | 40 | 40 to 59 | 0 µs | 1.0% | 23.7% | 29.40 |",
        ),
        (
            replace(STEPS, fit=Staircase(81, None, 0.0, 0.01)),
            "| uvicorn | 40 | at least 81 | 0 µs | 1.0% | 23.7% | 29.40 (20.00 to 44.80) |",
        ),
    ],
)
def test_the_fit_of_the_model_is_a_row(fit: Steps, row: str) -> None:
    some = findings(Run(servers=("uvicorn",)))
    told = str(model_fit.section(replace(some, knees=(replace(some.knees[0], steps=fit),))))
    assert told.endswith(row)
    assert model_fit.section(some) is None


def test_a_fit_for_programs() -> None:
    some = findings(Run(servers=("uvicorn",)))
    (knee,) = json.loads(results.render(replace(some, knees=(replace(some.knees[0], steps=STEPS),))))["knees"]
    assert knee["staircase"] == {
        "threads_low": 40,
        "threads_high": 40,
        "overhead_us_per_request": 272.0,
        "misfit": 0.0061,
        "line_misfit": 0.2371,
        "line_to_staircase": 29.4,
        "line_to_staircase_low": 20.0,
        "line_to_staircase_high": 44.8,
    }


def test_def_beside_async_is_described_for_each_server() -> None:
    some = findings(Run(servers=("uvicorn", "granian"), concurrencies=(40, 41), blocks=6))
    assert "\n\n".join(ratios.render_ratios("uvicorn", some)) == (
        "**`def` beside `async`**: how many times as much `def` took in the same block (the time until the last "
        "answer), the median over blocks, with a 95% interval of its own.\n\n"
        "| under | load | ratio | interval | blocks |\n"
        "| --- | ---: | ---: | ---: | ---: |\n"
        "| thread limit 40 | 40 | 1.00 | 1.00 to 1.00 | 6 |\n"
        "| thread limit 40 | 41 | 2.00 | 2.00 to 2.00 | 6 |"
    )
    assert not list(ratios.render_ratios("uvicorn", findings(Run(styles=("def",)))))


def test_verdicts_and_thresholds_stand_after_the_figures_and_before_all_else() -> None:
    some = replace(SEVERAL, thresholds=(KEPT, BROKEN), control=CONTROL)
    report = readme.render(some)
    first, *others = headings(report)[1:7]
    assert first == "How long it took"
    assert others == ["Scenario sleep", "sleep, thread limit 40", "Verdicts", "Thresholds", "Knees"]


def test_the_number_of_blocks_of_a_run_that_stops_by_itself_is_a_range() -> None:
    decided = with_plan(replace(THREE, comparisons=(SERVERS,)), min_blocks=6, blocks=30)
    assert "· 6 blocks of at most 30 ·" in readme.run(decided)
    most = replace(decided, blocks=30, comparisons=(SERVERS, replace(SERVERS, verdict=UNDECIDED)))
    assert "· 30 blocks, the most that were allowed (1 of 2 comparisons still undecided) ·" in readme.run(most)
    assert "· 6 of 6 blocks and 6 of a rerun ·" in readme.run(replace(THREE, rerun=6))
