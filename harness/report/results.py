"""results.json: the findings for programs, written by one function.

A key is the name of a field, and a figure is rounded by the unit in its key. What is missing is null, never left out. A
field that is added to a finding needs no line here: the tables hold the exceptions, and the words that go with codes.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, fields, is_dataclass
from functools import cache
from typing import Any, get_args, get_type_hints

from harness.analysis.findings import (
    Advice,
    CellFinding,
    Choice,
    ClassFinding,
    ClientCosts,
    Comparison,
    Curve,
    Findings,
    HealthFinding,
    Knee,
    LaunchFinding,
    Ratio,
    Rival,
    Split,
    Steps,
    ThresholdFinding,
    Trouble,
    UpstreamFinding,
)
from harness.analysis.statistics.staircase import Staircase
from harness.article import wording as article_wording
from harness.article.findings import ArticleFindings, Claim, ClaimEvidence, article_findings
from harness.model.axes import identify_cell, identify_launch
from harness.model.journal import Ceiling
from harness.model.metrics import METRICS
from harness.model.plan import Cell, Launch
from harness.report import wording
from harness.report.conditions import run_axes
from harness.report.naming import Names
from harness.report.questions.comparisons import name_comparison
from harness.report.questions.endpoints import explain_rivals
from harness.report.questions.thresholds import name_decisive
from harness.report.report import summarize

FILE_NAME = "results.json"
_SHORT = ("valid", "answer", "finished", "blocks", "comparisons", "knees", "aa", "thresholds", "troubles", "warnings")

_DECIMALS = {
    "s": 6,
    "ms": 3,
    "us": 1,
    "mb": 1,
    "rps": 3,
    **dict.fromkeys(("confidence", "figure", "block", "points", "values"), 6),
}
"""Decimals by the last of these words in a key. Without one, a figure has those of the key above it."""

_SHARE_DECIMALS = 4

FLAT: Mapping[tuple[type, str], str] = {
    (CellFinding, "cell"): "",
    (CellFinding, "latency"): "",
    (CellFinding, "split"): "",
    (CellFinding, "punctuality"): "",
    (CellFinding, "health"): "",
    (CellFinding, "server"): "server_",
    (CellFinding, "client"): "client_",
    (ClassFinding, "latency"): "",
    (UpstreamFinding, "late"): "late_",
    (LaunchFinding, "launch"): "",
    (Ratio, "cell"): "",
    (Knee, "launch"): "",
    (Steps, "fit"): "",
    (Advice, "preferred"): "",
    (Curve, "launch"): "",
    (Choice, "launch"): "",
    (ClaimEvidence, "figures"): "",
}
"""Records whose keys stand among those of the record above them, after a prefix."""

RENAMED: Mapping[tuple[type, str], str] = {
    (Findings, "rerun"): "rerun_blocks",
    (Findings, "control"): "aa",
    (Findings, "warnings"): "warning_codes",
    (Split, "wait"): "wait_ms",
    (Split, "work"): "work_ms",
    (Split, "wire"): "wire_ms",
    (HealthFinding, "in_async"): "health_async_ms",
    (HealthFinding, "in_def"): "health_def_ms",
    (HealthFinding, "unanswered"): "health_unanswered",
    (ClientCosts, "send_span_ms"): "send_span_ms",
    (Knee, "steps"): "staircase",
    (Steps, "ratio"): "line_to_staircase",
    (Steps, "low"): "line_to_staircase_low",
    (Steps, "high"): "line_to_staircase_high",
    (Advice, "blocks"): "preferred_blocks",
    (ThresholdFinding, "written"): "threshold",
    (ThresholdFinding, "reason"): "code",
    (ArticleFindings, "rows"): "article",
    (Claim, "number"): "id",
    (Claim, "evidence"): "figures",
    (ClaimEvidence, "reason"): "reason_code",
}
"""Keys that are not the name of their field; they take no prefix."""

OMITTED = {
    (Findings, "header"),  # its keys stand at the top; the plan is in the journal and in matrix.yaml
    (Findings, "extras"),
    (Ceiling, "kind"),
    (CellFinding, "waits_for_limit"),
    (Trouble, "cells"),  # `what` names them, and each cell has its status
    (Advice, "rivals"),  # the first one's keys stand among those of the advice
    (Rival, "cell"),
    (Rival, "against"),
    (Rival, "withheld"),
    (Rival, "metric"),
    (Ratio, "against"),
    (Staircase, "overhead_s"),
    (ClaimEvidence, "cell"),
}
NULL_IF_EMPTY = {
    (Findings, "comparisons"),
    (Findings, "thresholds"),
    (CellFinding, "classes"),
    (CellFinding, "requests_per_process"),
}


Sentences = Mapping[type, Callable[[Any], Mapping[str, Any]]]
"""For each type of record, the keys that are not its fields: mostly the words for its codes."""


def render(findings: Findings) -> str:
    """Return the results of a run as JSON; the same findings give the same bytes."""
    return _as_json(_write(findings, _sentences(findings)))


def render_short(findings: Findings, **how_it_went: str | int | bool) -> str:
    """Return what was decided, without the figures of the cells, after what else there is to say about the run."""
    results = _write(findings, _sentences(findings))
    return _as_json({**how_it_went, **{key: results[key] for key in _SHORT}})


def write_cell(finding: CellFinding) -> dict[str, Any]:
    """Return a cell as results.json has it."""
    return _write_record(finding, {CellFinding: _describe_cell})


def _as_json(results: Mapping[str, Any]) -> str:
    return json.dumps(results, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _write(value: Any, sentences: Sentences, key: str = "", decimals: int = _SHARE_DECIMALS) -> Any:
    """Return a value as JSON has it under a key; `decimals` are those of the key above."""
    decimals = next((_DECIMALS[word] for word in reversed(key.split("_")) if word in _DECIMALS), decimals)
    match value:
        case float():
            return round(value, decimals)
        case Cell() | Launch():
            return _identify(value)
        case Mapping():
            return {str(name): _write(each, sentences, str(name), decimals) for name, each in value.items()}
        case tuple():
            return [_write(each, sentences, key, decimals) for each in value]
        case _:
            return _write_record(value, sentences, key, decimals) if is_dataclass(value) else value


def _identify(value: Cell | Launch) -> dict[str, Any]:
    axes = identify_launch(value) if isinstance(value, Launch) else identify_cell(value)
    delay_s = axes["delay_s"]
    return {
        **axes,
        "delay_s": None if delay_s is None else round(delay_s, _DECIMALS["s"]),
        "parameters": dict(axes["parameters"]) or None,
    }


def _write_record(
    record: Any, sentences: Sentences, above: str = "", decimals: int = _SHARE_DECIMALS, prefix: str = ""
) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for field in _written_fields(type(record)):
        place, value = (type(record), field.name), getattr(record, field.name)
        key = _key(place, prefix, above)
        if place in FLAT:
            written |= _write_flat(value, place, sentences)
        elif field.name == "may_miss":
            written["confidence"] = _write(1 - value, sentences, "confidence")
        else:
            written[key] = _write(value, sentences, key, decimals) if value or place not in NULL_IF_EMPTY else None
    return written | dict(sentences.get(type(record), lambda _: {})(record))


def _write_flat(value: Any, place: tuple[type, str], sentences: Sentences) -> dict[str, Any]:
    """Return the keys of a record that stand among those of the one above it."""
    if value is None:
        return dict.fromkeys(_keys(_record_type(place), FLAT[place]))
    if is_dataclass(value) and not isinstance(value, Cell | Launch):
        return _write_record(value, sentences, prefix=FLAT[place])
    return dict(_write(value, sentences))


def _keys(record: type, prefix: str) -> Iterator[str]:
    """Yield the keys of a record that is not there."""
    for field in _written_fields(record):
        place = (record, field.name)
        if place in FLAT:
            yield from _keys(_record_type(place), FLAT[place])
        else:
            yield _key(place, prefix)


def _key(place: tuple[type, str], prefix: str, above: str = "") -> str:
    """Return the key of a field; it has no unit that the key above it has."""
    if place in RENAMED:
        return RENAMED[place]
    return f"{prefix}{place[1].removesuffix('_ms') if above.endswith('_ms') else place[1]}"


def _written_fields(record: type) -> list[Field[Any]]:
    return [field for field in fields(record) if (record, field.name) not in OMITTED]


@cache
def _record_type(place: tuple[type, str]) -> type:
    """Return the type of a field that holds a record or None."""
    record, name = place
    hint = get_type_hints(record)[name]
    return next(found for found in (hint, *get_args(hint)) if isinstance(found, type) and is_dataclass(found))


def _describe_cell(finding: CellFinding) -> dict[str, Any]:
    return {"reason": wording.explain_status(finding), "flags": list(finding.flags)}


def _sentences(findings: Findings) -> Sentences:
    header, names = findings.header, Names(findings.header.plan)
    axes = run_axes(findings)

    def write(value: Any) -> Any:
        return _write(value, sentences)

    sentences: Sentences = {
        Findings: lambda _: {
            "title": header.plan.title,
            "started_at": header.started_at,
            "method": header.method,
            "practical_difference": header.plan.practical_difference,
            "profile": header.plan.profile,
            "environment": header.environment,
            "answer": summarize(findings),
            "warnings": [wording.describe_warning(warning, names) for warning in findings.warnings],
            **write(article_findings(findings)),
        },
        CellFinding: _describe_cell,
        Comparison: lambda found: {
            "what": name_comparison(found, axes),
            "verdict": found.verdict and wording.name_verdict(found.verdict, METRICS[found.metric]),
            "reason": found.withheld and wording.describe_withheld(found.withheld),
        },
        Ratio: lambda found: {"against": found.against.style},
        Staircase: lambda found: {"overhead_us_per_request": round(1e6 * found.overhead_s, 1)},
        Advice: lambda found: {
            "prefer": found.preferred.style,
            **write(found.over),
            "reason": explain_rivals([found.over], findings),
            "others": write(found.rivals[1:]),
        },
        Rival: lambda found: {
            "over": found.cell.style,
            "withheld": found.withheld and wording.describe_withheld(found.withheld),
            "withheld_code": found.withheld and found.withheld.code,
        },
        ThresholdFinding: lambda found: {
            "decided_by": name_decisive(found, names),
            "reason": wording.describe_threshold(found, findings.cells),
        },
        Trouble: lambda found: {
            "what": wording.name_trouble(found, names),
            "reason": wording.explain_trouble(found),
        },
        Claim: lambda found: {
            "claim": article_wording.CLAIMS[found.number].says,
            "reason": article_wording.explain_untested(found),
            "figures": [
                {
                    **write(evidence),
                    **write(evidence.cell.launch),
                    "reason": evidence.reason and article_wording.describe_reason(evidence.reason),
                    "says": article_wording.describe_evidence(found, evidence),
                }
                for evidence in found.evidence
            ],
        },
    }
    return sentences
