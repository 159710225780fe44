"""What a reader must know before believing a figure: a closed set of sentences."""

from collections import Counter
from collections.abc import Iterable, Iterator

from harness.analysis.findings import CellFinding
from harness.analysis.launches import differences
from harness.analysis.names import Names
from harness.analysis.statistics.estimates import BLOCKS_FOR_AN_INTERVAL, MAY_MISS, blocks_for_an_interval
from harness.analysis.tally import Tally
from harness.model.flags import (
    BUSY_HOST,
    CLIENT_BOUND,
    FLAGS,
    LATE,
    LATE_CONNECTIONS,
    LITTLES_LAW,
    SHORT_WINDOW,
    UPSTREAM_BOUND,
    UPSTREAM_LATE,
)
from harness.model.plan import Cell, Launch, Plan
from harness.model.words import counted, not_compared

DOUBTS = {
    CLIENT_BOUND: "what was measured is the client rather than the server, so they rank nothing",
    UPSTREAM_BOUND: "what was measured is the upstream rather than the server, so they rank nothing",
    LATE: "the client sent late, and its lag is part of their figures",
    UPSTREAM_LATE: "the upstream answered later than it was asked to, and that is part of their figures",
    BUSY_HOST: "something else used the machine meanwhile, and may have slowed them down",
    LITTLES_LAW: "their throughput, latency and concurrency contradict each other, so one of these is wrong",
    SHORT_WINDOW: "their window is too short for their latency, so its edges weigh too much",
    LATE_CONNECTIONS: "connections were opened after the common start, and connecting is part of their figures",
}
"""What each flag means for the figures of the cells that carry it."""


def caveats(tally: Tally, cells: Iterable[CellFinding], names: Names) -> Iterator[str]:
    """The warnings of a run."""
    yield from _few_blocks(tally.complete_blocks())
    yield from _too_many_comparisons(tally)
    if tally.plan.uncompared:
        yield not_compared(tally.plan.uncompared)
    yield from _no_control(tally.plan)
    yield from _several_sittings(tally)
    yield from _different_launches(tally, names)
    yield from _kept_ports(tally, names)
    yield from _flagged(cells)
    yield from _flagged_in_rerun(tally)


def _few_blocks(blocks: int) -> Iterator[str]:
    if blocks < BLOCKS_FOR_AN_INTERVAL:
        measured = counted(blocks, "complete block") if blocks else "no complete block"
        yield (
            f"{measured}: the figures are shown as they are; an interval, and so a claim, takes "
            f"{BLOCKS_FOR_AN_INTERVAL} blocks"
        )


def _too_many_comparisons(tally: Tally) -> Iterator[str]:
    """That no verdict can come of so few blocks, since the comparisons share what may be missed."""
    comparisons, blocks = len(tally.plan.comparisons), tally.complete_blocks()
    if not comparisons or blocks < BLOCKS_FOR_AN_INTERVAL:
        return
    needed = blocks_for_an_interval(MAY_MISS / comparisons, sequential=tally.is_sequential)
    if blocks < needed:
        yield (
            f"{counted(comparisons, 'comparison')} and {counted(blocks, 'block')}: no verdict can come of so few, "
            f"since comparisons share what may be missed; it takes {needed} blocks, or fewer comparisons"
        )


def _no_control(plan: Plan) -> Iterator[str]:
    if plan.comparisons and not plan.controls:
        why = "no cell of the `baseline` is measured" if plan.baseline else "the matrix names no `baseline`"
        yield f"there is no A/A control, since {why}: what the order or the machine does may pass for a difference"


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


def _flagged_in_rerun(tally: Tally) -> Iterator[str]:
    """Samples of a rerun stand in no table, so their flags are told here."""
    flags = Counter(flag for kept in tally.rerun for sample in kept.values() for flag in sample.flags)
    for flag in FLAGS:
        if flags[flag]:
            yield f"{counted(flags[flag], 'sample')} of the rerun flagged {flag}: {DOUBTS[flag]}"


def _flagged(cells: Iterable[CellFinding]) -> Iterator[str]:
    findings = list(cells)
    for flag, doubt in DOUBTS.items():
        carriers = [finding.flagged_blocks[flag] for finding in findings if flag in finding.flagged_blocks]
        if carriers:
            what, samples = counted(len(carriers), "cell"), counted(sum(carriers), "sample")
            yield f"{what} flagged {flag} ({samples}): {doubt}"
