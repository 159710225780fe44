"""results.json: the figures of a report for programs. A key that a run has nothing for is null, never left out."""

import json
from typing import Any

from harness.analysis.findings import (
    CellFinding,
    Checks,
    Claim,
    ClientCosts,
    Comparison,
    Control,
    Evidence,
    Findings,
    HealthFinding,
    Knee,
    Percentiles,
    Punctuality,
    ServerCosts,
    Split,
    Steps,
    ThresholdFinding,
    Trouble,
)
from harness.analysis.names import Names
from harness.model.journal import Ceiling
from harness.model.plan import Cell
from harness.report import answer, thresholds, verdicts

FILE_NAME = "results.json"

_SECONDS_DECIMALS = 6
_MS_DECIMALS = 3
_US_DECIMALS = 1
_MB_DECIMALS = 1
_RPS_DECIMALS = 3
_SHARE_DECIMALS = 4
_CONFIDENCE_DECIMALS = 6


def render(findings: Findings) -> str:
    """The results of a run as JSON, in an order of keys that stays."""
    plan = findings.header.plan
    names = Names(plan)
    results = {
        "title": plan.title,
        "started_at": findings.header.started_at,
        "finished": findings.finished,
        "blocks": findings.blocks,
        "rerun_blocks": findings.rerun,
        "method": findings.header.method,
        "practical_difference": plan.practical_difference,
        "profile": plan.profile,
        "answer": answer.plain(findings),
        "environment": findings.header.environment,
        "ceiling": _ceiling(findings.ceiling),
        "cells": [_cell(finding) for finding in findings.cells],
        "comparisons": [_comparison(comparison, findings) for comparison in findings.comparisons] or None,
        "knees": [_knee(knee) for knee in findings.knees],
        "claims": [_claim(claim) for claim in findings.claims],
        "aa": _control(findings.control),
        "thresholds": [_threshold(found, names) for found in findings.thresholds] or None,
        "troubles": [_trouble(trouble) for trouble in findings.troubles],
        "warnings": list(findings.warnings),
        "journal_sha256": findings.journal_sha256,
    }
    return json.dumps(results, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _identity(cell: Cell) -> dict[str, Any]:
    """What tells a cell apart from all others of its run."""
    launch = cell.launch
    return {
        "scenario": launch.scenario,
        "delay_s": _rounded(launch.delay_s, _SECONDS_DECIMALS),
        "server": launch.server,
        "thread_limit": launch.thread_limit,
        "workers": launch.workers,
        "loop": launch.loop,
        "style": cell.style,
        "executor": cell.executor,
        "client": cell.client,
        "concurrency": cell.concurrency,
        "rate": cell.rate,
    }


def _cell(finding: CellFinding) -> dict[str, Any]:
    return {
        **_identity(finding.cell),
        "version": finding.version,
        "status": finding.status,
        "reason": finding.reason,
        "blocks": finding.blocks,
        "median_s": _rounded(finding.median_s, _SECONDS_DECIMALS),
        "low_s": _rounded(finding.low_s, _SECONDS_DECIMALS),
        "high_s": _rounded(finding.high_s, _SECONDS_DECIMALS),
        "model_s": _rounded(finding.model_s, _SECONDS_DECIMALS),
        "vs_model": _rounded(finding.vs_model, _SHARE_DECIMALS),
        "rps": _rounded(finding.rps, _RPS_DECIMALS),
        "rps_low": _rounded(finding.rps_low, _RPS_DECIMALS),
        "rps_high": _rounded(finding.rps_high, _RPS_DECIMALS),
        **(_percentiles(finding.latency) or dict.fromkeys(("p50_ms", "p95_ms", "p99_ms"))),
        **_punctuality(finding.punctuality),
        "ok": finding.ok,
        "errors": finding.errors,
        "peak_handlers": finding.peak_handlers,
        "limiter_tokens": finding.limiter_tokens,
        **_split(finding.split),
        **_health(finding.health),
        **_server(finding.server),
        **_client(finding.client),
        "requests_per_process": list(finding.requests_per_process) or None,
        "flags": list(finding.flags),
        "flagged_blocks": dict(finding.flagged_blocks),
        "measured_again": finding.measured_again,
    }


def _punctuality(kept: Punctuality | None) -> dict[str, Any]:
    return {
        "lag_p99_ms": _rounded(kept.lag_p99_ms, _MS_DECIMALS) if kept else None,
        "late": kept.late if kept else None,
        "dropped": kept.dropped if kept else None,
    }


def _split(split: Split | None) -> dict[str, Any]:
    return {
        "wait_ms": _percentiles(split.wait, unit="") if split else None,
        "work_ms": _percentiles(split.work, unit="") if split else None,
        "wire_ms": _percentiles(split.wire, unit="") if split else None,
    }


def _percentiles(times: Percentiles | None, unit: str = "_ms") -> dict[str, float | None] | None:
    """The percentiles, under keys that name their unit unless the key above them does."""
    if times is None:
        return None
    return {
        f"p50{unit}": _rounded(times.p50_ms, _MS_DECIMALS),
        f"p95{unit}": _rounded(times.p95_ms, _MS_DECIMALS),
        f"p99{unit}": _rounded(times.p99_ms, _MS_DECIMALS),
    }


def _health(health: HealthFinding | None) -> dict[str, Any]:
    return {
        "health_async_ms": _checks(health.in_async) if health else None,
        "health_def_ms": _checks(health.in_def) if health else None,
        "health_unanswered": health.unanswered if health else None,
    }


def _checks(checks: Checks | None) -> dict[str, Any] | None:
    if checks is None:
        return None
    return {
        "p50": _rounded(checks.p50_ms, _MS_DECIMALS),
        "max": _rounded(checks.max_ms, _MS_DECIMALS),
        "checks": checks.checks,
    }


def _server(costs: ServerCosts | None) -> dict[str, Any]:
    return {
        "server_cpu": _rounded(costs.cpu, _SHARE_DECIMALS) if costs else None,
        "server_cpu_us_per_request": _rounded(costs.cpu_us_per_request, _US_DECIMALS) if costs else None,
        "server_peak_memory_mb": _rounded(costs.peak_memory_mb, _MB_DECIMALS) if costs else None,
        "server_threads": costs.threads if costs else None,
    }


def _client(costs: ClientCosts | None) -> dict[str, Any]:
    return {
        "client_cpu": _rounded(costs.cpu, _SHARE_DECIMALS) if costs else None,
        "client_cpu_us_per_request": _rounded(costs.cpu_us_per_request, _US_DECIMALS) if costs else None,
        "client_peak_memory_mb": _rounded(costs.peak_memory_mb, _MB_DECIMALS) if costs else None,
        "send_span_ms": _rounded(costs.send_span_ms, _MS_DECIMALS) if costs else None,
    }


def _ceiling(ceiling: Ceiling | None) -> dict[str, Any] | None:
    if ceiling is None:
        return None
    return {
        "rps": _rounded(ceiling.rps, _RPS_DECIMALS),
        "concurrency": ceiling.concurrency,
        "processes": ceiling.processes,
        "client_cpu": _rounded(ceiling.client_cpu, _SHARE_DECIMALS),
    }


def _knee(knee: Knee) -> dict[str, Any]:
    return {
        "scenario": knee.launch.scenario,
        "server": knee.launch.server,
        "thread_limit": knee.launch.thread_limit,
        "workers": knee.launch.workers,
        "loop": knee.launch.loop,
        "client": knee.client,
        "low": knee.low,
        "high": knee.high,
        "expected": knee.expected,
        "claimed": knee.claimed,
        "staircase": _steps(knee.steps),
    }


def _steps(steps: Steps | None) -> dict[str, Any] | None:
    if steps is None:
        return None
    return {
        "threads_low": steps.fit.threads_low,
        "threads_high": steps.fit.threads_high,
        "overhead_us_per_request": _rounded(1e6 * steps.fit.overhead_s, _US_DECIMALS),
        "misfit": _rounded(steps.fit.misfit, _SHARE_DECIMALS),
        "line_misfit": _rounded(steps.line_misfit, _SHARE_DECIMALS),
        "line_to_staircase": _rounded(steps.ratio, _SHARE_DECIMALS),
        "line_to_staircase_low": _rounded(steps.low, _SHARE_DECIMALS),
        "line_to_staircase_high": _rounded(steps.high, _SHARE_DECIMALS),
    }


def _comparison(comparison: Comparison, findings: Findings) -> dict[str, Any]:
    return {
        "what": verdicts.what(comparison, findings),
        "cell": _identity(comparison.cell),
        "against": _identity(comparison.against),
        "blocks": comparison.blocks,
        "ratio": _rounded(comparison.ratio, _SHARE_DECIMALS),
        "low": _rounded(comparison.low, _SHARE_DECIMALS),
        "high": _rounded(comparison.high, _SHARE_DECIMALS),
        "confidence": _rounded(1 - comparison.may_miss, _CONFIDENCE_DECIMALS),
        "verdict": comparison.verdict,
        "reason": comparison.reason,
    }


def _control(control: Control | None) -> dict[str, Any] | None:
    if control is None:
        return None
    return {
        "cells": [_identity(cell) for cell in control.cells],
        "blocks": control.blocks,
        "ratio": _rounded(control.ratio, _SHARE_DECIMALS),
        "low": _rounded(control.low, _SHARE_DECIMALS),
        "high": _rounded(control.high, _SHARE_DECIMALS),
        "within": control.within,
    }


def _threshold(found: ThresholdFinding, names: Names) -> dict[str, Any]:
    return {
        "threshold": found.written,
        "outcome": found.outcome,
        "decided_by": thresholds.decided_by(found, names),
        "figure": _rounded(found.figure, _MS_DECIMALS),
        "low": _rounded(found.low, _SHARE_DECIMALS),
        "high": _rounded(found.high, _SHARE_DECIMALS),
        "reason": found.reason,
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "id": claim.number,
        "claim": claim.says,
        "verdict": claim.answer,
        "reason": claim.reason,
        "figures": [_evidence(evidence) for evidence in claim.evidence],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    """What one server says of a claim: each claim has figures of its own."""
    launch = evidence.launch
    return {
        "scenario": launch.scenario,
        "delay_s": _rounded(launch.delay_s, _SECONDS_DECIMALS),
        "server": launch.server,
        "thread_limit": launch.thread_limit,
        "workers": launch.workers,
        "loop": launch.loop,
        "client": evidence.client,
        "verdict": evidence.answer,
        "reason": evidence.reason,
        "says": evidence.seen,
        **{
            name: _rounded(figure, _SHARE_DECIMALS) if isinstance(figure, float) else figure
            for name, figure in evidence.figures.items()
        },
    }


def _trouble(trouble: Trouble) -> dict[str, Any]:
    return {"what": trouble.what, "status": trouble.status, "reason": trouble.reason, "count": trouble.count}


def _rounded(value: float | None, decimals: int) -> float | None:
    """A figure to as many decimals, so that the last bits of a sum cannot change the file."""
    return None if value is None else round(float(value), decimals)
