"""The requests of bursts one by one, to draw them: of each cell, those of its typical block.

A journal holds more requests than can be drawn or kept, so this is a second pass over its records, once the findings
say which block is typical.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.analysis.findings import Findings
from harness.model.journal import Record, Requests, Sample
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
    typical = {finding.cell: finding.typical_block for finding in findings.cells}
    bursts: dict[int, Burst] = {}
    for record in records:
        # Only bursts have requests one by one. A cell may be measured again in a block: its last sample counts.
        if isinstance(record, Sample) and record.requests and typical.get(cells[record.cell]) == record.block:
            bursts[record.cell] = Burst(cells[record.cell], record.block, record.requests)
    return tuple(bursts[place] for place in sorted(bursts))
