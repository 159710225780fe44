"""results.json: the figures of a report for programs. A key that a run has nothing for is null, never left out."""

import json
from typing import Any

from harness.analysis.findings import (
    CellFinding,
    Checks,
    Claim,
    ClientCosts,
    Evidence,
    Findings,
    HealthFinding,
    Knee,
    Percentiles,
    Punctuality,
    ServerCosts,
    Split,
    Trouble,
)
from harness.model.journal import Ceiling
from harness.report import answer

FILE_NAME = "results.json"

_SECONDS_DECIMALS = 6
_MS_DECIMALS = 3
_US_DECIMALS = 1
_MB_DECIMALS = 1
_RPS_DECIMALS = 3
_SHARE_DECIMALS = 4


def render(findings: Findings) -> str:
    """The results of a run as JSON, in an order of keys that stays."""
    plan = findings.header.plan
    results = {
        "title": plan.title,
        "started_at": findings.header.started_at,
        "finished": findings.finished,
        "blocks": findings.blocks,
        "profile": plan.profile,
        "answer": answer.plain(findings),
        "environment": findings.header.environment,
        "ceiling": _ceiling(findings.ceiling),
        "cells": [_cell(finding) for finding in findings.cells],
        "comparisons": None,
        "knees": [_knee(knee) for knee in findings.knees],
        "claims": [_claim(claim) for claim in findings.claims],
        "aa": None,
        "thresholds": None,
        "troubles": [_trouble(trouble) for trouble in findings.troubles],
        "warnings": list(findings.warnings),
    }
    return json.dumps(results, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _cell(finding: CellFinding) -> dict[str, Any]:
    cell, launch = finding.cell, finding.cell.launch
    return {
        "scenario": launch.scenario,
        "delay_s": _rounded(launch.delay_s, _SECONDS_DECIMALS),
        "server": launch.server,
        "version": finding.version,
        "thread_limit": launch.thread_limit,
        "workers": launch.workers,
        "loop": launch.loop,
        "style": cell.style,
        "executor": cell.executor,
        "client": cell.client,
        "concurrency": cell.concurrency,
        "rate": cell.rate,
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
