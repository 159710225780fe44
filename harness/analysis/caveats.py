"""What a reader must know before believing a figure: a closed set of sentences."""

from collections.abc import Iterable, Iterator

from harness.analysis.cells import LATE_CONNECTIONS
from harness.analysis.estimates import BLOCKS_FOR_AN_INTERVAL
from harness.analysis.findings import CellFinding
from harness.analysis.launches import differences
from harness.analysis.names import Names, count
from harness.analysis.tally import Tally


def caveats(tally: Tally, cells: Iterable[CellFinding], blocks: int, names: Names) -> Iterator[str]:
    """The warnings of a run, of which so many blocks were measured completely."""
    yield from _few_blocks(blocks)
    yield from _different_launches(tally, names)
    yield from _late_connections(cells)
    yield from _not_evaluated(tally)


def _few_blocks(blocks: int) -> Iterator[str]:
    if blocks < BLOCKS_FOR_AN_INTERVAL:
        measured = count(blocks, "complete block") if blocks else "no complete block"
        yield (
            f"{measured}: the figures are shown as they are; an interval, and so a claim, takes "
            f"{BLOCKS_FOR_AN_INTERVAL} blocks"
        )


def _different_launches(tally: Tally, names: Names) -> Iterator[str]:
    for launch, cell in {cell.launch: cell for cell in tally.plan.cells}.items():
        for fact, values in differences(tally.starts[launch].in_force):
            yield f"{names.launch_of(cell)}: its launches differ in {fact} ({', '.join(values)}); its figures mix them"


def _late_connections(cells: Iterable[CellFinding]) -> Iterator[str]:
    late = sum(LATE_CONNECTIONS in finding.flags for finding in cells)
    if late:
        yield (
            f"{count(late, 'cell')} opened connections after the common start: "
            f"connecting is part of the figures flagged {LATE_CONNECTIONS}"
        )


def _not_evaluated(tally: Tally) -> Iterator[str]:
    if tally.plan.thresholds:
        yield "thresholds are read but not evaluated by this version of the harness"
    if tally.plan.baseline:
        yield "the baseline is read but no cell is compared with it by this version of the harness"
