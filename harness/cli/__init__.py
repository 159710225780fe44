"""The commands: these modules wire the rooms together, print, and return an exit code."""

from typing import TYPE_CHECKING

from harness.model.outcomes import Status

if TYPE_CHECKING:
    from harness.analysis.findings import Findings

GOOD, FAILED, BAD_INPUT, NOT_VALID, INTERRUPTED = 0, 1, 2, 3, 130
"""Good; a cell failed or a threshold broke; bad input; the measurement is invalid; interrupted."""


def run_exit_code(findings: "Findings") -> int:
    """Return the exit code of a run that was not interrupted.

    A failure comes first, since what failed may be all there was; a threshold last, since it judges what is valid.
    Unsupported and skipped cells were announced by the plan: only a cell that was tried can fail.
    """
    if any(trouble.status in (Status.FAILED, Status.TIMEOUT) for trouble in findings.troubles):
        return FAILED
    if not any(finding.blocks for finding in findings.cells):
        return FAILED
    if not findings.valid:
        return NOT_VALID
    return FAILED if findings.breaks_a_threshold else GOOD
