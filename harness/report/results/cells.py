"""The cells of results.json: what was measured of each."""

from typing import Any

from harness.analysis.findings import (
    CellFinding,
    Checks,
    ClassFinding,
    ClientCosts,
    HealthFinding,
    Percentiles,
    Punctuality,
    ServerCosts,
    Split,
    UpstreamFinding,
)
from harness.report.results.identity import (
    MB_DECIMALS,
    MS_DECIMALS,
    RPS_DECIMALS,
    SECONDS_DECIMALS,
    SHARE_DECIMALS,
    US_DECIMALS,
    cell_identity,
    rounded,
)
from harness.report.wording import explain_status


def cell(finding: CellFinding) -> dict[str, Any]:
    """One cell with all that was measured of it."""
    return {
        **cell_identity(finding.cell),
        "version": finding.version,
        "status": finding.status,
        "reason": explain_status(finding),
        "blocks": finding.blocks,
        "median_s": rounded(finding.median_s, SECONDS_DECIMALS),
        "low_s": rounded(finding.low_s, SECONDS_DECIMALS),
        "high_s": rounded(finding.high_s, SECONDS_DECIMALS),
        "model_s": rounded(finding.model_s, SECONDS_DECIMALS),
        "vs_model": rounded(finding.vs_model, SHARE_DECIMALS),
        "rps": rounded(finding.rps, RPS_DECIMALS),
        "rps_low": rounded(finding.rps_low, RPS_DECIMALS),
        "rps_high": rounded(finding.rps_high, RPS_DECIMALS),
        **(_percentiles(finding.latency) or dict.fromkeys(("p50_ms", "p95_ms", "p99_ms"))),
        "classes": {name: _class(each) for name, each in finding.classes.items()} or None,
        **_punctuality(finding.punctuality),
        "keeps_up": finding.keeps_up,
        "ok": finding.ok,
        "gave_up": finding.gave_up,
        "errors": finding.errors,
        "peak_handlers": finding.peak_handlers,
        "limiter_tokens": finding.limiter_tokens,
        **_split(finding.split),
        **_health(finding.health),
        **_server(finding.server),
        **_client(finding.client),
        "upstream": _upstream(finding.upstream),
        "requests_per_process": list(finding.requests_per_process) or None,
        "flags": list(finding.flags),
        "flagged_blocks": dict(finding.flagged_blocks),
        "measured_again": finding.measured_again,
        "bodies_vary": finding.bodies_vary,
    }


def _class(found: ClassFinding) -> dict[str, Any]:
    return {
        "requests": found.requests,
        **(_percentiles(found.latency) or {}),
        "max_ms": rounded(found.max_ms, MS_DECIMALS),
    }


def _punctuality(kept: Punctuality | None) -> dict[str, Any]:
    return {
        "lag_p99_ms": rounded(kept.lag_p99_ms, MS_DECIMALS) if kept else None,
        "late": kept.late if kept else None,
        "dropped": kept.dropped if kept else None,
    }


def _split(split: Split | None) -> dict[str, Any]:
    return {
        "wait_ms": _percentiles(split.wait, unit="") if split and split.wait else None,
        "work_ms": _percentiles(split.work, unit="") if split else None,
        "wire_ms": _percentiles(split.wire, unit="") if split else None,
    }


def _percentiles(times: Percentiles | None, unit: str = "_ms") -> dict[str, float | None] | None:
    """The percentiles, under keys that name their unit unless the key above them does."""
    if times is None:
        return None
    return {
        f"p50{unit}": rounded(times.p50_ms, MS_DECIMALS),
        f"p95{unit}": rounded(times.p95_ms, MS_DECIMALS),
        f"p99{unit}": rounded(times.p99_ms, MS_DECIMALS),
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
        "p50": rounded(checks.p50_ms, MS_DECIMALS),
        "max": rounded(checks.max_ms, MS_DECIMALS),
        "checks": checks.checks,
    }


def _server(costs: ServerCosts | None) -> dict[str, Any]:
    return {
        "server_cpu": rounded(costs.cpu, SHARE_DECIMALS) if costs else None,
        "server_cpu_us_per_request": rounded(costs.cpu_us_per_request, US_DECIMALS) if costs else None,
        "server_peak_memory_mb": rounded(costs.peak_memory_mb, MB_DECIMALS) if costs else None,
        "server_threads": costs.threads if costs else None,
    }


def _client(costs: ClientCosts | None) -> dict[str, Any]:
    return {
        "client_cpu": rounded(costs.cpu, SHARE_DECIMALS) if costs else None,
        "client_cpu_us_per_request": rounded(costs.cpu_us_per_request, US_DECIMALS) if costs else None,
        "client_peak_memory_mb": rounded(costs.peak_memory_mb, MB_DECIMALS) if costs else None,
        "send_span_ms": rounded(costs.send_span_ms, MS_DECIMALS) if costs else None,
    }


def _upstream(found: UpstreamFinding | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "answered": found.answered,
        "peak": found.peak,
        "late_p50_ms": rounded(found.late.p50_ms, MS_DECIMALS),
        "late_p99_ms": rounded(found.late.p99_ms, MS_DECIMALS),
        "late_max_ms": rounded(found.late_max_ms, MS_DECIMALS),
        "cpu": rounded(found.cpu, SHARE_DECIMALS),
    }
