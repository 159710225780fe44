import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.analysis.findings import (
    Comparison,
    Control,
    Findings,
    RunWarning,
    Trouble,
    TroubleCode,
    WarningCode,
)
from harness.analysis.statistics.verdicts import Verdict
from harness.article.findings import ArticleRow
from harness.model.flags import Flag
from harness.model.outcomes import Status
from harness.model.plan import Cell
from harness.model.scenarios import ScenarioFacts
from harness.report import readme
from harness.report.sections import repeat
from tests.builders.executors import BURST, CLOSED_LOOP, CONSTANT_RATE, POISSON_RATE
from tests.builders.findings import Run, failed, findings, refused, with_article, with_plan
from tests.builders.reader import headings, links, raw_html, tables

HOSTILE = "a|b<script>alert(1)</script>`[x](http://evil)*\\"
FOLDED = re.compile(r"<details>\n<summary>[^<>\n]*</summary>\n|</details>\n?")
LOADS: dict[str, dict[str, Any]] = {
    BURST: {},
    CLOSED_LOOP: {"concurrencies": (1, 64)},
    CONSTANT_RATE: {"concurrencies": (64,), "rates": (200, 400, 800)},
    POISSON_RATE: {"concurrencies": (64,), "rates": (200, 400, 800)},
}
OPEN_LOOP: dict[str, Any] = {"concurrencies": (64,), "rates": (200, 800)}
FEW_LOADS: dict[str, dict[str, Any]] = {
    BURST: {"concurrencies": (1, 41)},
    CLOSED_LOOP: {"concurrencies": (1, 64)},
    CONSTANT_RATE: OPEN_LOOP,
    POISSON_RATE: OPEN_LOOP,
}
OF_ALL = ("Waiting, working, server and wire", "Health check", "Interval", "Flag", "No figure")
STYLES = ("def", "async", "async-blocking", "async-to-thread", "async-threadpool")


def test_the_same_findings_give_the_same_report() -> None:
    run = Run(thread_limits=(40, 100), styles=STYLES)
    assert readme.render(findings(run)) == readme.render(findings(run))


def test_the_sections_come_in_the_order_of_the_story() -> None:
    some = with_article(findings(), [ArticleRow("uvicorn", "async", 120, 2.173, 2.061, 2.0, 0.05)])
    assert headings(readme.render(some)) == [
        "def vs async def",
        "How long it took",
        "Scenario sleep",
        "sleep, thread limit 40",
        "Knees",
        "Where the time went",
        "Who starves",
        "The article",
        "Whether to believe it",
        "Not measured",
        "Server by server",
        "How to read this",
        "Environment and how to repeat",
        "Raw data",
    ]


@pytest.mark.parametrize(
    ("executor", "sections"),
    [
        (BURST, ["How long it took", "Knees"]),
        (CLOSED_LOOP, ["How much was answered"]),
        (CONSTANT_RATE, ["What was kept up with"]),
        (POISSON_RATE, ["What was kept up with"]),
    ],
)
def test_a_run_has_the_sections_of_its_executor(executor: str, sections: list[str]) -> None:
    some = headings(readme.render(findings(Run(executor=executor, **LOADS[executor]))))
    of_executors = {"How long it took", "Knees", "How much was answered", "What was kept up with"}
    assert [heading for heading in some if heading in of_executors] == sections


@pytest.mark.parametrize("executor", LOADS)
@pytest.mark.parametrize("servers", [1, 3, 4, 10])
@pytest.mark.parametrize("styles", range(1, 6))
def test_no_table_is_too_wide_or_ragged(servers: int, styles: int, executor: str) -> None:
    run = Run(
        executor=executor,
        **FEW_LOADS[executor],
        servers=[f"server-{number}" for number in range(servers)],
        styles=STYLES[:styles],
        workers=(1, 2),
    )
    for rows in tables(readme.render(findings(run))):
        assert len(set(rows)) == 1
        assert rows[0] <= 7


def test_every_figure_of_ten_servers_and_five_styles_is_shown_once() -> None:
    run = Run(servers=[f"server-{number}" for number in range(10)], styles=STYLES, blocks=1)
    durations = readme.render(findings(run)).split("## How long it took")[1].split("## Knees")[0]
    for server in run.servers:
        for style in STYLES:
            assert durations.count(f" {server} `{style}` ") == 1


def hostile(words: str, executor: str) -> Findings:
    run = Run(executor=executor, title=words, scenario=words, servers=(words, "uvicorn"), loop=words, client=words)
    some = findings(replace(run, **FEW_LOADS[executor]))
    flagged = replace(some.cells[-1], flagged_blocks=dict.fromkeys(Flag, 1))
    some = replace(
        with_article(some, [ArticleRow(words, words, 20, 2.0, 2.1, 2.0, 0.05)]),
        cells=(*some.cells[:-1], flagged),
        troubles=(Trouble(TroubleCode.LAUNCH_FAILED, Status.FAILED, words, 3, (flagged.cell,)),),
        warnings=(
            RunWarning(
                WarningCode.LAUNCHES_DIFFER, launch=flagged.cell.launch, fact=f"versions.{words}", values=(words,)
            ),
        ),
        scenarios=(ScenarioFacts(words, words),),
        header=replace(some.header, environment={"cpu": words, words: words, "versions": {words: words}}),
    )
    return with_plan(some, profile=words, only=(words,), matrix=f"{words}\n```\n{words}")


@cache
def with_harmless_names(executor: str) -> str:
    return readme.render(hostile("harmless", executor))


def assert_harmless(words: str, executor: str) -> None:
    report = readme.render(hostile(words, executor))
    harmless = with_harmless_names(executor)
    for piece in raw_html(report):
        assert FOLDED.fullmatch(piece), piece
    assert [link for link in links(report) if not link.startswith("#")] == [*readme.FILES]
    assert tables(report) == tables(harmless)
    assert len(headings(report)) == len(headings(harmless))


@pytest.mark.parametrize("executor", LOADS)
def test_hostile_names_break_nothing(executor: str) -> None:
    assert_harmless(HOSTILE, executor)


@settings(max_examples=25)
@given(
    st.text(alphabet=st.one_of(st.characters(), st.sampled_from("`|\\*_[]()<>\n#-")), min_size=1),
    st.sampled_from(list(LOADS)),
)
def test_no_name_at_all_breaks_anything(words: str, executor: str) -> None:
    # One that is called as the other server would stand in the same columns.
    assert_harmless(f"~{words}", executor)


def test_what_has_no_figure_says_so_in_a_word() -> None:
    report = readme.render(mixed())
    assert "| 40 | failed | 0.102 (1.02) |" in report
    assert "| 41 | 0.204 (1.02)\\* | skipped |" in report
    assert "\\* Some blocks gave no figure here: this is over those that did." in report


def mixed() -> Findings:
    """One cell of each fate."""
    some = findings(Run(servers=("uvicorn",), concurrencies=(40, 41)))
    at_40, at_41, async_40, async_41 = some.cells
    partly = replace(at_41, status=Status.FAILED, reason="1 of 6 blocks: it fell over", blocks=5, blocks_failed=1)
    return replace(some, cells=(failed(at_40.cell), partly, async_40, refused(async_41.cell)))


def test_rows_that_a_style_was_not_measured_at_are_dropped_from_its_table() -> None:
    run = Run(styles=STYLES[:3])
    some = findings(run)
    few = replace(some, cells=tuple(one for one in some.cells if not beyond_forty(one.cell)))
    assert "| 41 |" not in readme.render(few).split("hypercorn `async-blocking`")[1].split("\n\n")[0]


def beyond_forty(cell: Cell) -> bool:
    return cell.style == "async-blocking" and cell.concurrency > 40


def test_intervals_are_folded_away_and_only_there_where_there_are_any() -> None:
    assert "<summary>95% intervals" in readme.render(findings(Run(blocks=6)))
    assert "<summary>95% intervals" not in readme.render(findings(Run(blocks=5)))


def test_headings_name_what_the_run_varies() -> None:
    some = findings(Run(workers=(1, 2), thread_limits=(40, "default"), concurrencies=(40, 41)))
    assert [heading for heading in headings(readme.render(some)) if heading.startswith("sleep")] == [
        "sleep, thread limit 40, 1 worker",
        "sleep, thread limit 40, 2 workers",
        "sleep, thread limit left unset, 1 worker",
        "sleep, thread limit left unset, 2 workers",
    ]


def test_workers_that_got_unequal_shares_are_shown() -> None:
    some = findings(Run(servers=("uvicorn",), styles=("def",), workers=(2,), concurrencies=(41,)))
    uneven = replace(some, cells=tuple(replace(one, requests_per_process=(200, 46)) for one in some.cells))
    assert "| `def` | thread limit 40, 2 workers | 41 | 200, 46 |" in readme.render(uneven)


def test_proof_sets_what_was_asked_beside_what_was_in_force() -> None:
    report = readme.render(findings(Run(servers=("uvicorn",), thread_limits=("default",))))
    assert "| 1.2.3 | left unset → 40 | 40 | 1 → 1 | uvloop → uvloop | httptools |" in report


def test_a_server_that_never_was_ready_proves_nothing() -> None:
    some = findings(Run(servers=("uvicorn",)))
    dead = replace(some, launches=(replace(some.launches[0], in_force=None, version=None, peak_handlers=None),))
    assert "| — | 40 → never ready | — | 1 | uvloop | — |" in readme.render(dead)


def test_each_server_has_a_part_of_its_own_that_is_folded_away() -> None:
    some = findings(Run(servers=("uvicorn", "granian"), thread_limits=(40, "default"), concurrencies=(40,)))
    first, second, *others = some.launches
    never = replace(second, launches=0, version=None, ready_s=None, stop_s=None)
    section = readme.sections(replace(some, launches=(first, never, *others)), {})["servers"]
    assert re.findall("<summary>(.*)</summary>", section) == ["uvicorn 1.2.3", "granian 1.2.3"]
    assert section.split("\n\n**What it cost**")[0] == (
        "## Server by server\n\n"
        "What was in force inside each server, what it cost, and how `def` compares with `async` at every load. "
        "Nothing is claimed here: among many intervals of 95% each, some miss.\n\n"
        "<details>\n<summary>uvicorn 1.2.3</summary>\n\n"
        "**Proof**, read back from inside, as `asked → in force`. Peak handlers: the most that were seen at once in "
        "one process, among the styles that wait for the thread limit.\n\n"
        "| version | thread limit | peak handlers | workers | loop | HTTP parser |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| 1.2.3 | 40 → 40 | 40 | 1 → 1 | uvloop → uvloop | httptools |\n"
        "| — | left unset → 40 | 40 | 1 → 1 | uvloop → uvloop | httptools |\n\n"
        "**Starts**, and the medians of how long each took to be ready and to be stopped.\n\n"
        "| thread limit | workers | loop | starts | ready after, s | stopped after, s |\n"
        "| ---: | ---: | --- | ---: | ---: | ---: |\n"
        "| 40 | 1 | uvloop | 6 | 0.500 | 0.200 |\n"
        "| left unset | 1 | uvloop | 0 | — | — |"
    )


def test_the_article_stands_beside_our_own_figures() -> None:
    rows = (
        ArticleRow("uvicorn", "async", 80, 2.134, 2.05, 2.0, 0.01),
        ArticleRow("uvicorn", "async", 120, 2.173, 2.061, 2.0, 0.0305),
        ArticleRow("granian", "async", 120, 2.173, 2.0871, 2.0, 0.1),
        ArticleRow("uvicorn", "def", 120, 6.136, 5.999, 6.0, 0.05),
    )
    section = readme.render(with_article(findings(), rows)).split("## The article")[1].split("##")[0]
    assert section.split("\n\n", 2)[2] == (
        "| server | style | at once | article, s | here, s | excess, ms | client at most |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |\n"
        "| uvicorn | `async` | 80 | 2.134 | 2.050 | 50.0 | 10.0 ms (20%) |\n"
        "| uvicorn | `async` | 120 | 2.173 | 2.061 | 61.0 | 30.5 ms (50%) |\n"
        "| granian | `async` | 120 | 2.173 | 2.087 | 87.1 | 87.1 ms (100%) |\n"
        "| uvicorn | `def` | 120 | 6.136 | 5.999 | -1.00 | — |\n\n"
        "- `async`, 120 at once: the article was 173.0 ms above the 2.000 s of the model; here uvicorn was 61.0 ms "
        "above (the client at most 50% of it) and granian was 87.1 ms above (the client at most 100% of it).\n"
        "- `def`, 120 at once: the article was 136.0 ms above the 6.000 s of the model; here uvicorn was 1.00 ms "
        "below.\n\n"
    )


def test_what_the_engine_leaves_of_the_excess_stands_in_place_of_a_bound() -> None:
    rows = (
        ArticleRow("uvicorn", "async", 120, 2.173, 2.061, 2.0, 0.0305, engine_s=2.0061),
        ArticleRow("granian", "async", 120, 2.173, 2.05, 2.0, 0.02, engine_s=2.06),
        ArticleRow("daphne", "async", 120, 2.173, 2.05, 2.0, 0.02),
    )
    section = readme.render(with_article(findings(), rows)).split("## The article")[1].split("##")[0]
    assert "with the engine in place of the article's client, too" in section
    assert section.split("\n\n", 2)[2] == (
        "| server | style | at once | article, s | here, s | excess, ms | with the engine, ms |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |\n"
        "| uvicorn | `async` | 120 | 2.173 | 2.061 | 61.0 | 6.10 |\n"
        "| granian | `async` | 120 | 2.173 | 2.050 | 50.0 | 60.0 |\n"
        "| daphne | `async` | 120 | 2.173 | 2.050 | 50.0 | — |\n\n"
        "- `async`, 120 at once: the article was 173.0 ms above the 2.000 s of the model; here uvicorn was 61.0 ms "
        "above (the client 90% of it), granian was 50.0 ms above (the client 0% of it) and daphne was 50.0 ms above "
        "(the client at most 40% of it).\n\n"
    )


def test_nothing_missing_is_said_in_as_many_words() -> None:
    assert "Nothing: every cell was measured in every block." in readme.render(findings())


def test_what_is_missing_is_told_with_its_reason() -> None:
    some = findings()
    granian = next(one.cell for one in some.cells if one.cell.launch.server == "granian")
    some = replace(
        some,
        troubles=(Trouble(TroubleCode.LAUNCH_FAILED, Status.FAILED, "log:\n  a | b", 12, (granian,)),),
        warnings=(RunWarning(WarningCode.PORT_KEPT, launch=granian.launch, launches=2),),
    )
    section = readme.render(some).split("## Not measured")[1].split("##")[0]
    assert "| granian | failed | 12 | log: a \\| b |" in section
    assert "- port still taken after granian was stopped (2 launches)." in section


@pytest.mark.parametrize(
    ("executor", "words"),
    [
        (BURST, ["Burst", "Block", "Measured / model", "Knee", *OF_ALL]),
        (CLOSED_LOOP, ["Closed loop", "Block", *OF_ALL]),
        (POISSON_RATE, ["Open loop", "Block", *OF_ALL]),
    ],
)
def test_the_words_that_are_explained_are_those_of_the_executor(executor: str, words: list[str]) -> None:
    section = readme.render(findings(Run(executor=executor, **LOADS[executor]))).split("## How to read this")[1]
    assert re.findall(r"^- \*\*(.*?)\*\*:", section, re.MULTILINE) == words


def test_verdicts_controls_and_intervals_are_explained_where_there_are_any() -> None:
    some = findings(Run(servers=("uvicorn",)))
    one, other = (cell.cell for cell in some.cells[:2])
    compared = replace(
        some,
        comparisons=(Comparison(one, other, 8, 1.0, 0.9, 1.1, 0.05, Verdict.UNDECIDED),),
        control=Control((one,), 8, 1.0, 0.9, 1.1, within=True),
    )
    words = dict(re.findall(r"^- \*\*(.*?)\*\*: (.*)$", readme.render(compared), re.MULTILINE))
    assert {"Verdict", "A/A control"} <= words.keys()
    assert "Below six blocks nothing is claimed" in words["Interval"]
    assert "It takes seven blocks" in readme.render(replace(compared, is_sequential=True))


def test_an_interrupted_run_says_so_under_its_title() -> None:
    line = readme.run(replace(findings(), finished=False, blocks=2))
    assert line == "2026-10-01 12:00 UTC · no profile · **interrupted** after 2 of 6 blocks · measured in 312 s"


def test_how_long_it_took_is_left_out_where_no_sitting_could_say_it() -> None:
    assert readme.run(replace(findings(), finished=False, blocks=2, wall_s=0.0)).endswith("after 2 of 6 blocks")


@pytest.mark.parametrize(
    ("blocks", "over"),
    [
        ((6, 6), "median over 6 blocks"),
        ((6, 5), "median over up to 6 blocks"),
        ((6, 0), "median over 6 blocks"),
        ((1, 1), "one block"),
        ((0, 0), "one block"),
    ],
)
def test_the_legend_says_how_many_blocks_the_medians_are_over(blocks: tuple[int, int], over: str) -> None:
    some = findings(Run(servers=("uvicorn",), concurrencies=(40,)))
    cells = tuple(replace(one, blocks=number) for one, number in zip(some.cells, blocks, strict=True))
    assert f"server and style: {over}; in brackets" in readme.render(replace(some, cells=cells))


def test_what_a_scenario_shows_stands_under_its_first_heading_only() -> None:
    report = readme.render(findings(Run(thread_limits=(40, 100))))
    shows = "What sleep shows: `def` \\*waits\\*."
    assert f"\n\n### Scenario sleep\n\n{shows}\n\n#### sleep, thread limit 40\n\n| at once |" in report
    assert "|\n\n</details>\n\n#### sleep, thread limit 100\n\n| at once |" in report


def test_a_scenario_of_which_nothing_is_known_has_its_tables_only() -> None:
    report = readme.render(replace(findings(), scenarios=()))
    assert "\n\n### Scenario sleep\n\n#### sleep, thread limit 40\n\n| at once |" in report


@pytest.mark.parametrize(
    ("stamp", "shown"),
    [
        ("2026-10-01T12:00:00Z", "2026-10-01 12:00 UTC"),
        ("2026-10-01T14:30:00+02:00", "2026-10-01 12:30 UTC"),
        ("2026-10-01T12:00:00", "2026-10-01 12:00 UTC"),
        ("*soon*", "\\*soon\\*"),
    ],
)
def test_moments_are_shown_in_utc(stamp: str, shown: str) -> None:
    assert readme.format_time(stamp) == shown


def test_the_command_repeats_profile_and_selection_quoted_for_a_shell() -> None:
    plan = with_plan(findings(), profile="article", only=("server=uvicorn", "server=a b")).header.plan
    assert repeat.command(plan) == (
        "python -m pip install nox && "
        "python -m nox -s matrix -- --profile article --only server=uvicorn --only 'server=a b'"
    )


def test_the_command_of_a_whole_matrix_has_no_arguments() -> None:
    assert repeat.command(findings().header.plan) == "python -m pip install nox && python -m nox -s matrix"


def test_a_plan_without_a_cell_can_be_reported() -> None:
    empty = replace(findings(), cells=(), ratios=(), knees=(), launches=())
    assert "Nothing was measured: 0 cells." in readme.render(empty)


def test_def_stands_beside_async_and_the_other_styles_after_them() -> None:
    some = findings(Run(servers=("uvicorn",), styles=STYLES, blocks=1))
    assert tables(readme.render(some))[:2] == [[3] * 5, [4] * 5]


def test_a_strange_style_stands_last() -> None:
    report = readme.render(findings(Run(servers=("uvicorn",), styles=("odd", "async-threadpool"), blocks=1)))
    assert "| at once | uvicorn `async-threadpool` | uvicorn `odd` |" in report
