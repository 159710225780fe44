"""Compare two runs, cell by cell and style by style.

Rule 1: cells are matched by all their axes. The repeated cells of an A/A control are left out.
Rule 2: figures of different hosts, Pythons or methods are shown next to each other and never put into one ratio.
Rule 3: nothing pairs the blocks of two runs, so they are compared as two samples (statistics/two_samples.py). With
fewer than six blocks on a side, there is no interval, and no claim.
Rule 4: a verdict is on one style of one server: in each block the mean logarithm of what all its cells cost, without
those that were client-bound or upstream-bound. The verdicts share what may be missed (statistics/verdicts.py, Rule 2).
The interval of a single cell describes.
Rule 5: of a run whose figures decided how many blocks it has, the first blocks are compared, as many as its plan asked
for at least. The interval of two samples is that of one look at samples whose sizes were fixed beforehand, and these
are: the run would have had them in any case.

Why verdicts across runs are context and no evidence: an interval knows only the noise from block to block. What was
different throughout a day (a neighbour on the host, its temperature, a kernel) moves all blocks of a run alike, and
passes for a difference between what was measured; where both sides are measured in the same blocks it cancels out. So a
verdict is on these two runs.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from harness.analysis.changes import find_changes, find_decisive_changes
from harness.analysis.comparisons import build_comparison, withhold_if_bound
from harness.analysis.control import find_control
from harness.analysis.findings import Comparison, Control, Withheld, Withholding
from harness.analysis.ratios import costs_s, mean_log_costs
from harness.analysis.statistics.estimates import BLOCKS_FOR_AN_INTERVAL, MAY_MISS, Estimate, exponentiate
from harness.analysis.statistics.two_samples import shift
from harness.analysis.statistics.verdicts import Judged, Verdict, judge_by
from harness.analysis.tally import SamplesByBlock, Tally, find_bound_flag
from harness.model.flags import Flag
from harness.model.groups import group_by
from harness.model.journal import Change
from harness.model.plan import Cell, Plan

SamplesOfBoth = tuple[SamplesByBlock, SamplesByBlock]
"""The samples of one cell in the first and in the second run."""

Logs = tuple[list[float], list[float]]
"""The logarithms of a cost: one for each block of the first run, and of the second."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One of the two runs.

    `blocks` counts those that were measured completely. If the figures decided how many there are, the first `compared`
    of them are compared; None if all are. `alone` are the cells that the other run does not have.
    """

    name: str
    started_at: str
    plan: Plan
    blocks: int
    compared: int | None
    control: Control | None
    alone: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class CellInBoth:
    """One cell in both runs: the median of its cost over blocks, in seconds, and the number of these blocks.

    `ratio` is how many times as much it cost in the second run, with a 95% interval; None across hosts. `bound` is the
    flag by which it says more about the client, or the upstream, than about the server.
    """

    cell: Cell
    cost_s: tuple[float, float]
    blocks: tuple[int, int]
    ratio: Estimate | None
    bound: Flag | None


@dataclass(frozen=True, slots=True)
class StyleInBoth:
    """A style of a server, the second run compared with the first over all its `cells`; `bound` others are left out.

    `blocks` counts those in which all these cells gave a figure. The `comparison` holds the first of the cells.
    """

    comparison: Comparison
    cells: int
    bound: int
    blocks: tuple[int, int]


@dataclass(frozen=True, slots=True)
class TwoRuns:
    """The second of two runs compared with the first.

    `apart` is what keeps them from being put into one ratio; then no cell has one, and there are no `styles`. `changed`
    is all that has changed from one run to the other, `difference` the larger of their practical differences. `without`
    are cells that both runs have, and that gave no figure in one of them.
    """

    runs: tuple[RunFacts, RunFacts]
    difference: float
    apart: tuple[Change, ...]
    changed: tuple[Change, ...]
    styles: tuple[StyleInBoth, ...]
    cells: tuple[CellInBoth, ...]
    without: tuple[Cell, ...]

    @property
    def is_valid(self) -> bool:
        """Whether the A/A control of neither run differs from itself."""
        return not any(run.control is not None and run.control.differs for run in self.runs)


def compare_runs(names: tuple[str, str], tallies: tuple[Tally, Tally]) -> TwoRuns:
    """Compare the second of two runs with the first; they may turn out to have no cell in common."""
    before, after = map(_select_blocks, tallies)
    repeated = {name for tally in tallies for name in tally.plan.control_names}
    shared = {
        cell: (kept, after[cell])
        for cell, kept in before.items()
        if cell in after and cell.launch.server not in repeated
    }
    measured = {cell: kept for cell, kept in shared.items() if all(map(costs_s, kept))}
    first, second = (_describe_run(name, tally, shared) for name, tally in zip(names, tallies, strict=True))
    apart = find_decisive_changes(*tallies)
    difference = max(tally.plan.practical_difference for tally in tallies)
    found = TwoRuns(
        runs=(first, second),
        difference=difference,
        apart=apart,
        changed=find_changes(*tallies, measured),
        styles=(),
        cells=tuple(_compare_cell(cell, kept, with_ratio=not apart) for cell, kept in measured.items()),
        without=tuple(cell for cell in shared if cell not in measured),
    )
    differs = None if found.is_valid else Withholding(Withheld.CONTROL_DIFFERS)
    return found if apart else replace(found, styles=_compare_styles(measured, difference, differs))


def judge_apart(samples: Sequence[Logs], difference: float) -> list[Judged]:
    """Judge together how far apart the two samples of each pair lie (Rules 3 and 4)."""
    return judge_by(lambda index, may_miss: _estimate_shift(samples[index], may_miss), len(samples), difference)


def _select_blocks(tally: Tally) -> dict[Cell, SamplesByBlock]:
    """Return the samples of each cell in the blocks to compare (Rule 5)."""
    last = tally.plan.min_blocks if tally.plan.is_sequential else tally.plan.blocks
    return {
        cell: {block: kept for block, kept in blocks.items() if block <= last}
        for cell, blocks in zip(tally.plan.cells, tally.cells, strict=True)
    }


def _describe_run(name: str, tally: Tally, shared: Container[Cell]) -> RunFacts:
    plan = tally.plan
    return RunFacts(
        name=name,
        started_at=tally.header.started_at,
        plan=plan,
        blocks=tally.complete_blocks(),
        compared=plan.min_blocks if plan.is_sequential else None,
        control=find_control(tally),
        alone=tuple(cell for cell in plan.cells if cell not in shared and cell.launch.server not in plan.control_names),
    )


def _compare_cell(cell: Cell, kept: SamplesOfBoth, *, with_ratio: bool) -> CellInBoth:
    before_s, after_s = map(costs_s, kept)
    return CellInBoth(
        cell=cell,
        cost_s=(median(before_s.values()), median(after_s.values())),
        blocks=(len(before_s), len(after_s)),
        ratio=exponentiate(_estimate_shift(_mean_logs([kept]), MAY_MISS)) if with_ratio else None,
        bound=find_bound_flag(*kept),
    )


def _compare_styles(
    measured: Mapping[Cell, SamplesOfBoth], difference: float, differs: Withholding | None
) -> tuple[StyleInBoth, ...]:
    """Return a comparison of each style of each server; `differs` is why none may have a verdict, if so."""
    groups = group_by(measured, lambda cell: (cell.launch.server, cell.style))
    unbound = {
        key: [measured[cell] for cell in cells if not find_bound_flag(*measured[cell])] for key, cells in groups.items()
    }
    logs = {key: _mean_logs(kept) for key, kept in unbound.items()}
    # With too few blocks nothing can be claimed, so such a style takes no share of what may be missed.
    claimed = [key for key in groups if _is_enough(logs[key])]
    judged = dict(zip(claimed, judge_apart([logs[key] for key in claimed], difference), strict=True))
    return tuple(
        StyleInBoth(
            comparison=build_comparison(
                cells[0],
                cells[0],
                min(map(len, logs[key])),
                judged.get(key) or _describe(logs[key]),
                differs or _withhold(measured[cells[0]], unbound[key], logs[key]),
            ),
            cells=len(unbound[key]),
            bound=len(cells) - len(unbound[key]),
            blocks=(len(logs[key][0]), len(logs[key][1])),
        )
        for key, cells in groups.items()
    )


def _withhold(first: SamplesOfBoth, unbound: Sequence[SamplesOfBoth], logs: Logs) -> Withholding | None:
    """Return why nothing is claimed of a style, whose `first` cell is bound if no cell is `unbound`."""
    if not unbound:
        return withhold_if_bound(*first)
    return None if _is_enough(logs) else Withholding(Withheld.TOO_FEW_BLOCKS, blocks=min(map(len, logs)))


def _describe(logs: Logs) -> Judged:
    """Return how far apart two runs are, without a claim."""
    ratio = exponentiate(_estimate_shift(logs, MAY_MISS)).median if all(logs) else None
    return Judged(ratio, None, None, MAY_MISS, Verdict.UNDECIDED)


def _mean_logs(cells: Sequence[SamplesOfBoth]) -> Logs:
    """Return the mean over these cells for each block in which all of them gave a figure."""
    return mean_log_costs([before for before, _ in cells]), mean_log_costs([after for _, after in cells])


def _estimate_shift(logs: Logs, may_miss: float) -> Estimate:
    """Return how far the second run lies above the first, with an interval if there are enough blocks."""
    found = shift(logs[1], logs[0], may_miss)
    return found if _is_enough(logs) else Estimate(found.median, None, None)


def _is_enough(logs: Logs) -> bool:
    return min(map(len, logs)) >= BLOCKS_FOR_AN_INTERVAL
