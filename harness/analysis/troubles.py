"""Find everything that was not measured, each reason once, and the warnings that a reader must know.

Troubles are counted in samples: a cell that was ruled out would have given one per block.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from harness.analysis.findings import CellFinding, RunWarning, Trouble, TroubleCode, WarningCode
from harness.analysis.statistics.estimates import BLOCKS_FOR_AN_INTERVAL, MAY_MISS, blocks_for_an_interval
from harness.analysis.tally import Tally
from harness.model.flags import Flag
from harness.model.groups import group_by
from harness.model.journal import InForce
from harness.model.outcomes import Status
from harness.model.plan import Cell


def find_troubles(tally: Tally) -> Iterator[Trouble]:
    """Yield failed launches, failed cells, cells ruled out, and the blocks that an interrupted run did not reach."""
    yield from _find_failures(tally)
    blocks = _count_due_blocks(tally)
    for (status, reason), refused in group_by(tally.plan.refusals, lambda one: (one.status, one.reason)).items():
        cells = tuple(refusal.cell for refusal in refused)
        yield Trouble(TroubleCode.REFUSED, status, reason, len(cells) * blocks, cells)
    missing = {block: count for block in range(1, blocks + 1) if (count := tally.count_missing(block))}
    if missing:
        yield Trouble(
            TroubleCode.INTERRUPTED,
            Status.SKIPPED,
            None,
            sum(missing.values()),
            blocks_in_part=tuple(block for block in missing if tally.count_measured(block)),
            whole_blocks=sum(not tally.count_measured(block) for block in missing),
        )


def _find_failures(tally: Tally) -> Iterator[Trouble]:
    # The samples of a launch that failed repeat its reason: they count as one trouble, that of the launch.
    launches: Counter[tuple[Cell, Status, str | None]] = Counter()
    cells: Counter[tuple[Cell, Status, str | None]] = Counter()
    first_of = {cell.launch: cell for cell in reversed(tally.plan.cells)}
    for cell, samples, again in zip(tally.plan.cells, tally.cells, tally.rerun, strict=True):
        for sample in (*samples.values(), *again.values()):
            if sample.figures is None:
                failed, counts = (first_of[cell.launch], launches) if sample.launch_failed else (cell, cells)
                counts[failed, sample.status, sample.reason] += 1
    for code, failures in ((TroubleCode.LAUNCH_FAILED, launches), (TroubleCode.CELL_FAILED, cells)):
        for (cell, status, reason), count in failures.items():
            yield Trouble(code, status, reason, count, (cell,))


def _count_due_blocks(tally: Tally) -> int:
    """Return how many blocks there had to be at least, as far as is known: a finished run had all of them."""
    begun = tally.last_block()
    return begun if tally.finished and tally.plan.is_sequential else max(begun, tally.plan.min_blocks)


def find_warnings(tally: Tally, cells: Iterable[CellFinding]) -> Iterator[RunWarning]:
    """Yield the warnings of a run."""
    yield from _warn_of_few_blocks(tally)
    if tally.plan.uncompared:
        yield RunWarning(WarningCode.NOT_COMPARED, comparisons=tally.plan.uncompared)
    if tally.plan.comparisons and not tally.plan.controls:
        yield RunWarning(WarningCode.BASELINE_NOT_MEASURED if tally.plan.baseline else WarningCode.NO_BASELINE)
    yield from _warn_of_interruptions(tally)
    for launch, starts in tally.starts.items():
        for fact, values in _find_differences(starts.in_force):
            yield RunWarning(WarningCode.LAUNCHES_DIFFER, launch=launch, fact=fact, values=values)
    for launch, starts in tally.starts.items():
        if starts.ports_kept:
            yield RunWarning(WarningCode.PORT_KEPT, launch=launch, launches=starts.ports_kept)
    yield from _warn_of_flags(tally, list(cells))


def _warn_of_few_blocks(tally: Tally) -> Iterator[RunWarning]:
    """Warn if there are too few blocks for an interval, or for a verdict: comparisons share the chance of an error."""
    blocks, comparisons = tally.complete_blocks(), len(tally.plan.comparisons)
    if blocks < BLOCKS_FOR_AN_INTERVAL:
        yield RunWarning(WarningCode.FEW_BLOCKS, blocks=blocks, needed=BLOCKS_FOR_AN_INTERVAL)
    elif comparisons:
        needed = blocks_for_an_interval(MAY_MISS / comparisons, sequential=tally.is_sequential)
        if blocks < needed:
            yield RunWarning(WarningCode.MANY_COMPARISONS, blocks=blocks, needed=needed, comparisons=comparisons)


def _warn_of_interruptions(tally: Tally) -> Iterator[RunWarning]:
    sittings: dict[int, set[int]] = {}
    for samples in tally.cells:
        for block, sample in samples.items():
            sittings.setdefault(block, set()).add(sample.sitting)
    for block, numbers in sorted(sittings.items()):
        if len(numbers) > 1:
            yield RunWarning(WarningCode.BLOCK_INTERRUPTED, block=block, sittings=len(numbers))


def _find_differences(in_force: Sequence[InForce]) -> Iterator[tuple[str, tuple[str | None, ...]]]:
    """Yield each fact that differs between launches of one kind, with its different values.

    A fact is a field of `InForce`, or `versions.` and a distribution.
    """
    every = []
    for one in in_force:
        facts = asdict(one)
        facts |= {f"versions.{distribution}": version for distribution, version in facts.pop("versions").items()}
        every.append({fact: None if value is None else str(value) for fact, value in facts.items()})
    for fact in dict.fromkeys(fact for facts in every for fact in facts):
        values = tuple(dict.fromkeys(facts.get(fact) for facts in every))
        if len(values) > 1:
            yield fact, values


def _warn_of_flags(tally: Tally, cells: Sequence[CellFinding]) -> Iterator[RunWarning]:
    """Warn of flags in the samples of cells, then of those in a rerun, whose samples are in no table."""
    for flag in Flag:
        samples = [finding.flagged_blocks[flag] for finding in cells if flag in finding.flagged_blocks]
        if samples:
            yield RunWarning(WarningCode.FLAGGED, flag=flag, cells=len(samples), samples=sum(samples))
    again = Counter(flag for samples in tally.rerun for sample in samples.values() for flag in sample.flags)
    for flag in Flag:
        if again[flag]:
            yield RunWarning(WarningCode.FLAGGED_IN_RERUN, flag=flag, samples=again[flag])
