"""The exit codes, and which of them a run gets."""

from typing import TYPE_CHECKING

from harness.model.flags import Flag
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
    if not is_valid(findings):
        return NOT_VALID
    return FAILED if any(threshold.outcome == "broken" for threshold in findings.thresholds) else GOOD


def is_valid(findings: "Findings") -> bool:
    """Return whether the A/A control is clean, and neither the engine nor the upstream was the bottleneck.

    Other clients are there to be held against the engine: that one of them is the bottleneck spoils nothing.
    """
    if findings.control is not None and findings.control.within is False:
        return False
    if any(Flag.UPSTREAM_BOUND in found.flags for found in findings.cells):
        return False
    return not any(found.cell.client == "engine" and Flag.CLIENT_BOUND in found.flags for found in findings.cells)


def aa_exit_code(findings: "Findings") -> int:
    """Return the exit code of an A/A by itself: everything else about the machine is advice."""
    if findings.troubles:
        return FAILED
    return NOT_VALID if findings.control and findings.control.within is False else GOOD
