"""How an endpoint should be written, by scenario: the style to prefer at the lowest and at the highest load.

Rule 1: styles are compared under one set of conditions: of the server of the baseline, or without one of each server;
there by the engine rather than another client, with the thread limit that applications have unless they set one, and
else under what the matrix names first.
Rule 2: a style whose requests gave up, or that lost a block, is not preferred to one that kept all of its own.
Of those that are left the preferred one has the lowest median over blocks. It is preferred at the lowest load, too,
where it is shown to be the same there as the one with the lowest median: an endpoint is written once.
Rule 3: it is held against every other style, block by block. Those that are not shown to take longer are left in the
race, and the promise is that the style which in truth takes least is among them or is the preferred one, with 95%
probability at each load of each scenario. It is broken only where that style is shown to take longer than another one,
whichever that is and however it was chosen: of k styles there are k - 1 such pairs, and in each of them the interval
would have to miss on one particular side, which it does half as often as it misses at all. So each may miss with twice
the (k - 1)th part of 5%, and never with more than 5%.
Rule 4: what withholds the verdict on a declared comparison withholds it here.
Rule 5: the endpoints of the user's own app may do quite different things; only those count whose names say that they
are one thing written in several ways: `def` or `sync`, `async`, and these with a hyphen and more, as in `def-pooled`.

Source: S. Gupta, On some multiple decision (selection and ranking) rules, Technometrics 7, 1965, on subsets that
contain the best; here with intervals that suppose no shape of the noise.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from harness.analysis.comparisons import costs_s, log_ratios, withheld
from harness.analysis.findings import Advice, Cause, CellFinding, Control, Part, Rival, Split
from harness.analysis.statistics.estimates import MAY_MISS, estimate, of_logs
from harness.analysis.statistics.verdicts import SAME, verdict_of
from harness.analysis.tally import Blocks, Tally
from harness.model.plan import Cell, Launch, Pair

_EXPLAINED = 0.25
"""The share of what a style takes more that its median request has to take more to explain it: of three waves, half."""

USUAL_THREADS = 40
"""The thread limit of anyio, and so of every application that sets none."""


@dataclass(frozen=True, slots=True)
class _Contender:
    """A style at one load: its place in the plan, what was kept of it, and its finding."""

    place: int
    blocks: Blocks
    finding: CellFinding

    @property
    def cell(self) -> Cell:
        return self.finding.cell

    @property
    def is_whole(self) -> bool:
        """Whether no request gave up, and every block gave a figure."""
        return not self.finding.gave_up and not self.finding.blocks_failed and len(costs_s(self.blocks)) > 0

    @property
    def rank(self) -> tuple[bool, int, float]:
        """The lower, the rather is it preferred (Rule 2)."""
        costs = costs_s(self.blocks).values()
        return not self.is_whole, self.finding.gave_up, median(costs) if costs else float("inf")


def advice(tally: Tally, cells: Iterable[CellFinding], control: Control | None) -> tuple[Advice, ...]:
    """What to prefer at the lowest and at the highest load of each scenario that was measured in two styles or more."""
    places = {cell: place for place, cell in enumerate(tally.plan.cells)}
    contenders = [
        _Contender(place, tally.cells[place], finding)
        for finding in cells
        if (place := places.get(finding.cell)) is not None
        and (finding.blocks or finding.gave_up)
        and (tally.plan.own_app(finding.cell) is None or _says_how_it_is_written(finding.cell.style))
    ]
    return tuple(
        found
        for conditions in _chosen(contenders, tally.plan.baseline)
        for found in _at_both_ends(conditions, tally, control)
    )


def is_written_with_def(style: str) -> bool:
    """Whether a style of this name is written with `def`, as scenarios name theirs, and users often theirs `sync`."""
    return style.partition("-")[0] in ("def", "sync")


def _says_how_it_is_written(style: str) -> bool:
    """Whether the name of an endpoint says that it is one of several ways to write the same (Rule 5)."""
    return is_written_with_def(style) or style.partition("-")[0] == "async"


def _chosen(contenders: Iterable[_Contender], baseline: Mapping[str, str | int]) -> Iterator[list[_Contender]]:
    """For each scenario, and for each of its servers without a baseline, those that are compared (Rule 1)."""
    scenarios: dict[str, list[_Contender]] = {}
    for one in contenders:
        scenarios.setdefault(one.cell.launch.scenario, []).append(one)
    for of_scenario in scenarios.values():
        servers: dict[str, list[_Contender]] = {}
        for one in of_scenario:
            servers.setdefault(one.cell.launch.server, []).append(one)
        base = servers.get(str(baseline.get("server")))
        for alike in [base] if base else servers.values():
            yield _under_one_set(alike)


def _under_one_set(contenders: Sequence[_Contender]) -> list[_Contender]:
    """Those of one server under the conditions that Rule 1 names, of the sets that have two styles to compare."""
    sets: dict[tuple[Launch, str, str, int | None], list[_Contender]] = {}
    for one in contenders:
        cell = one.cell
        connections = None if cell.rate is None else cell.concurrency
        sets.setdefault((cell.launch, cell.executor, cell.client, connections), []).append(one)
    compared = [alike for alike in sets.values() if len({one.cell.style for one in alike}) > 1]
    return min(compared, key=lambda alike: _unusual(alike[0].cell), default=[])


def _unusual(cell: Cell) -> tuple[bool, bool, bool, int]:
    """The lower, the rather are these conditions chosen: a limit left unset, then the usual one, then the highest."""
    limit = cell.launch.thread_limit
    highest_first = 0 if limit == "default" else -limit
    return cell.client != "engine", limit != "default", limit != USUAL_THREADS, highest_first


def _at_both_ends(contenders: Sequence[_Contender], tally: Tally, control: Control | None) -> Iterator[Advice]:
    """The advice at the lowest and at the highest load at which there are two styles to compare."""
    loads: dict[int, list[_Contender]] = {}
    for one in contenders:
        loads.setdefault(one.cell.asked, []).append(one)
    compared = sorted(load for load, alike in loads.items() if len(alike) > 1)
    highest = _of(loads[compared[-1]], tally, control) if compared else None
    if len(compared) > 1:
        lowest = _of(loads[compared[0]], tally, control, highest.preferred.style if highest else None)
        yield from [replace(lowest, is_highest=False)] if lowest else []
    yield from [highest] if highest else []


def _of(
    contenders: Sequence[_Contender], tally: Tally, control: Control | None, settled: str | None = None
) -> Advice | None:
    """The advice at one load, where another one may have settled for a style; None where every style failed somehow."""
    best, *others = sorted(contenders, key=lambda one: one.rank)
    if not best.is_whole:
        return None
    rivals = list(_judged(best, others, tally, control))
    if any(one.cell.style == settled and not one.gave_up and one.verdict == SAME for one in rivals):
        kept = next(one for one in contenders if one.cell.style == settled)
        best, others = kept, [best, *(one for one in others if one is not kept)]
        rivals = list(_judged(best, others, tally, control))
    return Advice(best.cell, best.finding.blocks, is_highest=True, rivals=tuple(_other_way_first(best, rivals)))


def _judged(best: _Contender, others: Sequence[_Contender], tally: Tally, control: Control | None) -> Iterator[Rival]:
    """Every other style, with the verdict on it (Rules 3 and 4)."""
    may_miss = min(MAY_MISS, 2 * MAY_MISS / len(others))
    for other in others:
        logs = log_ratios(other.blocks, best.blocks)
        found = estimate(logs, may_miss, sequential=tally.is_sequential) if logs else None
        ratio = of_logs(found) if found else None
        reason = withheld(tally.cells, Pair(other.place, best.place), control)
        finding = other.finding
        yield Rival(
            cell=finding.cell,
            blocks=len(logs),
            ratio=ratio.median if ratio else None,
            low=ratio.low if ratio else None,
            high=ratio.high if ratio else None,
            may_miss=may_miss,
            verdict=verdict_of(found, tally.plan.practical_difference) if found and not reason else None,
            reason=reason,
            gave_up=finding.gave_up,
            requests=finding.ok + finding.errors + finding.gave_up,
            cause=_cause(finding, best.finding, ratio.median) if ratio else None,
        )


def _cause(finding: CellFinding, preferred: CellFinding, ratio: float) -> Cause | None:
    """The part that grew most from the preferred style to the other, by the medians of their requests.

    None where these say little of what the style took: where they grew far less than it, or are of several classes.
    """
    if finding.split is None or preferred.split is None or finding.classes or preferred.classes:
        return None
    ours, theirs = _parts_ms(preferred.split), _parts_ms(finding.split)
    if ours.keys() != theirs.keys():
        return None
    grew = sum(theirs.values()) - sum(ours.values())
    most = max(theirs, key=lambda part: theirs[part] - ours[part])
    if grew <= 0 or grew < _EXPLAINED * (ratio - 1) * sum(ours.values()):
        return None
    return Cause(most, theirs[most], ours[most])


def _parts_ms(split: Split) -> dict[Part, float]:
    if split.wait is None:
        return {"in the application": split.work.p50_ms, "outside": split.wire.p50_ms}
    return {"waiting": split.wait.p50_ms, "working": split.work.p50_ms, "outside": split.wire.p50_ms}


def _other_way_first(best: _Contender, rivals: Sequence[Rival]) -> list[Rival]:
    """The rivals with the best of those first that are written the other way."""
    with_def = is_written_with_def(best.cell.style)
    first = next((one for one in rivals if is_written_with_def(one.cell.style) != with_def), rivals[0])
    return [first, *(one for one in rivals if one is not first)]
