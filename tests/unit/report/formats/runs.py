"""Published runs, as the formats take them."""

from functools import cache

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.report.folder import read
from tests.builders.published import folder


@cache
def published(profile: str) -> tuple[Findings, tuple[Burst, ...]]:
    """The findings and the typical bursts of the newest published run of a profile."""
    return read(folder(profile))
