"""A report as the comment on a pull request, which GitHub takes up to 65,536 characters of."""

from collections.abc import Mapping
from pathlib import Path

from harness.report.formats.shed import fitted
from harness.report.formats.standalone import alone

MOST_CHARACTERS = 65_000


def render(sections: Mapping[str, str], folder: Path) -> str:
    """The sections of a report, by their names, as Markdown of at most `MOST_CHARACTERS`."""
    return fitted(alone(sections), MOST_CHARACTERS, len, folder)
