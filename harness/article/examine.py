"""Examine the article: its figures next to ours, and the answers to its claims.

Rule 1: a claim is refuted if any evidence refutes it, confirmed if some confirms it and none refutes it, and otherwise
not tested.
Rule 2: evidence rests on an interval. With too few blocks for one, it has figures and decides nothing. Only facts that
a server reports or that are counted inside it need a single block.
Rule 3: figures of a client or an upstream decide nothing, and the cells of the A/A control are no evidence.
Rule 4: if that control differs from itself by more than the practical difference, only what a server reports decides
anything.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from harness.analysis.findings import CellFinding, Findings
from harness.analysis.tally import Tally
from harness.article.claims import FACTS_ONLY, TESTS
from harness.article.findings import ArticleFindings, ArticleRow, Claim, ClaimVerdict, OpenReason, WhyOpen
from harness.article.series import collect
from harness.model.executors import BURST

THREADS = 40
ARTICLE_S = {
    "async": {20: 2.063, 40: 2.086, 80: 2.134, 120: 2.173},
    "def": {20: 2.083, 40: 2.091, 80: 4.132, 120: 6.136},
}
"""Seconds until the last answer, by style and concurrent requests: uvicorn, one worker, 40 threads, a delay of 2 s.

Source: "Behind the Scenes: Concurrency in FastAPI", its table of execution times; its `sync` is our `def`.
"""


def examine(tally: Tally, findings: Findings) -> ArticleFindings:
    """Return the findings of a run on the article."""
    measured, control = collect(tally, findings), findings.control
    withheld = OpenReason(WhyOpen.CONTROL_DIFFERS)
    examined = []
    for number, test in TESTS.items():
        evidence = tuple(test(measured))
        if control is not None and control.differs and number not in FACTS_ONLY:
            evidence = tuple(replace(each, verdict=ClaimVerdict.NOT_TESTED, reason=withheld) for each in evidence)
        verdicts = {each.verdict for each in evidence}
        decided = (one for one in (ClaimVerdict.REFUTED, ClaimVerdict.CONFIRMED) if one in verdicts)
        examined.append(Claim(number, next(decided, ClaimVerdict.NOT_TESTED), evidence))
    return ArticleFindings(tuple(_find_rows(findings.cells)), tuple(examined))


def _find_rows(cells: Iterable[CellFinding]) -> Iterator[ArticleRow]:
    """Yield a row for every cell that repeats the article, on any server."""
    findings = {finding.cell: finding for finding in cells}
    for cell, finding in findings.items():
        article_s = ARTICLE_S.get(cell.style, {}).get(cell.concurrency)
        launch = replace(cell.launch, scenario="sleep", delay_s=2.0, workers=1)
        repeats = cell == replace(cell, launch=launch, executor=BURST.name, client="article")
        if article_s is None or not repeats or finding.limiter_tokens != THREADS:
            continue
        if finding.median_s is not None and finding.model_s is not None and finding.client is not None:
            engine = findings.get(replace(cell, client="engine"))
            yield ArticleRow(
                server=cell.launch.server,
                style=cell.style,
                concurrency=cell.concurrency,
                article_s=article_s,
                median_s=finding.median_s,
                model_s=finding.model_s,
                client_s=finding.client.cpu_s,
                engine_s=engine.median_s if engine else None,
            )
