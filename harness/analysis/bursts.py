"""The requests of bursts one by one, to draw them: of each cell, those of its typical block.

A journal holds more requests than can be drawn or kept, so this is a second pass over its records, once the findings
say which block is typical.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.analysis.findings import CellFinding, Findings
from harness.model.journal import Record, Requests, Window
from harness.model.plan import Cell


@dataclass(frozen=True, slots=True)
class Burst:
    """The answered requests of one cell in one block, in the order in which they entered the app."""

    cell: Cell
    block: int
    requests: Requests


def find_typical_bursts(records: Iterable[Record], findings: Findings) -> tuple[Burst, ...]:
    """Return the burst nearest to the median of each cell, in the order of the cells.

    The findings must come from the same records.
    """
    cells = findings.header.plan.cells
    typical = {finding.cell: finding for finding in findings.cells}
    found: dict[int, dict[int, Window]] = {}
    for record in records:
        # Only bursts have requests one by one.
        if not isinstance(record, Window) or not record.requests or not record.duration_s:
            continue
        finding = typical.get(cells[record.cell])
        if finding is not None and finding.typical_block == record.block:
            if record.round == 1:
                found[record.cell] = {}
            found[record.cell][record.round] = record
    return tuple(_choose_burst(cells[place], found[place].values(), typical[cells[place]]) for place in sorted(found))


def _choose_burst(cell: Cell, windows: Iterable[Window], finding: CellFinding) -> Burst:
    """Return the burst nearest to the figure of its block."""
    figure_s = finding.by_block[finding.typical_block] if finding.typical_block is not None else 0.0
    nearest = min(windows, key=lambda window: abs((window.duration_s or 0.0) - figure_s))
    assert nearest.requests is not None
    return Burst(cell, nearest.block, nearest.requests)
