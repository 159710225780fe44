"""What a reader must know before believing a figure: a closed set of codes, with the numbers behind them."""

from collections import Counter
from collections.abc import Iterable, Iterator

from harness.analysis.findings import CellFinding, RunWarning, WarningCode
from harness.analysis.launches import find_differences
from harness.analysis.statistics.estimates import BLOCKS_FOR_AN_INTERVAL, MAY_MISS, blocks_for_an_interval
from harness.analysis.tally import Tally
from harness.model.flags import Flag


def find_warnings(tally: Tally, cells: Iterable[CellFinding]) -> Iterator[RunWarning]:
    """Yield the warnings of a run."""
    yield from _too_few_blocks(tally)
    if tally.plan.uncompared:
        yield RunWarning(WarningCode.NOT_COMPARED, comparisons=tally.plan.uncompared)
    if tally.plan.comparisons and not tally.plan.controls:
        yield RunWarning(WarningCode.BASELINE_NOT_MEASURED if tally.plan.baseline else WarningCode.NO_BASELINE)
    yield from _interrupted_blocks(tally)
    for launch, starts in tally.starts.items():
        for fact, values in find_differences(starts.in_force):
            yield RunWarning(WarningCode.LAUNCHES_DIFFER, launch=launch, fact=fact, values=values)
    for launch, starts in tally.starts.items():
        if starts.ports_kept:
            yield RunWarning(WarningCode.PORT_KEPT, launch=launch, launches=starts.ports_kept)
    yield from _flagged_cells(list(cells))
    yield from _flagged_in_rerun(tally)


def _too_few_blocks(tally: Tally) -> Iterator[RunWarning]:
    """Warn if there are too few blocks for an interval, or for a verdict: comparisons share the chance of an error."""
    blocks, comparisons = tally.complete_blocks(), len(tally.plan.comparisons)
    if blocks < BLOCKS_FOR_AN_INTERVAL:
        yield RunWarning(WarningCode.FEW_BLOCKS, blocks=blocks, needed=BLOCKS_FOR_AN_INTERVAL)
    elif comparisons:
        needed = blocks_for_an_interval(MAY_MISS / comparisons, sequential=tally.is_sequential)
        if blocks < needed:
            yield RunWarning(WarningCode.MANY_COMPARISONS, blocks=blocks, needed=needed, comparisons=comparisons)


def _interrupted_blocks(tally: Tally) -> Iterator[RunWarning]:
    sittings: dict[int, set[int]] = {}
    for samples in tally.cells:
        for block, sample in samples.items():
            sittings.setdefault(block, set()).add(sample.sitting)
    for block, numbers in sorted(sittings.items()):
        if len(numbers) > 1:
            yield RunWarning(WarningCode.BLOCK_INTERRUPTED, block=block, sittings=len(numbers))


def _flagged_cells(cells: Iterable[CellFinding]) -> Iterator[RunWarning]:
    for flag in Flag:
        samples = [finding.flagged_blocks[flag] for finding in cells if flag in finding.flagged_blocks]
        if samples:
            yield RunWarning(WarningCode.FLAGGED, flag=flag, cells=len(samples), samples=sum(samples))


def _flagged_in_rerun(tally: Tally) -> Iterator[RunWarning]:
    """Warn of flags in a rerun, whose samples are in no table."""
    flags = Counter(flag for samples in tally.rerun for sample in samples.values() for flag in sample.flags)
    for flag in Flag:
        if flags[flag]:
            yield RunWarning(WarningCode.FLAGGED_IN_RERUN, flag=flag, samples=flags[flag])
