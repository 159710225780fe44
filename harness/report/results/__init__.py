"""results.json: the figures of a report for programs. A key that a run has nothing for is null, never left out."""

import json
from collections.abc import Mapping
from typing import Any

from harness.analysis.findings import Findings, Trouble
from harness.article.findings import article_findings
from harness.model.journal import Ceiling
from harness.report import answer
from harness.report.naming import Names
from harness.report.results import judgements
from harness.report.results.cells import cell
from harness.report.results.identity import RPS_DECIMALS, SHARE_DECIMALS, rounded
from harness.report.wording import describe_warning, explain_trouble, name_trouble

FILE_NAME = "results.json"
_SHORT = ("valid", "answer", "finished", "blocks", "comparisons", "knees", "aa", "thresholds", "troubles", "warnings")


def render(findings: Findings) -> str:
    """The results of a run as JSON, in an order of keys that stays."""
    return _as_json(_results(findings))


def short(findings: Findings, **how_it_went: str | int | bool) -> str:
    """What was decided, without the figures of the cells, after what else there is to say of how the run went."""
    results = _results(findings)
    return _as_json({**how_it_went, **{key: results[key] for key in _SHORT}})


def _as_json(results: Mapping[str, Any]) -> str:
    return json.dumps(results, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _results(findings: Findings) -> dict[str, Any]:
    plan = findings.header.plan
    names = Names(plan)
    return {
        "title": plan.title,
        "started_at": findings.header.started_at,
        "finished": findings.finished,
        "valid": findings.valid,
        "blocks": findings.blocks,
        "rerun_blocks": findings.rerun,
        "method": findings.header.method,
        "practical_difference": plan.practical_difference,
        "profile": plan.profile,
        "answer": answer.plain(findings),
        "environment": findings.header.environment,
        "ceiling": _ceiling(findings.ceiling),
        "cells": [cell(finding) for finding in findings.cells],
        "comparisons": judgements.comparisons(findings) or None,
        "advice": [judgements.advice(each) for each in findings.advice],
        "ratios": [judgements.ratio(each) for each in findings.ratios],
        "knees": [judgements.knee(each) for each in findings.knees],
        "claims": [judgements.claim(each) for each in article_findings(findings).claims],
        "aa": judgements.control(findings.control),
        "thresholds": [judgements.threshold(each, findings, names) for each in findings.thresholds] or None,
        "troubles": [_trouble(trouble, names) for trouble in findings.troubles],
        "warnings": [describe_warning(warning, names) for warning in findings.warnings],
        "journal_sha256": findings.journal_sha256,
    }


def _ceiling(ceiling: Ceiling | None) -> dict[str, Any] | None:
    if ceiling is None:
        return None
    return {
        "rps": rounded(ceiling.rps, RPS_DECIMALS),
        "concurrency": ceiling.concurrency,
        "processes": ceiling.processes,
        "client_cpu": rounded(ceiling.client_cpu, SHARE_DECIMALS),
    }


def _trouble(trouble: Trouble, names: Names) -> dict[str, Any]:
    what, reason = name_trouble(trouble, names), explain_trouble(trouble)
    return {"what": what, "status": trouble.status, "reason": reason, "count": trouble.count}
