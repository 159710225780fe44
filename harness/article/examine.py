"""What a run says about the article: its figures next to ours, and the answers to its claims.

Rule 1: a claim is refuted if any evidence refutes it, confirmed if some confirms it and none refutes it, and otherwise
not tested.
Rule 2: evidence rests on an interval. With too few blocks for one, it has figures and decides nothing. Only facts that
a server reports or that are counted inside it need a single block.
Rule 3: figures of a client or an upstream decide nothing, and the cells of the A/A control are no evidence.
Rule 4: if that control differs from itself by more than the practical difference, only what a server reports decides
anything.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from harness.analysis.findings import CellFinding, Findings
from harness.analysis.tally import Tally
from harness.article.blocking import blocks_one_endpoint, one_at_a_time
from harness.article.durations import grows_linearly, same_time, stays_flat
from harness.article.findings import (
    ArticleFindings,
    ArticleRow,
    Claim,
    ClaimEvidence,
    ClaimVerdict,
    OpenReason,
    WhyOpen,
)
from harness.article.series import ClaimInput, collect
from harness.article.threads import belong_to_the_server, five_per_core
from harness.model.executors import BURST

TESTS: tuple[Callable[[ClaimInput], Iterator[ClaimEvidence]], ...] = (
    same_time,
    stays_flat,
    grows_linearly,
    belong_to_the_server,
    five_per_core,
    blocks_one_endpoint,
    one_at_a_time,
)
"""How each claim is tested, in the order of their numbers."""

READ_BACK = {five_per_core}
"""The claims that servers answer themselves."""

THREADS = 40
ARTICLE_S = {
    ("async", 20): 2.063,
    ("async", 40): 2.086,
    ("async", 80): 2.134,
    ("async", 120): 2.173,
    ("def", 20): 2.083,
    ("def", 40): 2.091,
    ("def", 80): 4.132,
    ("def", 120): 6.136,
}
"""Seconds until the last answer, by style and concurrent requests: uvicorn, one worker, 40 threads, a delay of 2 s.

Source: "Behind the Scenes: Concurrency in FastAPI", its table of execution times; its `sync` is our `def`.
"""


def examine(tally: Tally, findings: Findings) -> ArticleFindings:
    """Return what a run says about the article."""
    measured, control = collect(tally, findings), findings.control
    differs = control is not None and control.within is False
    claims = []
    for number, test in enumerate(TESTS, start=1):
        evidence = tuple(map(_withhold, test(measured)) if differs and test not in READ_BACK else test(measured))
        claims.append(Claim(number, _verdict(evidence), evidence))
    return ArticleFindings(tuple(rows(findings.cells)), tuple(claims))


def _withhold(evidence: ClaimEvidence) -> ClaimEvidence:
    """Apply Rule 4."""
    return replace(evidence, verdict=ClaimVerdict.NOT_TESTED, reason=OpenReason(WhyOpen.CONTROL_DIFFERS))


def _verdict(evidence: tuple[ClaimEvidence, ...]) -> ClaimVerdict:
    """Apply Rule 1."""
    verdicts = {each.verdict for each in evidence}
    decided = (one for one in (ClaimVerdict.REFUTED, ClaimVerdict.CONFIRMED) if one in verdicts)
    return next(decided, ClaimVerdict.NOT_TESTED)


def rows(cells: Iterable[CellFinding]) -> Iterator[ArticleRow]:
    """Yield a row for every cell that did what the article did, on any server."""
    findings = {finding.cell: finding for finding in cells}
    for cell, finding in findings.items():
        article_s, engine = ARTICLE_S.get((cell.style, cell.concurrency)), findings.get(replace(cell, client="engine"))
        launch = replace(cell.launch, scenario="sleep", delay_s=2.0, workers=1)
        repeats = cell == replace(cell, launch=launch, executor=BURST.name, client="article")
        if article_s is None or not repeats or finding.limiter_tokens != THREADS:
            continue
        if finding.median_s is not None and finding.model_s is not None and finding.client is not None:
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
