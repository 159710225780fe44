"""The requests of bursts one by one, for whoever wants to draw them: of each cell, those of its typical block.

A journal holds far more requests than can be drawn, or kept; so this is a pass of its own over its records, once the
findings say which block is typical.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.analysis.findings import Findings
from harness.model.executors import executor_of
from harness.model.journal import Record, Requests, Sample
from harness.model.plan import Cell


@dataclass(frozen=True, slots=True)
class Burst:
    """The answered requests of one cell in one block, in the order in which they entered the app."""

    cell: Cell
    block: int
    requests: Requests


def typical(records: Iterable[Record], findings: Findings) -> tuple[Burst, ...]:
    """The burst nearest to the median of each cell of bursts, in the order of the cells.

    The records are those that the findings come from.
    """
    places = {cell: place for place, cell in enumerate(findings.header.plan.cells)}
    wanted = {
        (places[finding.cell], finding.typical_block)
        for finding in findings.cells
        if executor_of(finding.cell).is_burst and finding.typical_block is not None
    }
    found: dict[int, Burst] = {}
    for record in records:
        if isinstance(record, Sample) and (record.cell, record.block) in wanted and record.requests is not None:
            # A cell may be measured again in a block: the last sample is the one that counts.
            found[record.cell] = Burst(findings.header.plan.cells[record.cell], record.block, record.requests)
    return tuple(found[place] for place in sorted(found))
