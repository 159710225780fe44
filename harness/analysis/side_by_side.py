"""Two runs side by side: the cells that both have, how far apart these are, and what may be said of that.

Rule 1: cells are matched by all that identifies them. What an A/A control repeats is held against nothing.
Rule 2: figures of different hosts, Pythons or methods stand beside each other and are never put into one ratio.
Rule 3: nothing pairs the blocks of two runs, so they are held against each other as two samples
(statistics/two_samples.py). Where there are fewer than six blocks on a side, there is no interval, and no claim.
Rule 4: a verdict is on one style of one server: in each block the mean logarithm of what all its cells cost, those left
aside that were client-bound or upstream-bound. The verdicts share what may be missed (statistics/verdicts.py, Rule 2).
The interval of a single cell describes.
Rule 5: of a run whose figures decided how many blocks it has, the first blocks are compared, as many as its plan asked
for at least. The interval of two samples is that of one look at samples whose sizes were fixed beforehand, and these
are: whatever was measured, the run would have had them.

Why verdicts across runs are context and no evidence: an interval knows only the noise from block to block. What was
different throughout a day (a neighbour on the host, its temperature, a kernel) moves all blocks of a run alike, and
passes for a difference between what was measured; where both sides are measured in the same blocks it cancels out. So a
verdict is on these two runs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from harness.analysis.apart import changed, decisive
from harness.analysis.comparisons import costs_s, mean_log_costs, withheld_as_bound
from harness.analysis.control import control
from harness.analysis.findings import Withheld
from harness.analysis.names import Names
from harness.analysis.statistics.estimates import BLOCKS_FOR_AN_INTERVAL, MAY_MISS, Estimate, of_logs
from harness.analysis.statistics.two_samples import shift
from harness.analysis.statistics.verdicts import UNDECIDED, Judged, judge_by
from harness.analysis.tally import Blocks, Tally, bound_by
from harness.analysis.two_runs import Alone, Both, Run, SideBySide, StyleVerdict
from harness.model.environment import Change
from harness.model.errors import InputError
from harness.model.flags import Flag
from harness.model.plan import Cell

_WITHHELD = {
    Withheld.CLIENT_BOUND: "client-bound: what was measured is the client rather than the server",
    Withheld.UPSTREAM_BOUND: "upstream-bound: what was measured is the upstream rather than the server",
    Withheld.CONTROL_DIFFERS: "the A/A control differs from itself by more than the practical difference",
}

Logs = tuple[list[float], list[float]]
"""The logarithms of what something cost: one for each block of the first run, and of the second."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What both runs kept of one cell."""

    cell: Cell
    kept: tuple[Blocks, Blocks]

    @property
    def bound(self) -> Flag | None:
        """The flag by which a sample of it says more about the client, or the upstream, than about the server."""
        return bound_by(*self.kept)


def side_by_side(names: tuple[str, str], tallies: tuple[Tally, Tally], *, across_hosts: bool = False) -> SideBySide:
    """Hold the second of two runs against the first.

    Raises InputError where they have no figure in common, or where they may not be put into one ratio and it was not
    asked for figures `across_hosts` all the same.
    """
    apart = decisive(*tallies)
    if apart and not across_hosts:
        raise InputError(_refusal(apart))
    shared = _shared(*tallies)
    measured = [each for each in shared if all(map(costs_s, each.kept))]
    if not measured:
        raise InputError(_nothing_in_common(names, tallies, shared))
    difference = max(tally.plan.practical_difference for tally in tallies)
    one, other = (_run(name, tally, shared) for name, tally in zip(names, tallies, strict=True))
    return SideBySide(
        runs=(one, other),
        difference=difference,
        apart=tuple(apart),
        changed=changed(*tallies, [each.cell for each in measured]),
        verdicts=() if apart else tuple(_verdicts(measured, difference, _beyond((one, other)))),
        cells=tuple(_both(each, with_ratio=not apart) for each in measured),
        without=_alone(tallies[0], [each.cell for each in shared if each not in measured]),
    )


def _refusal(apart: Sequence[Change]) -> str:
    advice = (
        "measure both on one host, with one Python and one version of the harness, best as two variants in one matrix; "
        "or see their figures side by side, without ratios and verdicts: --across-hosts"
    )
    differences = [
        f"  {change.what} is {_told(change.before)} in the first and {_told(change.now)} in the second"
        for change in apart
    ]
    return "\n".join(["these two runs cannot be put into one ratio:", *differences, advice])


def _told(value: object) -> str:
    return "not known" if value is None else str(value)


def _nothing_in_common(names: tuple[str, str], tallies: tuple[Tally, Tally], shared: Sequence[Shared]) -> str:
    if shared:
        both = Names(tallies[0].plan).group([each.cell for each in shared])
        return f"no cell gave a figure in both runs, of those that both have: {both}; `report` says what became of them"
    advice = (
        "a cell is the same where server, scenario, delay, pool size, parameters, style, thread limit, workers, loop, "
        "executor, client and load are; compare runs of one matrix, or of parts of it"
    )
    have = [
        f"  {name} has {Names(tally.plan).group(tally.plan.cells)}" for name, tally in zip(names, tallies, strict=True)
    ]
    return "\n".join(["these two runs have no cell in common, so there is nothing to compare:", *have, advice])


def _shared(before: Tally, now: Tally) -> list[Shared]:
    """The cells that both plans have, in the order of the first."""
    kept = dict(_compared(now))
    repeated = before.plan.control_names | now.plan.control_names
    return [
        Shared(cell, (blocks, kept[cell]))
        for cell, blocks in _compared(before)
        if cell in kept and cell.launch.server not in repeated
    ]


def _compared(tally: Tally) -> Iterator[tuple[Cell, Blocks]]:
    """Every cell of a run and what was kept of those of its blocks that are compared (Rule 5)."""
    plan = tally.plan
    last = plan.min_blocks if plan.is_sequential else plan.blocks
    for cell, blocks in zip(plan.cells, tally.cells, strict=True):
        yield cell, {block: kept for block, kept in blocks.items() if block <= last}


def _run(name: str, tally: Tally, shared: Sequence[Shared]) -> Run:
    plan = tally.plan
    common = {each.cell for each in shared}
    own = [cell for cell in plan.cells if cell not in common and cell.launch.server not in plan.control_names]
    return Run(
        name=name,
        started_at=tally.header.started_at,
        blocks=tally.complete_blocks(),
        compared=plan.min_blocks if plan.is_sequential else None,
        control=control(tally),
        alone=_alone(tally, own),
    )


def _alone(tally: Tally, cells: Sequence[Cell]) -> Alone | None:
    return Alone(len(cells), Names(tally.plan).group(cells)) if cells else None


def _beyond(runs: Sequence[Run]) -> str | None:
    """Why there may be no verdict at all, if so."""
    names = [run.name for run in runs if run.control is not None and run.control.within is False]
    return f"{_WITHHELD[Withheld.CONTROL_DIFFERS]} in {' and '.join(names)}" if names else None


def _both(shared: Shared, *, with_ratio: bool) -> Both:
    one, other = (costs_s(blocks) for blocks in shared.kept)
    return Both(
        cell=shared.cell,
        cost_s=(median(one.values()), median(other.values())),
        blocks=(len(one), len(other)),
        ratio=of_logs(_shift(_logs([shared]), MAY_MISS)) if with_ratio else None,
        bound=shared.bound,
    )


def _verdicts(measured: Sequence[Shared], difference: float, beyond: str | None) -> list[StyleVerdict]:
    """What is said of each style of each server; `beyond` is why there may be no verdict at all."""
    groups: dict[tuple[str, str], list[Shared]] = {}
    for each in measured:
        groups.setdefault((each.cell.launch.server, each.cell.style), []).append(each)
    logs = {of: _logs([each for each in group if not each.bound]) for of, group in groups.items()}
    # Of what has too few blocks nothing can be said, so it takes no share of what may be missed.
    claimed = [of for of in groups if _is_enough(logs[of])]
    found = dict(zip(claimed, judge_apart([logs[of] for of in claimed], difference), strict=True))
    return [_verdict(of, groups[of], logs[of], found.get(of), beyond) for of in groups]


def judge_apart(samples: Sequence[Logs], difference: float) -> list[Judged]:
    """Judge how far apart each two samples lie that were measured apart, all of them together (Rules 3 and 4)."""
    return judge_by(lambda place, may_miss: _shift(samples[place], may_miss), len(samples), difference)


def _verdict(
    of: tuple[str, str], group: Sequence[Shared], logs: Logs, judged: Judged | None, beyond: str | None
) -> StyleVerdict:
    bound = [each for each in group if each.bound]
    why = withheld_as_bound(*bound[0].kept) if len(bound) == len(group) else None
    reason = beyond or (why and _WITHHELD[why.code]) or (None if judged else _too_few(logs))
    found = judged or _described(logs)
    return StyleVerdict(
        *of,
        cells=len(group) - len(bound),
        bound=len(bound),
        blocks=(len(logs[0]), len(logs[1])),
        ratio=found.ratio,
        low=found.low,
        high=found.high,
        may_miss=found.may_miss,
        verdict=None if reason else found.verdict,
        reason=reason,
    )


def _too_few(logs: Logs) -> str:
    return (
        f"all its cells were measured in {len(logs[0])} and {len(logs[1])} blocks; a claim takes "
        f"{BLOCKS_FOR_AN_INTERVAL} in each run"
    )


def _described(logs: Logs) -> Judged:
    """How far apart two runs are, of which nothing is claimed."""
    found = of_logs(_shift(logs, MAY_MISS)) if all(logs) else None
    return Judged(found.median if found else None, None, None, MAY_MISS, UNDECIDED)


def _logs(group: Sequence[Shared]) -> Logs:
    """The mean over these cells for each block in which all of them gave a figure."""
    if not group:
        return [], []
    return mean_log_costs([each.kept[0] for each in group]), mean_log_costs([each.kept[1] for each in group])


def _shift(logs: Logs, may_miss: float) -> Estimate:
    """How far the second run lies above the first, with an interval where there are blocks enough."""
    found = shift(logs[1], logs[0], may_miss)
    return found if _is_enough(logs) else Estimate(found.median, None, None)


def _is_enough(logs: Logs) -> bool:
    return min(map(len, logs)) >= BLOCKS_FOR_AN_INTERVAL
