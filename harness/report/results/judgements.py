"""The judgements of results.json: what may be said of what was measured."""

from dataclasses import asdict
from typing import Any

from harness.analysis.findings import (
    Advice,
    Comparison,
    Control,
    Findings,
    Knee,
    Ratio,
    Rival,
    Steps,
    ThresholdFinding,
    Withholding,
)
from harness.article import wording as article_wording
from harness.article.findings import Claim, ClaimEvidence
from harness.report import wording
from harness.report.naming import Names
from harness.report.results.identity import (
    CONFIDENCE_DECIMALS,
    SHARE_DECIMALS,
    US_DECIMALS,
    cell_identity,
    launch_identity,
    rounded,
)
from harness.report.sections import thresholds, verdicts
from harness.report.sentences import advised
from harness.report.writing.markdown import PLAIN


def knee(found: Knee) -> dict[str, Any]:
    """One knee, and how well the staircase fits."""
    return {
        **launch_identity(found.launch),
        "client": found.client,
        "low": found.low,
        "high": found.high,
        "expected": found.expected,
        "claimed": found.claimed,
        "placement": found.placement,
        "waves": found.waves,
        "withheld": _withheld(found.withheld),
        "staircase": _steps(found.steps),
    }


def _steps(steps: Steps | None) -> dict[str, Any] | None:
    if steps is None:
        return None
    return {
        "threads_low": steps.fit.threads_low,
        "threads_high": steps.fit.threads_high,
        "overhead_us_per_request": rounded(1e6 * steps.fit.overhead_s, US_DECIMALS),
        "misfit": rounded(steps.fit.misfit, SHARE_DECIMALS),
        "line_misfit": rounded(steps.line_misfit, SHARE_DECIMALS),
        "line_to_staircase": rounded(steps.ratio, SHARE_DECIMALS),
        "line_to_staircase_low": rounded(steps.low, SHARE_DECIMALS),
        "line_to_staircase_high": rounded(steps.high, SHARE_DECIMALS),
    }


def comparisons(findings: Findings) -> list[dict[str, Any]]:
    """Every declared comparison, and its verdict."""
    return [_comparison(*pair) for pair in zip(findings.comparisons, verdicts.what(findings), strict=True)]


def _comparison(found: Comparison, what: str) -> dict[str, Any]:
    return {
        "what": what,
        "cell": cell_identity(found.cell),
        "against": cell_identity(found.against),
        "blocks": found.blocks,
        "ratio": rounded(found.ratio, SHARE_DECIMALS),
        "low": rounded(found.low, SHARE_DECIMALS),
        "high": rounded(found.high, SHARE_DECIMALS),
        "confidence": rounded(1 - found.may_miss, CONFIDENCE_DECIMALS),
        "verdict": found.verdict,
        "reason": found.withheld and wording.describe_withheld(found.withheld),
        "withheld": _withheld(found.withheld),
    }


def _withheld(why: Withholding | None) -> dict[str, Any] | None:
    return None if why is None else asdict(why)


def advice(found: Advice) -> dict[str, Any]:
    """The style to prefer for one scenario at one load, over which, and the others in the order of what they took."""
    over, *others = found.rivals
    cell = cell_identity(found.preferred)
    return {
        **{key: value for key, value in cell.items() if key != "style"},
        "prefer": cell["style"],
        **_rival(over),
        "basis": found.basis,
        "cause": over.cause and asdict(over.cause),
        "reason": advised.reason(found, PLAIN),
        "others": [_rival(each) for each in others],
    }


def _rival(found: Rival) -> dict[str, Any]:
    """How many times as much a style took as the preferred one, and the verdict on it."""
    return {
        "over": found.cell.style,
        "blocks": found.blocks,
        "ratio": rounded(found.ratio, SHARE_DECIMALS),
        "low": rounded(found.low, SHARE_DECIMALS),
        "high": rounded(found.high, SHARE_DECIMALS),
        "confidence": rounded(1 - found.may_miss, CONFIDENCE_DECIMALS),
        "verdict": found.verdict,
        "withheld": found.withheld and wording.describe_withheld(found.withheld),
        "withheld_code": found.withheld and found.withheld.code,
        "gave_up": found.gave_up,
    }


def ratio(found: Ratio) -> dict[str, Any]:
    """How `def` compares with `async`: described, and nothing claimed."""
    return {
        **cell_identity(found.cell),
        "against": found.against.style,
        "blocks": found.blocks,
        "ratio": rounded(found.ratio, SHARE_DECIMALS),
        "low": rounded(found.low, SHARE_DECIMALS),
        "high": rounded(found.high, SHARE_DECIMALS),
    }


def control(found: Control | None) -> dict[str, Any] | None:
    """The A/A control, or None where there is none."""
    if found is None:
        return None
    return {
        "cells": [cell_identity(cell) for cell in found.cells],
        "blocks": found.blocks,
        "ratio": rounded(found.ratio, SHARE_DECIMALS),
        "low": rounded(found.low, SHARE_DECIMALS),
        "high": rounded(found.high, SHARE_DECIMALS),
        "within": found.within,
        "ratio_within": found.ratio_within,
        "interval_within": found.interval_within,
        "apart": [cell_identity(cell) for cell in found.apart],
    }


def threshold(found: ThresholdFinding, findings: Findings, names: Names) -> dict[str, Any]:
    """One threshold, and what became of it."""
    return {
        "threshold": found.written,
        "outcome": found.outcome,
        "decided_by": thresholds.decided_by(found, names),
        "figure": rounded(found.figure, CONFIDENCE_DECIMALS),
        "low": rounded(found.low, SHARE_DECIMALS),
        "high": rounded(found.high, SHARE_DECIMALS),
        "reason": wording.describe_threshold(found, findings.cells),
        "code": found.reason,
        "withheld": _withheld(found.withheld),
    }


def claim(found: Claim) -> dict[str, Any]:
    """Return one claim of the article with its evidence."""
    return {
        "id": found.number,
        "claim": article_wording.CLAIMS[found.number],
        "verdict": found.verdict,
        "reason": article_wording.explain_untested(found),
        "figures": [_evidence(found, evidence) for evidence in found.evidence],
    }


def _evidence(claim: Claim, evidence: ClaimEvidence) -> dict[str, Any]:
    """Return what one server shows about a claim; each claim has figures of its own."""
    return {
        **launch_identity(evidence.cell.launch),
        "client": evidence.client,
        "verdict": evidence.verdict,
        "reason": evidence.reason and article_wording.describe_reason(evidence.reason),
        "says": article_wording.describe_evidence(claim, evidence),
        **{
            name: rounded(figure, SHARE_DECIMALS) if isinstance(figure, float) else figure
            for name, figure in evidence.figures.items()
        },
    }
