"""What was not measured and why, each reason told once.

Everything is counted in samples: a cell that was ruled out would have given one a block.
"""

from collections.abc import Iterator

from harness.analysis.findings import Trouble
from harness.analysis.names import Names
from harness.analysis.tally import Tally
from harness.model.outcomes import Status
from harness.model.plan import Cell
from harness.model.words import counted


def troubles(tally: Tally, names: Names) -> Iterator[Trouble]:
    """All troubles of a run: launches that failed, cells that failed, cells ruled out, and what was never come to."""
    yield from _failures(tally, names)
    yield from _refusals(tally, names)
    yield from _left_out(tally)


def _failures(tally: Tally, names: Names) -> Iterator[Trouble]:
    # The samples of a launch that failed repeat its reason: they are told once, as the launch's.
    of_launches: dict[tuple[str, Status, str], int] = {}
    of_cells: dict[tuple[str, Status, str], int] = {}
    for cell, kept, again in zip(tally.plan.cells, tally.cells, tally.rerun, strict=True):
        for sample in (*kept.values(), *again.values()):
            if sample.figures is not None:
                continue
            failures, what = (
                (of_launches, names.launch_of(cell)) if sample.launch_failed else (of_cells, names.cell(cell))
            )
            key = (what, sample.status, sample.reason or "no reason was recorded")
            failures[key] = failures.get(key, 0) + 1
    for (what, status, reason), samples in (*of_launches.items(), *of_cells.items()):
        yield Trouble(what, status, reason, samples)


def _refusals(tally: Tally, names: Names) -> Iterator[Trouble]:
    blocks = _blocks_due(tally)
    cells: dict[tuple[Status, str], list[Cell]] = {}
    for refusal in tally.plan.refusals:
        cells.setdefault((refusal.status, refusal.reason), []).append(refusal.cell)
    for (status, reason), refused in cells.items():
        yield Trouble(names.group(refused), status, reason, len(refused) * blocks)


def _left_out(tally: Tally) -> Iterator[Trouble]:
    """The blocks that an interrupted run did not come to, or not to the end of."""
    measured = tally.samples_per_block
    missing = {
        block: len(tally.plan.cells) - measured[block]
        for block in range(1, _blocks_due(tally) + 1)
        if measured[block] < len(tally.plan.cells)
    }
    if missing:
        what = [f"block {block} in part" for block in missing if measured[block]]
        if untouched := sum(not measured[block] for block in missing):
            what.append(counted(untouched, "whole block"))
        yield Trouble(", ".join(what), Status.SKIPPED, "the run was interrupted", sum(missing.values()))


def _blocks_due(tally: Tally) -> int:
    """How many blocks there were to be at least, as far as is known: a run that came to its end had all of them."""
    begun = max(tally.samples_per_block, default=0)
    return begun if tally.finished and tally.plan.is_sequential else max(begun, tally.plan.min_blocks)
