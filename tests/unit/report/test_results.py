import json
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest

from harness.analysis.findings import (
    CellFinding,
    Checks,
    Comparison,
    HealthFinding,
    Percentiles,
    RunWarning,
    Trouble,
    TroubleCode,
    UpstreamFinding,
    WarningCode,
)
from harness.analysis.statistics.verdicts import Verdict
from harness.article.findings import Claim, ClaimEvidence, ClaimFigures, ClaimVerdict, OpenReason, WhyOpen
from harness.model.flags import Flag
from harness.model.outcomes import Status
from harness.report import results
from tests.builders.executors import CLOSED_LOOP, CONSTANT_RATE
from tests.builders.findings import Run, findings, refused, with_article

KEYS = {
    "title", "started_at", "finished", "valid", "blocks", "rerun_blocks", "method", "practical_difference", "profile",
    "answer", "environment", "ceiling", "cells", "comparisons", "advice", "ratios", "knees", "claims", "aa",
    "thresholds", "troubles", "warnings", "warning_codes", "journal_sha256",
}  # fmt: skip
CELL_KEYS = {
    "scenario", "delay_s", "pool_size", "parameters",
    "server", "version", "thread_limit", "workers", "loop", "style", "executor", "client",
    "concurrency", "rate", "status", "reason", "blocks", "median_s", "low_s", "high_s", "model_s", "vs_model", "rps",
    "rps_low", "rps_high", "p50_ms", "p95_ms", "p99_ms", "classes", "lag_p99_ms", "late", "dropped", "keeps_up", "ok",
    "gave_up", "errors",
    "peak_handlers", "limiter_tokens", "wait_ms", "work_ms", "wire_ms", "health_async_ms", "health_def_ms",
    "health_unanswered", "server_cpu", "server_cpu_us_per_request", "server_peak_memory_mb", "server_threads",
    "client_cpu", "client_cpu_us_per_request", "client_peak_memory_mb", "send_span_ms", "upstream",
    "requests_per_process", "unevenness", "flags", "flagged_blocks", "measured_again", "bodies_vary",
}  # fmt: skip
KNEE_KEYS = {
    "scenario", "delay_s", "pool_size", "parameters",
    "server", "thread_limit", "workers", "loop", "client", "low", "high", "expected", "claimed", "placement", "waves",
    "withheld", "staircase", "unevenness", "explanation",
}  # fmt: skip


def rendered(run: Run) -> Any:
    return json.loads(results.render(findings(run)))


@pytest.mark.parametrize(
    "run", [Run(), Run(blocks=1), Run(scenario="noop", delay_s=None), Run(concurrencies=()), Run(executor=CLOSED_LOOP)]
)
def test_every_key_of_the_contract_is_there_whatever_was_measured(run: Run) -> None:
    found = rendered(run)
    assert found.keys() >= KEYS
    assert all(cell.keys() >= CELL_KEYS for cell in found["cells"])
    assert all(knee.keys() >= KNEE_KEYS for knee in found["knees"])


def test_what_there_is_nothing_for_is_null() -> None:
    some = findings(Run(servers=("uvicorn",), styles=("def",), concurrencies=(40,)))
    cell = json.loads(results.render(replace(some, cells=(refused(some.cells[0].cell),))))["cells"][0]
    assert (cell["status"], cell["reason"]) == ("skipped", "it would take too long")
    assert {key for key, value in cell.items() if value is None} == {
        "pool_size", "parameters",
        "version", "rate", "median_s", "low_s", "high_s", "model_s", "vs_model", "rps", "rps_low", "rps_high", "p50_ms",
        "p95_ms", "p99_ms", "classes", "lag_p99_ms", "late", "dropped", "keeps_up", "peak_handlers", "limiter_tokens",
        "wait_ms", "work_ms",
        "wire_ms", "health_async_ms", "health_def_ms", "health_unanswered", "server_cpu", "server_cpu_us_per_request",
        "server_peak_memory_mb", "server_threads", "client_cpu", "client_cpu_us_per_request", "client_peak_memory_mb",
        "send_span_ms", "upstream", "requests_per_process", "unevenness", "bodies_vary", "client_cpu_s",
        "typical_block",
    }  # fmt: skip
    assert {key for key, value in rendered(Run()).items() if value is None} == {
        "profile", "comparisons", "aa", "thresholds", "choice", "capacity", "journal_sha256",
    }  # fmt: skip


def test_a_cell_in_full() -> None:
    some = findings(Run(servers=("uvicorn",), styles=("def",), concurrencies=(41,)))
    finding: CellFinding = replace(
        some.cells[0],
        median_s=0.2044100049,
        latency=Percentiles(183.969, 201.23456, None),
        health=HealthFinding(Checks(20, 0.5004, 2.01), None, unanswered=1),
        upstream=UpstreamFinding(246, 41, Percentiles(0.10449, 0.2, None), 3.1, 0.12),
        flagged_blocks={Flag.BUSY_HOST: 2},
        measured_again=3,
    )
    assert json.loads(results.render(replace(some, cells=(finding,))))["cells"] == [
        {
            "scenario": "sleep",
            "delay_s": 0.1,
            "pool_size": None,
            "parameters": None,
            "server": "uvicorn",
            "version": "1.2.3",
            "thread_limit": 40,
            "workers": 1,
            "loop": "uvloop",
            "style": "def",
            "executor": "burst",
            "client": "engine",
            "concurrency": 41,
            "rate": None,
            "status": "ok",
            "reason": None,
            "blocks": 6,
            "median_s": 0.20441,
            "low_s": 0.203388,
            "high_s": 0.205432,
            "model_s": 0.2,
            "vs_model": 1.022,
            "rps": 200.577,
            "rps_low": None,
            "rps_high": None,
            "p50_ms": 183.969,
            "p95_ms": 201.235,
            "p99_ms": None,
            "classes": None,
            "lag_p99_ms": None,
            "late": None,
            "dropped": None,
            "keeps_up": None,
            "ok": 246,
            "gave_up": 0,
            "errors": 0,
            "peak_handlers": 40,
            "limiter_tokens": 40,
            "wait_ms": {"p50": 50.0, "p95": None, "p99": 100.0},
            "work_ms": {"p50": 100.0, "p95": None, "p99": 200.0},
            "wire_ms": {"p50": 1.5, "p95": None, "p99": 3.0},
            "health_async_ms": {"p50": 0.5, "max": 2.01, "checks": 20},
            "health_def_ms": None,
            "health_unanswered": 1,
            "server_cpu": 0.5,
            "server_cpu_us_per_request": 812.4,
            "server_peak_memory_mb": 95.2,
            "server_threads": 44,
            "client_cpu": 0.1,
            "client_cpu_us_per_request": 35.0,
            "client_peak_memory_mb": 60.0,
            "send_span_ms": None,
            "upstream": {
                "answered": 246,
                "peak": 41,
                "late_p50_ms": 0.104,
                "late_p95_ms": 0.2,
                "late_p99_ms": None,
                "late_max_ms": 3.1,
                "cpu": 0.12,
            },
            "requests_per_process": [41],
            "unevenness": None,
            "flags": ["busy-host"],
            "flagged_blocks": {"busy-host": 2},
            "measured_again": 3,
            "bodies_vary": None,
            "windows": 30,
            "blocks_failed": 0,
            "by_block": {},
            "client_cpu_s": 0.02,
            "outcomes": {"ok": 246},
            "typical_block": None,
        }
    ]


def test_a_cell_of_an_open_loop_has_its_rate_and_how_it_was_kept() -> None:
    run = Run(
        servers=("uvicorn",), styles=("def",), concurrencies=(64,), executor=CONSTANT_RATE, rates=(800,), blocks=2
    )
    (cell,) = rendered(run)["cells"]
    told = ("executor", "concurrency", "rate", "median_s", "rps", "rps_low", "lag_p99_ms", "late", "dropped", "p99_ms")
    # 40 threads answer 400 a second: of 800 a second for two times five seconds, 4,000 are dropped.
    assert [cell[key] for key in told] == [CONSTANT_RATE, 64, 800, None, 400.0, None, 0.2, 8000, 4000, 800.0]


def test_the_ceiling_in_full() -> None:
    ceiling = {"rps": 20000.0, "concurrency": 64, "processes": 1, "client_cpu": 0.98}
    assert rendered(Run())["ceiling"] == ceiling
    assert json.loads(results.render(replace(findings(), ceiling=None)))["ceiling"] is None


def test_a_knee_and_a_trouble_in_full() -> None:
    some = findings(Run(servers=("uvicorn",), styles=("def", "async")))
    found = json.loads(
        results.render(
            replace(
                some,
                troubles=(Trouble(TroubleCode.LAUNCH_FAILED, Status.TIMEOUT, "too slow", 2, (some.cells[0].cell,)),),
            )
        )
    )
    assert found["knees"] == [
        {
            "scenario": "sleep",
            "delay_s": 0.1,
            "pool_size": None,
            "parameters": None,
            "server": "uvicorn",
            "thread_limit": 40,
            "workers": 1,
            "loop": "uvloop",
            "client": "engine",
            "low": 40,
            "high": 41,
            "expected": 40,
            "claimed": True,
            "placement": "as-expected",
            "waves": 2,
            "withheld": None,
            "staircase": None,
            "unevenness": None,
            "explanation": None,
            "blocks": 6,
            "ratios": {"1": 1.0, "40": 1.0, "41": 1.996, "120": 2.9767},
        }
    ]
    assert found["troubles"] == [
        {
            "code": "launch-failed",
            "what": "uvicorn",
            "status": "timeout",
            "reason": "too slow",
            "count": 2,
            "blocks_in_part": [],
            "whole_blocks": 0,
        }
    ]


def test_a_claim_in_full() -> None:
    some = findings(Run(servers=("uvicorn",)))
    figures: ClaimFigures = {
        "executor": "burst",
        "at_once": 40,
        "threads": 40,
        "ratio": 1.02345678,
        "low": None,
    }
    reason = OpenReason(WhyOpen.TOO_FEW_BLOCKS, (1, 6))
    evidence = ClaimEvidence(some.cells[0].cell, "engine", ClaimVerdict.NOT_TESTED, reason, figures)
    claim = Claim(1, ClaimVerdict.NOT_TESTED, (evidence,))
    assert json.loads(results.render(with_article(some, claims=[claim])))["claims"] == [
        {
            "id": 1,
            "claim": "`def` and `async def` take the same time until there are more concurrent requests than threads",
            "verdict": "not tested",
            "reason": "1 block, and an interval takes 6",
            "figures": [
                {
                    "scenario": "sleep",
                    "delay_s": 0.1,
                    "pool_size": None,
                    "parameters": None,
                    "server": "uvicorn",
                    "thread_limit": 40,
                    "workers": 1,
                    "loop": "uvloop",
                    "client": "engine",
                    "verdict": "not tested",
                    "reason": "1 block, and an interval takes 6",
                    "says": "with 40 concurrent requests on 40 threads, `def` took 1.02 times as long as `async`",
                    "executor": "burst",
                    "at_once": 40,
                    "threads": 40,
                    "ratio": 1.0235,
                    "low": None,
                    "reason_code": {"why": "too-few-blocks", "numbers": [1, 6]},
                }
            ],
        }
    ]


def test_warnings_are_sentences_with_their_codes() -> None:
    some = replace(findings(), warnings=(RunWarning(WarningCode.FEW_BLOCKS, blocks=2, needed=6),))
    found = json.loads(results.render(some))
    assert found["warnings"] == [
        "2 complete blocks: the figures are shown as they are; an interval, and so a claim, takes 6 blocks"
    ]
    (code,) = found["warning_codes"]
    assert {key: value for key, value in code.items() if value is not None} == {
        "code": "few-blocks", "blocks": 2, "needed": 6,
    }  # fmt: skip


def test_every_exception_is_of_a_field_that_exists() -> None:
    exceptions = {*results.FLAT, *results.RENAMED, *results.OMITTED, *results.NULL_IF_EMPTY}
    assert {place for place in exceptions if place[1] not in {field.name for field in fields(place[0])}} == set()


def test_a_figure_that_is_added_to_a_finding_is_written_without_further_ado() -> None:
    @dataclass(frozen=True)
    class Longer(CellFinding):
        queue_ms: float | None = None
        share: float = 0.0

    some = findings(Run(servers=("uvicorn",)))
    known = {field.name: getattr(some.cells[0], field.name) for field in fields(some.cells[0])}
    longer = Longer(**known, queue_ms=1.23456, share=0.123456)
    cell = results.write_cell(longer)
    assert (cell["queue_ms"], cell["share"]) == (1.235, 0.1235)


def test_the_same_findings_give_the_same_bytes_with_a_line_end() -> None:
    assert results.render(findings()) == results.render(findings())
    assert results.render(findings()).endswith("}\n")


def test_a_ratio_is_described_in_full() -> None:
    (ratio,) = rendered(Run(servers=("uvicorn",), concurrencies=(41,)))["ratios"]
    assert ratio == {
        "scenario": "sleep",
        "delay_s": 0.1,
        "pool_size": None,
        "parameters": None,
        "server": "uvicorn",
        "thread_limit": 40,
        "workers": 1,
        "loop": "uvloop",
        "style": "def",
        "executor": "burst",
        "client": "engine",
        "concurrency": 41,
        "rate": None,
        "against": "async",
        "blocks": 6,
        "ratio": 1.996,
        "low": 1.996,
        "high": 1.996,
    }


def test_a_comparison_has_its_metric_and_a_verdict_in_the_words_of_that() -> None:
    some = findings(Run(servers=("uvicorn",), concurrencies=(41,)))
    in_def, in_async = (one.cell for one in some.cells)
    slower = Comparison(in_def, in_async, 8, 1.9, 1.8, 2.0, 0.025, Verdict.SLOWER)
    both = replace(some, comparisons=(slower, replace(slower, metric="cpu")))
    found = json.loads(results.render(both))["comparisons"]
    assert [(one["what"], one["metric"], one["verdict"]) for one in found] == [
        ("def against async, uvicorn at 41", "time", "slower"),
        ("def against async, uvicorn at 41, by CPU per request", "cpu", "more"),
    ]
