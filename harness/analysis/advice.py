"""How an endpoint should be written, by scenario: the style to prefer at the lowest and at the highest load.

Rule 1: styles are compared under one set of conditions: on the server of the baseline, or on each server if there is no
baseline; with the engine rather than another client; with the default thread limit; and otherwise under the conditions
that the matrix names first.
Rule 2: a style whose requests gave up, or that lost a block, is never preferred to one that lost nothing. Of the
others, the style with the lowest median over blocks is preferred. The style preferred at the highest load is preferred
at the lowest load, too, if it is shown to be the same there as the one with the lowest median: an endpoint is written
once.
Rule 3: the preferred style is compared with every other style, block by block. With 95% probability at each load of
each scenario, the fastest style is the preferred one, or tied with it (not shown to be slower). That is false only if
the fastest style is shown to be slower than another one. Of k styles there are k - 1 such pairs, and in each of them
the interval would have to miss on one particular side, which it does half as often as it misses at all. So each
interval may miss with probability 2 x 5% / (k - 1), and never with more than 5%.
Rule 4: the reasons to withhold the verdict on a declared comparison apply here, too.
Rule 5: endpoints of the user's own app may do different things. Only those count whose names say that they do the same
thing in several ways: `def` or `sync`, `async`, and these with a hyphen and more, as in `def-pooled`.

Source: S. Gupta, On some multiple decision (selection and ranking) rules, Technometrics 7, 1965, on subsets that
contain the best; here with intervals that suppose no shape of the noise.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from harness.analysis.comparisons import compare
from harness.analysis.findings import Advice, Basis, Cause, CellFinding, Control, Part, Rival
from harness.analysis.ratios import costs_s, log_ratios
from harness.analysis.statistics.estimates import MAY_MISS
from harness.analysis.statistics.verdicts import Verdict, judge
from harness.analysis.tally import SamplesByBlock, Tally
from harness.model.axes import DEFAULT, DEFAULT_THREADS
from harness.model.executors import load_of
from harness.model.groups import group_by
from harness.model.metrics import TIME
from harness.model.plan import Cell, Launch, Pair

_EXPLAINED = 0.25
"""The share of a style's extra time that its median request must show to explain it: of three waves, half."""

_WAYS_TO_WRITE = ("def", "sync", "async")
"""The first part of the name of an own endpoint that is one of several ways to write the same (Rule 5)."""


@dataclass(frozen=True, slots=True)
class _Contender:
    """A style at one load: its cell and the index of that in the plan, its blocks and its finding."""

    cell: Cell
    index: int
    blocks: SamplesByBlock
    finding: CellFinding

    @property
    def rank(self) -> tuple[bool, int, float]:
        """Return the key that sorts the style to prefer first (Rule 2); its first part says that something was lost."""
        costs, gave_up = costs_s(self.blocks).values(), self.finding.gave_up
        return bool(gave_up or self.finding.blocks_failed or not costs), gave_up, median(costs) if costs else math.inf


def advise(tally: Tally, cells: Iterable[CellFinding], control: Control | None) -> tuple[Advice, ...]:
    """Return what to prefer at the lowest and at the highest load of each scenario that has two styles or more."""
    index_of = {cell: index for index, cell in enumerate(tally.plan.cells)}
    contenders = [
        _Contender(finding.cell, index, tally.cells[index], finding)
        for finding in cells
        if (index := index_of.get(finding.cell)) is not None
        and (finding.blocks or finding.gave_up)
        and (tally.plan.own_app(finding.cell) is None or finding.cell.style.partition("-")[0] in _WAYS_TO_WRITE)
    ]
    return tuple(
        found
        for alike in _group_comparable(contenders, tally.plan.baseline)
        for found in _advise_both_ends(alike, tally, control)
    )


def _is_written_with_def(style: str) -> bool:
    """Return whether a style of this name is written with `def`; users often call theirs `sync`."""
    return style.partition("-")[0] in ("def", "sync")


def _group_comparable(
    contenders: Iterable[_Contender], baseline: Mapping[str, str | int]
) -> Iterator[list[_Contender]]:
    """Yield the contenders to compare in each scenario, on one server or on each (Rule 1)."""
    for of_scenario in group_by(contenders, lambda one: one.cell.launch.scenario).values():
        servers = group_by(of_scenario, lambda one: one.cell.launch.server)
        base = servers.get(str(baseline.get("server")))
        for those in [base] if base else servers.values():
            conditions = group_by(those, _list_conditions)
            compared = [alike for alike in conditions.values() if len({one.cell.style for one in alike}) > 1]
            yield min(compared, key=lambda alike: _rank_conditions(alike[0].cell), default=[])


def _list_conditions(one: _Contender) -> tuple[Launch, str, str, int | None]:
    return one.cell.launch, one.cell.executor, one.cell.client, one.cell.connections


def _rank_conditions(cell: Cell) -> tuple[bool, bool, bool, int]:
    """Return the key that sorts usual conditions first: a limit left unset, then the usual one, then the highest."""
    limit = cell.launch.thread_limit
    highest_first = -limit if isinstance(limit, int) else 0
    return cell.client != "engine", limit != DEFAULT, limit != DEFAULT_THREADS, highest_first


def _advise_both_ends(contenders: Sequence[_Contender], tally: Tally, control: Control | None) -> Iterator[Advice]:
    """Yield the advice at the lowest and at the highest load at which there are two styles to compare."""
    loads = group_by(contenders, lambda one: load_of(one.cell))
    compared = sorted(load for load, alike in loads.items() if len(alike) > 1)
    highest = _advise_load(loads[compared[-1]], tally, control) if compared else None
    if len(compared) > 1:
        lowest = _advise_load(loads[compared[0]], tally, control, highest.preferred.style if highest else None)
        yield from [replace(lowest, is_highest=False)] if lowest else []
    yield from [highest] if highest else []


def _advise_load(
    contenders: Sequence[_Contender], tally: Tally, control: Control | None, settled: str | None = None
) -> Advice | None:
    """Return the advice at one load, perhaps with the style settled at another; None if every style lost something."""
    best, *others = sorted(contenders, key=lambda one: one.rank)
    if best.rank[0]:
        return None
    rivals = list(_judge_rivals(best, others, tally, control))
    if any(one.cell.style == settled and not one.gave_up and one.verdict is Verdict.SAME for one in rivals):
        kept = next(one for one in contenders if one.cell.style == settled)
        best, others = kept, [best, *(one for one in others if one is not kept)]
        rivals = list(_judge_rivals(best, others, tally, control))
    with_def = _is_written_with_def(best.cell.style)
    over = next((one for one in rivals if _is_written_with_def(one.cell.style) != with_def), rivals[0])
    ordered = (over, *(one for one in rivals if one is not over))
    return Advice(best.cell, best.finding.blocks, is_highest=True, basis=find_basis(over), rivals=ordered)


def find_basis(over: Rival) -> Basis:
    """Return why a style is preferred to its first rival."""
    if over.gave_up:
        return Basis.RIVAL_GAVE_UP
    if over.verdict in (Verdict.SLOWER, Verdict.DIFFERS) and (over.ratio or 0) > 1:
        return Basis.SHOWN_AHEAD
    return Basis.NO_DIFFERENCE if over.verdict is Verdict.SAME else Basis.LOWEST_MEDIAN


def _judge_rivals(
    best: _Contender, others: Sequence[_Contender], tally: Tally, control: Control | None
) -> Iterator[Rival]:
    """Yield every other style, with the verdict on it (Rules 3 and 4)."""
    may_miss = min(MAY_MISS, 2 * MAY_MISS / len(others))
    for other in others:
        logs, difference = log_ratios(other.blocks, best.blocks), tally.plan.practical_difference
        (judged,) = judge([logs], difference, sequential=tally.is_sequential, may_miss=may_miss)
        compared = compare(tally.plan, tally.cells, Pair(other.index, best.index), judged, {TIME.name: control})
        finding = other.finding
        yield Rival(
            cell=compared.cell,
            against=compared.against,
            blocks=compared.blocks,
            ratio=compared.ratio,
            low=compared.low,
            high=compared.high,
            may_miss=compared.may_miss,
            verdict=compared.verdict,
            withheld=compared.withheld,
            gave_up=finding.gave_up,
            requests=finding.ok + finding.errors + finding.gave_up,
            cause=None if compared.ratio is None else _find_cause(finding, best.finding, compared.ratio),
        )


def _find_cause(finding: CellFinding, preferred: CellFinding, ratio: float) -> Cause | None:
    """Return the part that grew most from the preferred style to the other, by the medians of their requests.

    None if the medians explain little of the difference: they grew far less, or are of several classes.
    """
    ours, theirs = _split_ms(preferred), _split_ms(finding)
    if not ours or ours.keys() != theirs.keys():
        return None
    grew_ms = sum(theirs.values()) - sum(ours.values())
    most = max(theirs, key=lambda part: theirs[part] - ours[part])
    if grew_ms <= 0 or grew_ms < _EXPLAINED * (ratio - 1) * sum(ours.values()):
        return None
    return Cause(most, theirs[most], ours[most])


def _split_ms(finding: CellFinding) -> dict[Part, float]:
    """Return the median of each part of the time of the requests, nothing if they are of several classes."""
    split = finding.split
    if split is None or finding.classes:
        return {}
    if split.wait is None:
        return {Part.IN_THE_APP: split.work.p50_ms, Part.OUTSIDE: split.wire.p50_ms}
    return {Part.WAITING: split.wait.p50_ms, Part.WORKING: split.work.p50_ms, Part.OUTSIDE: split.wire.p50_ms}
