"""results.json: the figures of a report for programs. A key that a run has nothing for is null, never left out."""

import json
from typing import Any

from harness.analysis.findings import CellFinding, Findings, Knee, Split, Trouble
from harness.report import answer

FILE_NAME = "results.json"

_SECONDS_DECIMALS = 6
_MS_DECIMALS = 3
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
        "cells": [_cell(finding) for finding in findings.cells],
        "comparisons": None,
        "knees": [_knee(knee) for knee in findings.knees],
        "claims": None,
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
        "rate": None,
        "status": finding.status,
        "reason": finding.reason,
        "blocks": finding.blocks,
        "median_s": _rounded(finding.median_s, _SECONDS_DECIMALS),
        "low_s": _rounded(finding.low_s, _SECONDS_DECIMALS),
        "high_s": _rounded(finding.high_s, _SECONDS_DECIMALS),
        "model_s": _rounded(finding.model_s, _SECONDS_DECIMALS),
        "vs_model": _rounded(finding.vs_model, _SHARE_DECIMALS),
        "rps": _rounded(finding.rps, _MS_DECIMALS),
        "p50_ms": _rounded(finding.p50_ms, _MS_DECIMALS),
        "p95_ms": _rounded(finding.p95_ms, _MS_DECIMALS),
        "p99_ms": _rounded(finding.p99_ms, _MS_DECIMALS),
        "ok": finding.ok,
        "errors": finding.errors,
        "peak_handlers": finding.peak_handlers,
        "limiter_tokens": finding.limiter_tokens,
        **_split(finding.split),
        "health_async_ms": None,
        "health_def_ms": None,
        "client_cpu": _rounded(finding.client_cpu, _SHARE_DECIMALS),
        "requests_per_process": list(finding.requests_per_process) or None,
        "flags": list(finding.flags),
    }


def _split(split: Split | None) -> dict[str, float | None]:
    return {
        "wait_ms": _rounded(split.wait_ms, _MS_DECIMALS) if split else None,
        "work_ms": _rounded(split.work_ms, _MS_DECIMALS) if split else None,
        "wire_ms": _rounded(split.wire_ms, _MS_DECIMALS) if split else None,
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


def _trouble(trouble: Trouble) -> dict[str, Any]:
    return {"what": trouble.what, "status": trouble.status, "reason": trouble.reason, "count": trouble.count}


def _rounded(value: float | None, decimals: int) -> float | None:
    """A figure to as many decimals, so that the last bits of a sum cannot change the file."""
    return None if value is None else round(float(value), decimals)
