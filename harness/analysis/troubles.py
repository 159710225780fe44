"""What was not measured and why, each reason once.

Everything is counted in samples: a cell that was ruled out would have given one per block.
"""

from collections import Counter
from collections.abc import Iterator

from harness.analysis.findings import Trouble, TroubleCode
from harness.analysis.tally import Tally
from harness.model.outcomes import Status
from harness.model.plan import Cell


def find_troubles(tally: Tally) -> Iterator[Trouble]:
    """Yield launches that failed, cells that failed, cells ruled out, and what an interrupted run did not reach."""
    yield from _failures(tally)
    yield from _refusals(tally)
    yield from _unreached(tally)


def _failures(tally: Tally) -> Iterator[Trouble]:
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


def _refusals(tally: Tally) -> Iterator[Trouble]:
    blocks = _count_due_blocks(tally)
    cells: dict[tuple[Status, str], list[Cell]] = {}
    for refusal in tally.plan.refusals:
        cells.setdefault((refusal.status, refusal.reason), []).append(refusal.cell)
    for (status, reason), refused in cells.items():
        yield Trouble(TroubleCode.REFUSED, status, reason, len(refused) * blocks, tuple(refused))


def _unreached(tally: Tally) -> Iterator[Trouble]:
    """Yield the blocks that an interrupted run did not reach, or did not finish."""
    measured, planned = tally.samples_per_block, len(tally.plan.cells)
    missing = [block for block in range(1, _count_due_blocks(tally) + 1) if measured[block] < planned]
    if missing:
        yield Trouble(
            TroubleCode.INTERRUPTED,
            Status.SKIPPED,
            None,
            sum(planned - measured[block] for block in missing),
            blocks_in_part=tuple(block for block in missing if measured[block]),
            whole_blocks=sum(not measured[block] for block in missing),
        )


def _count_due_blocks(tally: Tally) -> int:
    """Return how many blocks there had to be at least, as far as is known: a finished run had all of them."""
    begun = max(tally.samples_per_block, default=0)
    return begun if tally.finished and tally.plan.is_sequential else max(begun, tally.plan.min_blocks)
