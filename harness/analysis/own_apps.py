"""What is not known of the user's own app: its handlers are not ours, so nothing tells waiting from working."""

from dataclasses import replace

from harness.analysis.findings import CellFinding
from harness.analysis.tally import Tally


def as_known(finding: CellFinding, tally: Tally) -> CellFinding:
    """A finding with no more than is known, where its cell asks an app of the user's."""
    cell = finding.cell
    if tally.plan.own_app(cell) is None:
        return finding
    return replace(
        finding,
        split=replace(finding.split, wait=None) if finding.split else None,
        peak_handlers=None,
        bodies_vary=(cell.launch, cell.style) in tally.varying,
    )
