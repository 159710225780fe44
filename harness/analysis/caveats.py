"""What a reader must know before believing a figure: a closed set of sentences."""

from collections.abc import Iterable, Iterator

from harness.analysis.cells import LATE_CONNECTIONS
from harness.analysis.estimates import BLOCKS_FOR_AN_INTERVAL
from harness.analysis.findings import CellFinding
from harness.analysis.launches import differences
from harness.analysis.names import Names
from harness.analysis.tally import Tally
from harness.model.plan import Cell, Launch, Plan
from harness.model.words import counted


def caveats(tally: Tally, cells: Iterable[CellFinding], blocks: int, names: Names) -> Iterator[str]:
    """The warnings of a run, of which so many blocks were measured completely."""
    yield from _few_blocks(blocks)
    yield from _several_sittings(tally)
    yield from _different_launches(tally, names)
    yield from _kept_ports(tally, names)
    yield from _late_connections(cells)
    yield from _not_evaluated(tally)


def _few_blocks(blocks: int) -> Iterator[str]:
    if blocks < BLOCKS_FOR_AN_INTERVAL:
        measured = counted(blocks, "complete block") if blocks else "no complete block"
        yield (
            f"{measured}: the figures are shown as they are; an interval, and so a claim, takes "
            f"{BLOCKS_FOR_AN_INTERVAL} blocks"
        )


def _several_sittings(tally: Tally) -> Iterator[str]:
    sittings: dict[int, set[int]] = {}
    for kept in tally.cells:
        for block, sample in kept.items():
            sittings.setdefault(block, set()).add(sample.sitting)
    for block, numbers in sorted(sittings.items()):
        if len(numbers) > 1:
            yield (
                f"block {block} was measured in {counted(len(numbers), 'sitting')}: "
                f"there is a break between figures that are compared with each other"
            )


def _different_launches(tally: Tally, names: Names) -> Iterator[str]:
    for launch, cell in _one_cell_each(tally.plan):
        for fact, values in differences(tally.starts[launch].in_force):
            yield f"{names.launch_of(cell)}: its launches differ in {fact} ({', '.join(values)}); its figures mix them"


def _kept_ports(tally: Tally, names: Names) -> Iterator[str]:
    for launch, cell in _one_cell_each(tally.plan):
        if kept := tally.starts[launch].ports_kept:
            launches = counted(kept, "launch", "launches")
            yield f"port still taken after {names.launch_of(cell)} was stopped ({launches})"


def _one_cell_each(plan: Plan) -> Iterable[tuple[Launch, Cell]]:
    """Every kind of launch, with one of the cells that it serves."""
    return {cell.launch: cell for cell in plan.cells}.items()


def _late_connections(cells: Iterable[CellFinding]) -> Iterator[str]:
    late = sum(LATE_CONNECTIONS in finding.flags for finding in cells)
    if late:
        yield (
            f"{counted(late, 'cell')} opened connections after the common start: "
            f"connecting is part of the figures flagged {LATE_CONNECTIONS}"
        )


def _not_evaluated(tally: Tally) -> Iterator[str]:
    if tally.plan.thresholds:
        yield "thresholds are read but not evaluated by this version of the harness"
    if tally.plan.baseline:
        yield "the baseline is read but no cell is compared with it by this version of the harness"
