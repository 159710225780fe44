"""A report as the summary of a step in GitHub Actions, which shows no pictures and no links into the run folder.

GitHub takes at most 1 MiB per step, and drops anything longer. It draws Mermaid, so the chart is in Mermaid.
"""

from collections.abc import Sequence
from pathlib import Path

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.report import readme
from harness.report.formats import mermaid
from harness.report.formats.shed import KEPT, fit_sections
from harness.report.formats.standalone import make_standalone

MOST_BYTES = 900_000


def render(findings: Findings, _: Sequence[Burst], folder: Path) -> str:
    """Return the report as Markdown of at most `MOST_BYTES` in UTF-8, a chart under its answer."""
    sections = {}
    for name, section in make_standalone(readme.sections(findings, {})).items():
        sections[name] = section
        if name == KEPT and (chart := mermaid.section(findings)) is not None:
            sections["chart"] = chart
    return fit_sections(sections, MOST_BYTES, _bytes, folder)


def _bytes(written: str) -> int:
    return len(written.encode())
