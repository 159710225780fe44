"""What a checkup of the machine found: a table and advice for people, JSON for programs."""

import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from harness.analysis.checkup import Finding, smallest_difference
from harness.analysis.findings import Control
from harness.model.words import one_line

_WHAT, _VERDICT = len("other programs"), len("worth knowing")
_NARROWEST = 60
_DECIMALS = 4


def table(findings: Sequence[Finding], width: int | None) -> Iterator[str]:
    """The lines of a table, a row a finding: what, verdict, found; in so many columns, or however many it takes."""
    for finding in findings:
        row = f"{finding.what:{_WHAT}}  {finding.verdict:{_VERDICT}}  {one_line(finding.found)}"
        yield from _wrapped(row, width, " " * (_WHAT + _VERDICT + 4))


def advice(findings: Sequence[Finding], width: int | None) -> Iterator[str]:
    """The lines of all advice, each under the name of its finding; a command stays on one line, to be copied."""
    for finding in findings:
        if finding.advice is None:
            continue
        yield ""
        first, *others = map(one_line, finding.advice.splitlines())
        yield from _wrapped(f"{finding.what}: {first}", width, "  ")
        for line in others:
            yield from _wrapped(f"  {line}", width, "  ")
        yield from (f"    {command}" for command in finding.commands)


def as_json(findings: Sequence[Finding], control: Control | None) -> str:
    """All findings, and the figures of the A/A, null where there was none."""
    return json.dumps(
        {"findings": [asdict(finding) for finding in findings], "aa": _aa(control) if control else None},
        indent=2,
        ensure_ascii=False,
        allow_nan=False,
    )


def _aa(control: Control) -> dict[str, float | int | bool | None]:
    figures = {
        "ratio": control.ratio,
        "low": control.low,
        "high": control.high,
        "smallest_difference": smallest_difference(control),
    }
    rounded = {name: None if value is None else round(value, _DECIMALS) for name, value in figures.items()}
    return {"blocks": control.blocks, **rounded, "within": control.within}


def _wrapped(line: str, width: int | None, indent: str) -> list[str]:
    if width is None:
        return [line.rstrip()]
    return textwrap.wrap(
        line,
        max(width, _NARROWEST),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
