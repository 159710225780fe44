"""The formats that `report --format` prints: a module for each, with the function `render(findings, bursts, folder)`.

To add one, add its module here, and its name and help to `FORMATS` in `harness/cli/arguments.py`.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings


def render_format(name: str, findings: Findings, bursts: Sequence[Burst], folder: Path) -> str:
    """Return a report in the format of this name; the text may refer its readers to the run folder."""
    module = import_module(f"{__name__}.{name}")
    written: str = module.render(findings, bursts, folder)
    return written
