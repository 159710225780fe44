import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from harness.analysis.advice import find_basis
from harness.analysis.findings import Advice, Cause, Findings, Part, Rival, Withheld, Withholding
from harness.analysis.statistics.verdicts import DIFFERS, FASTER, SAME, SLOWER, UNDECIDED, Verdict
from harness.model.scenarios import StyleFacts
from harness.report import answer, results
from harness.report.formats.csv import render_cells as as_csv
from harness.report.page import from_markdown
from harness.report.sections import belief, durations, endpoints
from harness.report.sentences.advised import lines
from harness.report.sentences.beside import without_a_knee
from harness.report.writing.markdown import MARKDOWN
from tests.builders.findings import Run, findings, with_plan
from tests.builders.journals import analyse
from tests.builders.many import WORKS, many

STYLES = ("def", "async")
TOOK = "2.00 (1.90 to 2.10)"


@cache
def real_work() -> Findings:
    return analyse(many())


def advised(verdict: Verdict | None = SLOWER, server: str = "uvicorn", **changes: Any) -> Findings:
    """A run of one scenario at one load, `async` being preferred to `def`."""
    some = findings(Run(servers=("uvicorn", "granian")[: 1 if server == "uvicorn" else 2], concurrencies=(120,)))
    of_def, of_async = (
        next(one.cell for one in some.cells if (one.cell.launch.server, one.cell.style) == (server, style))
        for style in STYLES
    )
    rival = Rival(of_def, of_async, 6, 2.0, 1.9, 2.1, 0.05, verdict, None, 0, 720, Cause(Part.WAITING, 150.0, 2.0))
    rival = replace(rival, **changes)
    advice = Advice(of_async, 6, is_highest=True, basis=find_basis(rival), rivals=(rival,))
    return replace(some, advice=(advice,), ratios=())


def row(some: Findings) -> str:
    """The row of the table that a run of one scenario and load has."""
    return str(endpoints.section(some)).split("\n\n")[2].splitlines()[2]


def test_a_row_says_what_to_prefer_over_what_by_how_much_and_why() -> None:
    assert str(endpoints.section(advised())) == (
        "## What your endpoints should be\n\n"
        "The style with the lowest median of those in which no request gave up, over the best that is written the "
        "other way (`def` against `async def`), at the highest and at the lowest load that two styles had. How many "
        "times as long the latter took: in the same block, the median over blocks and its interval. No measurable "
        "difference: the interval lies within 5%. In each row by itself, the style that in truth takes least is the "
        "preferred one, or one that was not shown to be slower, with a probability of 95% or more, however many there "
        "were to choose from.\n\n"
        "| scenario | load | prefer | over | which took, times | verdict on it | its median request |\n"
        "| --- | ---: | --- | --- | ---: | --- | --- |\n"
        "| sleep | 120 at once | `async` | `def` | 2.00 (1.90 to 2.10) | slower | waited 150 ms for a thread or "
        "the loop, against 2.00 ms |"
    )


def test_a_style_without_a_ratio_is_not_said_to_take_any_number_of_times_as_long() -> None:
    lost = Withholding(Withheld.BLOCKS_LOST, lost=6, blocks=6)
    (line,) = lines(advised(None, blocks=0, ratio=None, low=None, high=None, withheld=lost, cause=None), MARKDOWN)
    assert line.endswith("`async` has the lower median, and no block compares it with `def`.")


@pytest.mark.parametrize(
    ("verdict", "changes", "cells"),
    [
        (SAME, {}, f"`async` or `def` | `def` | {TOOK} | no measurable difference | — |"),
        (DIFFERS, {"cause": None}, f"| `async` | `def` | {TOOK} | slower, perhaps by less than 5% | — |"),
        (FASTER, {"cause": None}, f"`async`, by its median only | `def` | {TOOK} | faster | — |"),
        (UNDECIDED, {"cause": None}, f"`async`, by its median only | `def` | {TOOK} | undecided | — |"),
        (
            UNDECIDED,
            {"low": None, "high": None, "cause": None},
            "`async`, by its median only | `def` | 2.00 | not proven: too few blocks | — |",
        ),
        (
            None,
            {"withheld": Withholding(Withheld.CLIENT_BOUND), "cause": None},
            f"{TOOK} | withheld: client-bound | — |",
        ),
        (None, {"gave_up": 17, "ratio": None, "cause": None}, "`def` | — | 17 of 720 requests gave up | — |"),
    ],
)
def test_what_is_not_shown_is_not_claimed(verdict: Verdict | None, changes: dict[str, Any], cells: str) -> None:
    assert cells in row(advised(verdict, **changes))


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (Cause(Part.WORKING, 12.3, 5.0), "worked for 12.3 ms, against 5.00 ms"),
        (Cause(Part.OUTSIDE, 2010.0, 5.0), "spent 2.01 s in server and wire, against 5.00 ms"),
        (Cause(Part.IN_THE_APP, 40.0, 20.0), "was in the application for 40.0 ms, against 20.0 ms"),
    ],
)
def test_the_reason_is_the_part_that_grew_most(cause: Cause, told: str) -> None:
    assert row(advised(cause=cause)).endswith(f"| {told} |")


def test_a_run_of_many_scenarios_leads_with_how_many_have_a_style_that_is_ahead() -> None:
    first, *_ = answer.plain(real_work()).split(". ")
    assert first == (
        "At the highest load, a style was shown to be ahead in 4 of 7 scenarios: async in 2, def-released in 1 and "
        "all-async in 1"
    )


def test_each_scenario_has_one_line_and_says_its_name() -> None:
    told = [line for line in answer.markdown(real_work()).splitlines() if line.startswith("- `")]
    assert [line.split("`")[1] for line in told] == [*WORKS]
    assert told[0] == (
        "- `sleep`: with 120 at once, prefer `async`: `def` took 2.92 (2.89 to 2.94) times as long, its median request "
        "waited 206 ms for a thread or the loop, against 4.15 ms; with 1 at once, no measurable difference between "
        "`async` and `def`."
    )
    assert "; 136 of 960 requests gave up as `def`;" in told[4]


def test_the_same_is_said_as_plain_text_and_in_a_terminal() -> None:
    assert "sleep: with 120 at once, prefer async: def took 2.92" in answer.plain(real_work())
    assert "\n- sleep: with 120 at once, prefer async: def took 2.92" in answer.in_lines(real_work())


def test_servers_that_agree_are_told_of_together() -> None:
    some = analyse(many(("uvicorn", "granian", "hypercorn"), 6))
    (sleep, *_) = (line for line in answer.markdown(some).splitlines() if line.startswith("- `"))
    assert sleep.startswith("- `sleep`: with 120 at once on all three servers, prefer `async`: `def` took 2.9")
    assert "| sleep | 1 at once | `async` or `def` | `def` |" in str(endpoints.section(some))


def test_a_run_of_one_scenario_with_def_and_async_is_told_of_as_before() -> None:
    some = advised()
    beside = findings(Run(servers=("uvicorn",), concurrencies=(120,)))
    assert answer.markdown(replace(beside, advice=some.advice)) == answer.markdown(beside)


def test_a_run_without_def_beside_async_leads_with_the_style_to_prefer() -> None:
    assert answer.markdown(advised()).startswith("**`sleep`: with 120 at once, prefer `async`: `def` took 2.00 (1.90")


def test_conditions_that_a_choice_was_made_from_are_named() -> None:
    some = with_plan(advised(server="granian"), baseline={"server": "granian"})
    assert " Compared on granian, the server of the baseline. " in str(endpoints.section(some))
    each = advised(server="granian")
    assert " Compared on each server, those that agree together. " in str(endpoints.section(each))


def test_nothing_is_said_where_no_two_styles_were_measured_alike() -> None:
    assert endpoints.section(replace(real_work(), advice=())) is None


def test_what_programs_read_of_it() -> None:
    every = json.loads(results.render(real_work()))["advice"]
    assert [(one["scenario"], one["concurrency"]) for one in every[:2]] == [("sleep", 1), ("sleep", 120)]
    highest = every[1]
    assert {key: highest[key] for key in ("server", "thread_limit", "prefer", "over", "verdict", "confidence")} == {
        "server": "uvicorn",
        "thread_limit": 40,
        "prefer": "async",
        "over": "def",
        "verdict": "slower",
        "confidence": 0.95,
    }
    assert (highest["low"] < highest["ratio"] < highest["high"], highest["cause"]["part"]) == (True, "waiting")
    assert highest["reason"] == (
        "The median request of def waited 206 ms for a thread or the loop, against 4.15 ms of async."
    )
    assert [other["over"] for other in highest["others"]] == ["async-blocking"]


def test_the_answer_names_the_library_that_a_style_uses_where_that_tells_styles_apart() -> None:
    some = advised()
    (scenario,) = some.scenarios
    styles = (StyleFacts("def", "", None, "requests"), StyleFacts("async", "", None, "aiohttp"))
    (told,) = lines(replace(some, scenarios=(replace(scenario, styles=styles),)), MARKDOWN)
    assert told == (
        "`sleep`: with 120 at once, prefer `async` (aiohttp): `def` (requests) took 2.00 (1.90 to 2.10) times as long, "
        "its median request waited 150 ms for a thread or the loop, against 2.00 ms."
    )


def test_def_is_not_held_against_async_where_requests_gave_up() -> None:
    some = replace(findings(Run(servers=("uvicorn",), concurrencies=(120,))), knees=())
    in_vain = replace(some, cells=tuple(replace(one, gave_up=one.cell.style == "def") for one in some.cells))
    assert len(list(without_a_knee(some, MARKDOWN))) == 1
    assert list(without_a_knee(in_vain, MARKDOWN)) == []


def test_requests_that_gave_up_are_no_errors() -> None:
    some = real_work()
    (finding,) = (one for one in some.cells if one.gave_up)
    assert (finding.status, finding.ok, finding.gave_up, finding.errors) == ("ok", 824, 136, 0)
    report = str(durations.section(some))
    assert report.count("‡ |") == 1
    assert "‡ Requests gave up waiting, which is a result and no failure: `def` at 120 136 of 960." in report
    assert ", none failed, and 136 were told that their endpoint gave up waiting; every answer" in belief.section(some)
    told = "Requests gave up waiting, which is a result and no failure: at worst 136 of 960 as `def` of pool-deadlock."
    assert told in answer.markdown(some)


def test_each_class_of_requests_has_its_figures() -> None:
    some = real_work()
    report = str(durations.section(some))
    assert "| server | style | at once | class | requests | latency, ms | slowest, ms |" in report
    assert "| uvicorn | `mixed` | 120 | `fast` | 864 | 41.2 / 41.6 / 41.6 | 41.6 |" in report
    (cell,) = (one for one in json.loads(results.render(some))["cells"] if one["classes"])
    assert {name: of_class["requests"] for name, of_class in cell["classes"].items()} == {"fast": 864, "slow": 96}
    assert "fast_requests=864;fast_p50_ms=" in as_csv(some.cells)


def test_the_page_reads_the_same_words() -> None:
    written = from_markdown.html(str(endpoints.section(real_work())))
    assert '<h2 id="what-your-endpoints-should-be">What your endpoints should be</h2>' in written


def test_a_few_blocks_prove_nothing_and_it_is_said_so() -> None:
    told = answer.markdown(analyse(many(blocks=2)))
    assert told.startswith(
        "**At the highest load, no style was shown to be ahead in any of 7 scenarios; the lowest median had `async` "
    )
    assert "- `sleep`: with 120 at once, `def` took 2.9" in told
    assert " times as long as `async` (not proven); with 1 at once, " in told
