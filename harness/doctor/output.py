"""Lay the doctor's findings out: a table and advice for people, JSON for programs."""

import json
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from harness.analysis.findings import Control
from harness.doctor.aa import smallest_difference
from harness.doctor.checks import Finding
from harness.doctor.remedies import Fitness
from harness.model.words import one_line

_WHAT, _VERDICT = len("other programs"), max(map(len, Fitness))
"""The longest name of a check, and the longest verdict."""

_NARROWEST = 60


def render_table(findings: Sequence[Finding], width: int | None) -> Iterator[str]:
    """Yield the lines of a table, wrapped to `width` columns: the check, the verdict, the reading."""
    for finding in findings:
        row = f"{finding.what:{_WHAT}}  {finding.verdict:{_VERDICT}}  {one_line(finding.found)}"
        yield from _wrap_line(row, width, " " * (_WHAT + _VERDICT + 4))


def render_advice(findings: Sequence[Finding], width: int | None) -> Iterator[str]:
    """Yield the lines of all advice, each with the name of its check; commands stay on one line, to be copied."""
    for finding in findings:
        if finding.advice is None:
            continue
        yield ""
        first, *others = map(one_line, finding.advice.splitlines())
        yield from _wrap_line(f"{finding.what}: {first}", width)
        for line in others:
            yield from _wrap_line(f"  {line}", width)
        yield from (f"    {command}" for command in finding.commands)


def render_json(findings: Sequence[Finding], control: Control | None) -> str:
    """Return all findings and the figures of the A/A; `aa` is null without one."""
    figures = control and {
        "blocks": control.blocks,
        "ratio": control.ratio,
        "low": control.low,
        "high": control.high,
        "smallest_difference": smallest_difference(control),
        "within": control.within,
    }
    aa = figures and {name: round(each, 4) if isinstance(each, float) else each for name, each in figures.items()}
    read = {"findings": [asdict(finding) for finding in findings], "aa": aa}
    return json.dumps(read, indent=2, ensure_ascii=False, allow_nan=False)


def _wrap_line(line: str, width: int | None, indent: str = "  ") -> list[str]:
    columns = sys.maxsize if width is None else max(width, _NARROWEST)
    return textwrap.wrap(line, columns, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
