"""A report as the summary of a step in GitHub Actions, where neither pictures nor links into the run folder work.

GitHub takes 1 MiB from a step, and nothing of what is longer. It draws Mermaid, so there is a chart of that.
"""

from collections.abc import Sequence
from pathlib import Path

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.report import readme
from harness.report.formats import mermaid
from harness.report.formats.shed import KEPT, fitted
from harness.report.formats.standalone import alone

MOST_BYTES = 900_000


def render(findings: Findings, _: Sequence[Burst], folder: Path) -> str:
    """Return the report as Markdown of at most `MOST_BYTES` in UTF-8, a chart under its answer."""
    sections = {}
    for name, section in alone(readme.sections(findings, {})).items():
        sections[name] = section
        if name == KEPT and (chart := mermaid.section(findings)) is not None:
            sections["chart"] = chart
    return fitted(sections, MOST_BYTES, _bytes, folder)


def _bytes(written: str) -> int:
    return len(written.encode())
