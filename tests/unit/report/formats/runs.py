"""Published runs, as the formats take them."""

from functools import cache

from harness.analysis.analyse import analyse
from harness.analysis.bursts import Burst, typical
from harness.analysis.findings import Findings
from harness.model import journal
from tests.builders.published import folder


@cache
def published(profile: str) -> tuple[Findings, tuple[Burst, ...]]:
    """The findings and the typical bursts of the newest published run of a profile."""
    path = folder(profile) / journal.FILE_NAME
    findings = analyse(journal.read(path), journal.sha256(path))
    return findings, typical(journal.read(path), findings)
