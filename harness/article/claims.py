"""The answers to the seven claims.

Rule 1: a claim is refuted if any evidence refutes it, confirmed if some confirms it and none refutes it, and otherwise
not tested.
Rule 2: evidence rests on an interval. With too few blocks for one, it has figures and decides nothing. Only facts that
a server reports or that are counted inside it need a single block.
Rule 3: figures of a client or an upstream decide nothing, and the cells of the A/A control are no evidence.
Rule 4: if that control differs from itself by more than the practical difference, only what a server reports decides
anything.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from harness.analysis.findings import Findings
from harness.analysis.tally import Tally
from harness.article.blocking import blocks_one_endpoint, one_at_a_time
from harness.article.durations import grows_linearly, same_time, stays_flat
from harness.article.findings import ArticleFindings, Claim, ClaimEvidence, ClaimVerdict, OpenReason, WhyOpen
from harness.article.rows import rows
from harness.article.series import ClaimInput, collect
from harness.article.threads import belong_to_the_server, five_per_core

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
    return next(
        (one for one in (ClaimVerdict.REFUTED, ClaimVerdict.CONFIRMED) if one in verdicts), ClaimVerdict.NOT_TESTED
    )
