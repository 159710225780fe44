"""The section on the article's claims, rendered from what was really found."""

from dataclasses import replace
from pathlib import Path

from harness.analysis.findings import Findings
from harness.article.findings import (
    ArticleRow,
    Claim,
    ClaimVerdict,
    OpenReason,
    WhyOpen,
    article_findings,
)
from harness.article.sections import claims_section, claims_sentence
from harness.model.plan import Cell, Plan
from harness.report import readme
from tests.builders import findings as builders
from tests.builders.journals import LAUNCH, in_blocks
from tests.builders.reader import headings, raw_html, tables
from tests.unit.article.obedient import as_modelled, bursts, cells, checked, measured, six

UNSET = tuple(replace(LAUNCH, server=server, thread_limit="default") for server in ("uvicorn", "hypercorn", "granian"))
SWEEP = six(*cells(("def", "async", "async-blocking"), (20, 40, 41, 80, 81), *UNSET))
FOLDED = ["<details>\n<summary>What each server has to say to them</summary>\n", "</details>"]


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
    return str(section).split("\n\n")[2].split("\n")[2:]


def test_each_claim_has_its_answer_and_what_was_seen(tmp_path: Path) -> None:
    section = str(claims_section(as_the_facts_are(tmp_path)))
    assert section.startswith("## The article's claims\n\n")
    assert table_of(section) == [
        (
            "| 1 | `def` and `async def` take the same time until more requests come at once than there are "
            "threads | confirmed | on all three servers, `def` took 1.00 times as long as `async`, with a thread "
            "for each request |"
        ),
        (
            "| 2 | Beyond that, `async def` stays flat | confirmed | on all three servers, `async` took 1.04 "
            "times as long with the most requests as with a thread for each; each further request added 0.10 ms "
            "|"
        ),
        (
            "| 3 | Beyond that, `def` grows linearly | refuted | on all three servers, from the thread limit on "
            "(Model fit takes in smaller bursts, too), a line is 289.29 times as far off as a staircase with a step at "
            "each multiple of the limit |"
        ),
        (
            "| 4 | The threads belong to the server | refuted | on all three servers, the knee is where the "
            "thread limit in force puts it |"
        ),
        (
            "| 5 | Their number is 5 x cores | refuted | on all three servers, 40 threads were in force on 2 "
            "cores and at most 40 handlers ran at once; 5 x cores would be 10, min(32, cores + 4) would be 6 |"
        ),
        (
            "| 6 | Blocking inside `async def` blocks the next execution of that endpoint | refuted | on all "
            "three servers, it blocks more than that: another `async def` route of the same worker waited "
            "as well, and its slowest health check took 72.97 times the delay |"
        ),
        (
            "| 7 | Blocking inside `async def` uses one thread, for one request at a time | confirmed | on all "
            "three servers, a burst took 1.00 times what its requests take one after the other, with at most 1 "
            "running at once |"
        ),
    ]
    assert raw_html(section) == FOLDED


def test_the_opposite_is_told_in_as_many_words(tmp_path: Path) -> None:
    assert table_of(claims_section(as_nobody_says(tmp_path))) == [
        (
            "| 1 | `def` and `async def` take the same time until more requests come at once than there are "
            "threads | refuted | refuted in 1 of 3 cases, where `def` took 2.00 times as long as `async`, with a "
            "thread for each request; confirmed in 2 of 3 cases, where `def` took 1.00 times as long as `async`, "
            "with a thread for each request |"
        ),
        (
            "| 2 | Beyond that, `async def` stays flat | refuted | on all three servers, `async` took 1.60 times "
            "as long with the most requests as with a thread for each; each further request added 1.46 ms |"
        ),
        (
            "| 3 | Beyond that, `def` grows linearly | confirmed | on all three servers, from the thread limit on "
            "(Model fit takes in smaller bursts, too), a line is 0.00 times as far off as a staircase with a step at "
            "each multiple of the limit |"
        ),
        (
            "| 4 | The threads belong to the server | confirmed | on all three servers, the knees are apart, "
            "although the conditions are the same |"
        ),
        ("| 5 | Their number is 5 x cores | not tested | with 8 cores, 5 x cores cannot be told from anyio's own 40 |"),
        (
            "| 6 | Blocking inside `async def` blocks the next execution of that endpoint | confirmed | on all "
            "three servers, another `async def` route did not wait: its slowest health check took 0.02 times "
            "the delay |"
        ),
        (
            "| 7 | Blocking inside `async def` uses one thread, for one request at a time | refuted | on all "
            "three servers, a burst took 0.25 times what its requests take one after the other, with at most 1 "
            "running at once |"
        ),
    ]


def test_what_each_server_says_is_folded_away(tmp_path: Path) -> None:
    alone = replace(SWEEP, cells=SWEEP.cells[:15])
    assert str(claims_section(as_the_facts_are(tmp_path, alone))).split("\n\n", 3)[3].split("\n") == [
        "<details>",
        "<summary>What each server has to say to them</summary>",
        "",
        "| claim | where | answer | what was seen |",
        "| ---: | --- | --- | --- |",
        (
            "| 1 | uvicorn | confirmed | with 40 at once on 40 threads, `def` took 1.00 times as long as `async` "
            "(1.00 to 1.00) |"
        ),
        (
            "| 2 | uvicorn | confirmed | on 40 threads, `async` took 1.04 times as long with 81 at once as with "
            "40 (1.04 to 1.04): 0.10 ms for each further request |"
        ),
        (
            "| 3 | uvicorn | refuted | a line is 289.29 times as far off as a staircase (167.43 to 999.62): "
            "24.9% against 0.1%, with steps of 40 where the limit in force is 40 |"
        ),
        (
            "| 5 | uvicorn | refuted | 40 thread tokens were in force and at most 40 handlers ran at once; 5 x 2 "
            "cores would be 10, min(32, 2 + 4) would be 6 |"
        ),
        (
            "| 6 | uvicorn | refuted | while 81 requests blocked the loop, the slowest health check on another "
            "`async def` route took 7.297 s, which is 72.97 times the delay (72.97 to 72.97); while `async` "
            "worked, 0.02 times |"
        ),
        (
            "| 7 | uvicorn | confirmed | 81 at once took 1.00 times what they take one after the other (1.00 to "
            "1.01), with at most 1 running at once |"
        ),
        "",
        "</details>",
    ]


def test_where_others_saw_nothing_the_few_that_did_are_named_with_their_conditions(tmp_path: Path) -> None:
    some = as_the_facts_are(tmp_path)
    also_noop = [replace(each, launch=replace(each.launch, scenario="noop")) for each in SWEEP.cells]
    first = article_findings(some).claims[0]
    reason = OpenReason(WhyOpen.STRADDLES_BOUND, (1.25,))
    one, *others = first.evidence
    left_open = (replace(each, verdict=ClaimVerdict.NOT_TESTED, reason=reason) for each in others)
    few = builders.with_article(some, claims=[replace(first, evidence=(one, *left_open))])
    section = str(claims_section(builders.with_plan(few, cells=(*SWEEP.cells, *also_noop))))
    assert "| confirmed | on uvicorn (sleep), `def` took 1.00 times as long as `async`" in section
    assert (
        "| 1 | hypercorn (sleep) | not tested | with 40 at once on 40 threads, `def` took 1.00 times as long as "
        "`async` (1.00 to 1.00); the interval lies on both sides of 1.25 |"
    ) in section


def test_one_block_has_figures_and_says_why_it_settles_nothing(tmp_path: Path) -> None:
    once = as_the_facts_are(tmp_path, in_blocks(SWEEP, 1))
    assert table_of(claims_section(once)) == [
        (
            "| 1 | `def` and `async def` take the same time until more requests come at once than there are "
            "threads | not tested | 1 block, and an interval takes 6 |"
        ),
        "| 2 | Beyond that, `async def` stays flat | not tested | 1 block, and an interval takes 6 |",
        "| 3 | Beyond that, `def` grows linearly | not tested | 1 block, and an interval takes 6 |",
        "| 4 | The threads belong to the server | not tested | 1 block, and an interval takes 6 |",
        (
            "| 5 | Their number is 5 x cores | refuted | on all three servers, 40 threads were in force on 2 "
            "cores and at most 40 handlers ran at once; 5 x cores would be 10, min(32, cores + 4) would be 6 |"
        ),
        (
            "| 6 | Blocking inside `async def` blocks the next execution of that endpoint | not tested | 1 "
            "block, and an interval takes 6 |"
        ),
        (
            "| 7 | Blocking inside `async def` uses one thread, for one request at a time | not tested | 1 "
            "block, and an interval takes 6 |"
        ),
    ]


def test_beside_the_articles_figures_the_claims_are_its(tmp_path: Path) -> None:
    some = as_the_facts_are(tmp_path)
    row = ArticleRow("uvicorn", "async", 120, 2.173, 2.061, 2.0, 0.05)
    report = headings(readme.render(builders.with_article(some, [row], article_findings(some).claims)))
    assert report[report.index("The article") + 1] == "Its claims"


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
    assert raw_html(section) == FOLDED
    assert tables(section) == [[4] * 8, [4] * 22]


def test_the_answer_says_which_claims_were_confirmed_and_which_refuted() -> None:
    verdicts = [ClaimVerdict.CONFIRMED, ClaimVerdict.REFUTED, ClaimVerdict.NOT_TESTED, ClaimVerdict.CONFIRMED]
    claims = [Claim(number, verdict, ()) for number, verdict in enumerate(verdicts, start=1)]
    assert claims_sentence(builders.with_article(builders.findings(), claims=claims)) == (
        'Of the four claims of "Behind the Scenes: Concurrency in FastAPI", confirmed: 1 and 4; refuted: 2; '
        "not tested: 3."
    )
    assert claims_sentence(builders.with_article(builders.findings(), claims=claims[2:3])) is None
