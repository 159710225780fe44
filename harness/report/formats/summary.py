"""A report as the summary of a step in GitHub Actions, which shows no pictures and no links into the run folder.

GitHub takes at most 1 MiB per step, and drops anything longer. It draws Mermaid, so the chart is in Mermaid.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.report.formats.mermaid import draw_mermaid
from harness.report.formats.shorten import fit_document
from harness.report.report import build_report

MOST_BYTES = 900_000


def render(findings: Findings, _: Sequence[Burst], folder: Path) -> str:
    """Return the report as Markdown of at most `MOST_BYTES` in UTF-8, a chart at the end of its first screen."""
    report = build_report(findings, ())
    opening, *others = report.sections
    drawn = replace(opening, blocks=(*opening.blocks, *draw_mermaid(findings)))
    return fit_document(replace(report, sections=(drawn, *others)), MOST_BYTES, _count_bytes, folder)


def _count_bytes(written: str) -> int:
    return len(written.encode())
