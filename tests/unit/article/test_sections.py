"""The section on the article's claims, rendered from what was really found."""

import re
from dataclasses import replace
from pathlib import Path

from harness.analysis.findings import Findings
from harness.article import sections
from harness.article.findings import (
    ArticleRow,
    Claim,
    ClaimVerdict,
    OpenReason,
    WhyOpen,
    article_findings,
)
from harness.article.wording import explain_untested
from harness.model.plan import Cell, Plan
from harness.report.document import Document
from harness.report.markdown import render_markdown
from tests.builders import findings as builders
from tests.builders.journals import LAUNCH, in_blocks
from tests.builders.reader import raw_html, tables
from tests.unit.article.obedient import as_modelled, bursts, cells, checked, measured, six

UNSET = tuple(replace(LAUNCH, server=server, thread_limit="default") for server in ("uvicorn", "hypercorn", "granian"))
SWEEP = six(*cells(("def", "async", "async-blocking"), (20, 40, 41, 80, 81), *UNSET))


def claims_section(some: Findings) -> str | None:
    """Return the section as Markdown, None without one."""
    section = sections.claims_section(some)
    return None if section is None else render_markdown(Document("t", (section,)))


def as_the_facts_are(folder: Path, some: Plan = SWEEP) -> Findings:
    def slowest_s(cell: Cell, _block: int) -> float:
        return 0.9 * as_modelled(cell, 0) if cell.style == "async-blocking" else 0.002

    return measured(folder, some, checked(bursts(some), some, slowest_s))


def as_nobody_says(folder: Path) -> Findings:
    """What is true of the claims is false here and the other way round, and granian has half the threads."""

    def took_s(cell: Cell, _block: int) -> float:
        times = {
            "def": max(1.0, cell.concurrency / (20 if cell.launch.server == "granian" else 40)),
            "async": 1.6 if cell.concurrency > 41 else 1.0,
            "async-blocking": cell.concurrency / 4,
        }
        return 0.1 * times[cell.style]

    return measured(folder, SWEEP, checked(bursts(SWEEP, took_s), SWEEP, lambda _cell, _block: 0.002), cores=8)


def table_of(section: str | None) -> list[str]:
    """The rows of the first table, without its headers."""
    return str(section).split("\n\n")[4].split("\n")[2:]


def seen_of(section: str | None) -> list[tuple[str, str]]:
    """The answer to each claim, and what was seen."""
    cells = [row.strip("| ").split(" | ") for row in table_of(section)]
    return [(answer, seen) for _, _, answer, seen in cells]


def test_each_claim_has_its_answer_and_what_was_seen(tmp_path: Path) -> None:
    section = str(claims_section(as_the_facts_are(tmp_path)))
    assert "<summary>Claims of &quot;Behind the Scenes: Concurrency in FastAPI&quot;: confirmed 1, 2, 7;" in section
    assert seen_of(section) == [
        ("✓ confirmed", "on all three servers, `def` took 1.00 times as long as `async` with a thread per request"),
        (
            "✓ confirmed",
            "on all three servers, `async` took 1.04 times as long at the highest load, 0.10 ms per further request",
        ),
        ("✗ refuted", "on all three servers, a line is 289.29 times as far off as a staircase"),
        ("✗ refuted", "on all three servers, the knee is where the thread limit in force puts it"),
        (
            "✗ refuted",
            "on all three servers, 40 threads on 2 cores, at most 40 handlers at a time; 5 x cores would be 10",
        ),
        (
            "✗ refuted",
            (
                "on all three servers, it blocks every route: a health check on another `async def` route took 72.97 "
                "times the delay"
            ),
        ),
        (
            "✓ confirmed",
            "on all three servers, a burst took 1.00 times its requests one after the other, at most 1 at a time",
        ),
    ]


def test_the_opposite_is_told_in_as_many_words(tmp_path: Path) -> None:
    section = claims_section(as_nobody_says(tmp_path))
    assert [answer for answer, _ in seen_of(section)] == [
        "✗ refuted",
        "✗ refuted",
        "✓ confirmed",
        "✓ confirmed",
        "✓ confirmed",
        "✗ refuted",
    ]
    assert seen_of(section)[0][1] == (
        "refuted in 1 of 3 cases, where `def` took 2.00 times as long as `async` with a thread per request; confirmed "
        "in 2 of 3 cases, where `def` took 1.00 times as long as `async` with a thread per request"
    )
    assert "not tested 5." in str(section)


def test_where_others_saw_nothing_the_few_that_did_are_named_with_their_conditions(tmp_path: Path) -> None:
    some = as_the_facts_are(tmp_path)
    also_noop = [replace(each, launch=replace(each.launch, scenario="noop")) for each in SWEEP.cells]
    first = article_findings(some).claims[0]
    reason = OpenReason(WhyOpen.STRADDLES_BOUND, (1.25,))
    one, *others = first.evidence
    left_open = (replace(each, verdict=ClaimVerdict.NOT_TESTED, reason=reason) for each in others)
    few = builders.with_article(some, claims=[replace(first, evidence=(one, *left_open))])
    section = str(claims_section(builders.with_plan(few, cells=(*SWEEP.cells, *also_noop))))
    assert "| ✓ confirmed | on uvicorn (sleep), `def` took 1.00 times as long as `async`" in section


def test_one_block_has_figures_and_says_why_it_settles_nothing(tmp_path: Path) -> None:
    once = as_the_facts_are(tmp_path, in_blocks(SWEEP, 1))
    assert "refuted 5; not tested 1, 2, 3, 4, 6, 7." in str(claims_section(once))
    assert [explain_untested(claim) for claim in article_findings(once).claims][:2] == [
        "1 block, and an interval takes 6"
    ] * 2


def test_the_article_s_figures_stand_beside_our_own() -> None:
    rows = (
        ArticleRow("uvicorn", "async", 120, 2.173, 2.061, 2.0, 0.0305),
        ArticleRow("uvicorn", "def", 120, 6.136, 5.999, 6.0, 0.05),
    )
    section = str(claims_section(builders.with_article(builders.findings(), rows)))
    assert "| server | style | requests | article, s | here, s | excess, ms | client at most, ms |" in section
    assert "| uvicorn | `async` | 120 | 2.173 | 2.061 | 61.0 | 30.5 |" in section
    assert "| uvicorn | `def` | 120 | 6.136 | 5.999 | -1.00 | — |" in section


def test_the_engine_shows_how_much_is_due_to_the_article_s_client() -> None:
    rows = (
        ArticleRow("uvicorn", "async", 120, 2.173, 2.061, 2.0, 0.0305, engine_s=2.0061),
        ArticleRow("daphne", "async", 120, 2.173, 2.05, 2.0, 0.02),
    )
    section = str(claims_section(builders.with_article(builders.findings(), rows)))
    assert "| server | style | requests | article, s | here, s | excess, ms | with the engine, ms |" in section
    assert "| uvicorn | `async` | 120 | 2.173 | 2.061 | 61.0 | 6.10 |" in section
    assert "| daphne | `async` | 120 | 2.173 | 2.050 | 50.0 | — |" in section


def test_no_evidence_at_all_makes_no_section() -> None:
    assert claims_section(builders.findings()) is None


def test_hostile_names_break_nothing(tmp_path: Path) -> None:
    some = as_the_facts_are(tmp_path)
    words = "a|b<script>alert(1)</script>`[x](http://evil)*\\"

    def renamed(cell: Cell) -> Cell:
        return replace(cell, launch=replace(cell.launch, server=words))

    def hostile(claim: Claim) -> Claim:
        return replace(claim, evidence=tuple(replace(each, cell=renamed(each.cell)) for each in claim.evidence))

    some = builders.with_article(some, claims=[hostile(claim) for claim in article_findings(some).claims])
    section = str(claims_section(builders.with_plan(some, cells=tuple(map(renamed, SWEEP.cells)))))
    assert {re.sub(r"<summary>.*</summary>", "", html) for html in raw_html(section)} == {
        "<details>\n\n",
        "</details>\n",
    }
    assert tables(section) == [[4] * 8]
