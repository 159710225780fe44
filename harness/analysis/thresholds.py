"""Judge the thresholds of the matrix.

Rule 1: a threshold holds for every cell that it names, and the worst of them decides. None passes because a cell or a
figure is missing: it is then *not judged*, or *undecided*.
Rule 2: a ratio or a knee breaks a threshold if its whole interval does, and keeps it if its whole interval does. In
between, and without an interval, nothing is decided.
Rule 3: a ratio is a gate, which may fire only if an A/A control is clean: without one, or if its verdict is withheld,
it is not judged. One that is broken has to be broken again in the blocks of a rerun, which are judged by themselves,
their own control included. All other figures are limits on what was observed, and judged as they stand.
"""

import math
import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from harness.analysis.comparisons import compare, judge_controls
from harness.analysis.control import judge_control
from harness.analysis.findings import CellFinding, Comparison, Knee, Outcome, ThresholdFinding, ThresholdReason
from harness.analysis.ratios import log_ratios
from harness.analysis.statistics.verdicts import judge
from harness.analysis.tally import Tally
from harness.model.plan import Cell, Threshold

_SEVERITY = tuple(Outcome)
_A_RERUN_DECIDES = (ThresholdReason.UNCONFIRMED, ThresholdReason.RERUN_WITHHELD, ThresholdReason.RERUN_DIFFERS)
_OPERATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq}


def judge_thresholds(
    tally: Tally, cells: Sequence[CellFinding], compared: Sequence[Comparison], knees: Sequence[Knee]
) -> Iterator[ThresholdFinding]:
    """Yield the finding on every threshold; cells and comparisons are in the order of the plan."""
    reruns = list(_judge_rerun(tally))
    for threshold in tally.plan.thresholds:
        if threshold.metric == "ratio":
            judged = list(_judge_ratios(threshold, tally, compared, reruns))
        elif threshold.metric == "knee":
            judged = list(_judge_knees(threshold, tally, knees))
        else:
            judged = [_judge_figure(threshold, cells[index]) for index in threshold.cells]
        yield _find_worst(threshold, judged)


def has_broken_a_ratio(tally: Tally, compared: Sequence[Comparison]) -> bool:
    """Return whether a ratio has broken a threshold in the blocks so far, so that a rerun has to confirm it."""
    reruns = list(_judge_rerun(tally))
    return any(
        finding.reason is ThresholdReason.UNCONFIRMED
        for threshold in tally.plan.thresholds
        if threshold.metric == "ratio"
        for finding in _judge_ratios(threshold, tally, compared, reruns)
    )


def find_undecided_cells(tally: Tally, compared: Sequence[Comparison], knees: Sequence[Knee]) -> Iterator[int]:
    """Yield the cells whose further blocks may decide a threshold on a ratio or a knee."""
    plan, reruns = tally.plan, list(_judge_rerun(tally))
    for threshold in plan.thresholds:
        if threshold.metric == "ratio":
            undecided = _list_undecided(_judge_ratios(threshold, tally, compared, reruns))
            pairs = [pair for pair in plan.comparisons if plan.cells[pair.cell] in undecided]
            yield from (cell for pair in pairs for cell in (pair.cell, pair.against))
        elif threshold.metric == "knee":
            launches = {cell.launch for cell in _list_undecided(_judge_knees(threshold, tally, knees))}
            bounding = set(threshold.cells) & set(plan.focus or threshold.cells)
            yield from (cell for cell in bounding if plan.cells[cell].launch in launches)


def _list_undecided(judged: Iterable[ThresholdFinding]) -> list[Cell]:
    return [
        found.cell
        for found in judged
        if found.cell and found.outcome is Outcome.UNDECIDED and found.reason not in _A_RERUN_DECIDES
    ]


def _find_worst(threshold: Threshold, judged: Sequence[ThresholdFinding]) -> ThresholdFinding:
    """Return the finding that decides: the gravest, and of several such the one furthest on the wrong side."""
    wrong = -1 if threshold.operator in (">", ">=") else 1
    return max(
        judged,
        key=lambda found: (_SEVERITY.index(found.outcome), wrong * (found.figure or 0.0)),
        default=_make_finding(threshold, Outcome.NOT_JUDGED, ThresholdReason.NO_CELL),
    )


def _make_finding(threshold: Threshold, outcome: Outcome, reason: ThresholdReason) -> ThresholdFinding:
    return ThresholdFinding(threshold.written, threshold.metric, outcome, reason, aggregate=threshold.aggregate)


def _judge_ratios(
    threshold: Threshold, tally: Tally, compared: Sequence[Comparison], reruns: Sequence[Comparison]
) -> Iterator[ThresholdFinding]:
    for pair, found, rerun in zip(tally.plan.comparisons, compared, reruns, strict=True):
        if pair.cell in threshold.cells and pair.metric == threshold.compares:
            outcome, reason = _judge_ratio(threshold, found, rerun, controlled=bool(tally.plan.controls))
            yield replace(
                _make_finding(threshold, outcome, reason),
                cell=found.cell,
                figure=found.ratio,
                low=found.low,
                high=found.high,
                rerun_low=rerun.low,
                rerun_high=rerun.high,
                withheld=found.withheld or rerun.withheld,
            )


def _judge_rerun(tally: Tally) -> Iterator[Comparison]:
    """Yield each declared comparison in the blocks of a rerun, judged by itself."""
    plan, cells = tally.plan, tally.rerun
    controls = judge_controls(plan, cells, judge_control(plan, cells, sequential=False), sequential=False)
    for pair in plan.comparisons:
        logs = log_ratios(cells[pair.cell], cells[pair.against], pair.metric)
        (judged,) = judge([logs], plan.practical_difference)
        yield compare(plan, cells, pair, judged, controls)


def _judge_ratio(  # noqa: PLR0911 - one return for each reason reads as a table
    threshold: Threshold, found: Comparison, rerun: Comparison, *, controlled: bool
) -> tuple[Outcome, ThresholdReason]:
    if found.withheld is not None:
        return Outcome.NOT_JUDGED, ThresholdReason.WITHHELD
    if not controlled:
        return Outcome.NOT_JUDGED, ThresholdReason.NO_CONTROL
    if found.low is None or found.high is None:
        return Outcome.UNDECIDED, ThresholdReason.TOO_FEW_BLOCKS
    match _judge_interval(threshold, found.low, found.high):
        case Outcome.KEPT:
            return Outcome.KEPT, ThresholdReason.INTERVAL_WITHIN
        case Outcome.UNDECIDED:
            return Outcome.UNDECIDED, ThresholdReason.INTERVAL_ON_BOTH_SIDES
    if rerun.ratio is not None and rerun.withheld is not None:
        return Outcome.UNDECIDED, ThresholdReason.RERUN_WITHHELD
    if rerun.low is None or rerun.high is None:
        return Outcome.UNDECIDED, ThresholdReason.UNCONFIRMED
    if _judge_interval(threshold, rerun.low, rerun.high) is not Outcome.BROKEN:
        return Outcome.UNDECIDED, ThresholdReason.RERUN_DIFFERS
    return Outcome.BROKEN, ThresholdReason.CONFIRMED


def _judge_interval(threshold: Threshold, low: float, high: float) -> Outcome:
    """Return the outcome for a whole interval; both ends decide, since a range of figures meets the condition."""
    low_keeps, high_keeps = _keeps(threshold, low), _keeps(threshold, high)
    if low_keeps and high_keeps:
        return Outcome.KEPT
    if low_keeps or high_keeps or (threshold.operator == "within" and low < threshold.bounds[0] <= high):
        return Outcome.UNDECIDED
    return Outcome.BROKEN


def _judge_knees(threshold: Threshold, tally: Tally, knees: Sequence[Knee]) -> Iterator[ThresholdFinding]:
    named = [tally.plan.cells[index] for index in threshold.cells]
    cells = {(cell.launch, cell.client): cell for cell in named}
    for knee in knees:
        if cell := cells.get((knee.launch, knee.client)):
            finding = _make_finding(threshold, *_judge_knee(threshold, knee))
            yield replace(finding, cell=cell, is_launch=True, low=knee.low, high=knee.high, withheld=knee.withheld)


def _judge_knee(threshold: Threshold, knee: Knee) -> tuple[Outcome, ThresholdReason]:
    if knee.low is None and knee.high is None:
        return Outcome.UNDECIDED, ThresholdReason.NO_KNEE
    if knee.withheld is not None:
        return Outcome.NOT_JUDGED, ThresholdReason.WITHHELD
    if not knee.claimed:
        return Outcome.UNDECIDED, ThresholdReason.KNEE_NOT_CLAIMED
    least, most = threshold.bounds
    low, high = knee.low if knee.low is not None else 0, knee.high if knee.high is not None else math.inf
    if low >= least and high <= most:
        return Outcome.KEPT, ThresholdReason.KNEE
    return (Outcome.BROKEN if high <= least or low >= most else Outcome.UNDECIDED), ThresholdReason.KNEE


def _judge_figure(threshold: Threshold, found: CellFinding) -> ThresholdFinding:
    """Judge a figure of one cell as it stands."""
    figure, count = _read_figure(threshold, found)
    if figure is not None:
        outcome, reason = Outcome.KEPT if _keeps(threshold, figure) else Outcome.BROKEN, ThresholdReason.FIGURE
    else:
        outcome = Outcome.UNDECIDED if found.blocks else Outcome.NOT_JUDGED
        reason = ThresholdReason.TOO_FEW_REQUESTS if count is not None else ThresholdReason.NO_FIGURE
    return replace(_make_finding(threshold, outcome, reason), cell=found.cell, figure=figure, count=count)


def _read_figure(threshold: Threshold, found: CellFinding) -> tuple[float | None, int | None]:
    """Return the figure of a metric, and how many requests or checks it is of; None if there is no figure."""
    requests, checks = found.ok + found.errors, found.health.in_async if found.health else None
    match threshold.metric:
        case "p99" if found.latency:
            return found.latency.p99_ms, found.ok
        case "errors" if requests:
            return found.errors / requests if threshold.aggregate == "share" else float(found.errors), requests
        case "health_async" if checks:
            return checks.max_ms if threshold.aggregate == "max" else checks.p50_ms, checks.checks
    return None, None


def _keeps(threshold: Threshold, figure: float) -> bool:
    if threshold.operator == "within":
        return threshold.bounds[0] <= figure <= threshold.bounds[1]
    return bool(_OPERATORS[threshold.operator](figure, threshold.bounds[0]))
