"""Which exit code a run deserves."""

from harness.analysis.findings import Findings
from harness.cli.exit_codes import FAILED, GOOD, NOT_VALID
from harness.model.flags import Flag
from harness.model.outcomes import Status


def verdict(findings: Findings) -> int:
    """A failure comes first, since what failed may be all there was; a threshold last, since it judges what is valid.

    Unsupported and skipped cells were announced by the plan; only what was tried and failed is a failure.
    """
    if any(trouble.status in (Status.FAILED, Status.TIMEOUT) for trouble in findings.troubles):
        return FAILED
    if not any(finding.blocks for finding in findings.cells):
        return FAILED
    if not is_valid(findings):
        return NOT_VALID
    return FAILED if any(threshold.outcome == "broken" for threshold in findings.thresholds) else GOOD


def is_valid(findings: Findings) -> bool:
    """Whether the A/A control is clean, and neither the engine nor the upstream was the bottleneck.

    Other clients are there to be held against the engine: that one of them is the bottleneck spoils nothing.
    """
    if findings.control is not None and findings.control.within is False:
        return False
    if any(Flag.UPSTREAM_BOUND in found.flags for found in findings.cells):
        return False
    return not any(found.cell.client == "engine" and Flag.CLIENT_BOUND in found.flags for found in findings.cells)


def aa_verdict(findings: Findings) -> int:
    """The code of an A/A by itself: whatever else was found about the machine is advice."""
    if findings.troubles:
        return FAILED
    return NOT_VALID if findings.control and findings.control.within is False else GOOD
