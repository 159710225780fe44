"""The findings on the article, in codes and numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.analysis.findings import Findings
from harness.model.plan import Cell

ClaimFigures = Mapping[str, float | int | str | None]
"""The figures behind a piece of evidence, under their names in results.json."""


class ClaimVerdict(StrEnum):
    """The answer to a claim."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    NOT_TESTED = "not tested"


class WhyOpen(StrEnum):
    """Why evidence settles nothing."""

    CONTROL_DIFFERS = "control-differs"
    CLIENT_BOUND = "client-bound"
    UPSTREAM_BOUND = "upstream-bound"
    TOO_FEW_BLOCKS = "too-few-blocks"
    STRADDLES_BOUND = "straddles-bound"
    STRADDLES_DIFFERENCE = "straddles-difference"
    LINE_EQUALS_STAIRCASE = "line-equals-staircase"
    OTHER_STAIRCASE = "other-staircase"
    SEVERAL_WORKERS = "several-workers"
    NO_OTHER_SERVER = "no-other-server"
    NOT_BOUND_BY_LIMIT = "not-bound-by-limit"
    EQUALS_ANYIO_DEFAULT = "equals-anyio-default"
    EQUALS_PYTHON_DEFAULT = "equals-python-default"
    OTHER_WORKER = "other-worker"
    SHORT_WAIT = "short-wait"
    OTHER_COST = "other-cost"


@dataclass(frozen=True, slots=True)
class OpenReason:
    """Why evidence settles nothing, with the numbers that explain it, in the order in which the sentence has them."""

    why: WhyOpen
    numbers: tuple[float, ...] = ()


Decision = ClaimVerdict | OpenReason
"""What evidence says about a claim: confirmed, refuted, or the reason why neither."""


@dataclass(frozen=True, slots=True)
class ClaimEvidence:
    """The evidence of one server on a claim.

    `cell` stands for all cells under its conditions. `client` is None for a fact about the launch as a whole. `reason`
    is None unless the verdict is `NOT_TESTED`.
    """

    cell: Cell
    client: str | None
    verdict: ClaimVerdict
    reason: OpenReason | None
    figures: ClaimFigures


def evidence_of(cell: Cell, decision: Decision, figures: ClaimFigures) -> ClaimEvidence:
    """Return evidence with a verdict, or with the reason why there is none."""
    if isinstance(decision, OpenReason):
        return ClaimEvidence(cell, cell.client, ClaimVerdict.NOT_TESTED, decision, figures)
    return ClaimEvidence(cell, cell.client, decision, None, figures)


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of the article and the evidence for and against it."""

    number: int
    verdict: ClaimVerdict
    evidence: tuple[ClaimEvidence, ...]


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """The article's figure next to ours, for one server, style and concurrency.

    `model_s` is what the model expects. `client_s` is the CPU time of the client, which takes at most that long from
    the excess. `engine_s` is what the same cell took with the engine as client, None if that was not measured.
    """

    server: str
    style: str
    concurrency: int
    article_s: float
    median_s: float
    model_s: float
    client_s: float
    engine_s: float | None = None

    @property
    def excess_s(self) -> float:
        """Return the time measured beyond the model."""
        return self.median_s - self.model_s

    @property
    def client_part_s(self) -> float:
        """Return how much of the excess the client may account for, at most all of it."""
        part_s = self.client_s if self.engine_s is None else self.median_s - self.engine_s
        return min(max(part_s, 0.0), self.excess_s)


@dataclass(frozen=True, slots=True)
class ArticleFindings:
    """Everything that a run says about the article."""

    rows: tuple[ArticleRow, ...] = ()
    claims: tuple[Claim, ...] = ()


def article_findings(findings: Findings) -> ArticleFindings:
    """Return the findings of this plug-in, empty if the analysis ran without it."""
    return next((found for found in findings.extras if isinstance(found, ArticleFindings)), ArticleFindings())
