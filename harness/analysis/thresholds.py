"""Whether the results keep to what the matrix asks of them.

Rule 1: a threshold holds for every cell that it names, and the worst of them decides; none passes for want of a cell or
a figure, it is then *not judged*, or *undecided*.
Rule 2: a ratio or a knee breaks a threshold where its whole interval does, and keeps it where its whole interval does.
In between, and without an interval, nothing is decided.
Rule 3: a ratio is a gate, which may fire only where an A/A control is clean: without one, or where its verdict is
withheld, it is not judged. One that is broken has to be broken again in the blocks of a rerun, which are judged by
themselves, their own control included. All other figures are limits on what was observed, and judged as they stand.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.analysis.comparisons import declared, withheld
from harness.analysis.control import control_of
from harness.analysis.findings import CellFinding, Comparison, Knee, Outcome, ThresholdFinding
from harness.analysis.knees import interval
from harness.analysis.statistics.estimates import Estimate, estimate, needed_for, of_logs
from harness.analysis.tally import Tally
from harness.model.plan import Threshold

UNCONFIRMED = "broken, but not confirmed by a rerun"
NO_CONTROL = "there is no A/A control, without which a difference may be none"
NO_CELL = "this run measures no cell that it holds for"
_SEVERITY: tuple[Outcome, ...] = ("kept", "not judged", "undecided", "broken")


@dataclass(frozen=True, slots=True)
class Measured:
    """What thresholds are judged by: findings of the cells by their places, comparisons in the order of the plan."""

    cells: Sequence[CellFinding]
    comparisons: Sequence[Comparison]
    knees: Sequence[Knee]


def thresholds(tally: Tally, measured: Measured) -> Iterator[ThresholdFinding]:
    """What became of every threshold of the plan."""
    reruns = _reruns(tally)
    for threshold in tally.plan.thresholds:
        if threshold.metric == "ratio":
            judged = list(_ratios(threshold, tally, measured, reruns))
        elif threshold.metric == "knee":
            judged = list(_knees(threshold, tally, measured))
        else:
            judged = [_figure(threshold, measured.cells[place]) for place in threshold.cells]
        yield _worst(threshold, judged)


def has_broken_a_ratio(tally: Tally, found: Sequence[Comparison]) -> bool:
    """Whether one of these ratios has broken a threshold in the blocks so far, so that a rerun has to confirm it."""
    measured = Measured((), found, ())
    nobody = [Again(None, None)] * len(found)
    ratios = (threshold for threshold in tally.plan.thresholds if threshold.metric == "ratio")
    return any(
        finding.outcome == "undecided" and finding.reason == UNCONFIRMED
        for threshold in ratios
        for finding in _ratios(threshold, tally, measured, nobody)
    )


@dataclass(frozen=True, slots=True)
class Again:
    """What the blocks of a rerun say of a declared comparison, or why they may say nothing."""

    ratio: Estimate | None
    reason: str | None


def _reruns(tally: Tally) -> list[Again]:
    """What a rerun says of each declared comparison: a fixed number of blocks, looked at once."""
    again = control_of(tally, tally.rerun, sequential=False)
    return [
        Again(of_logs(estimate(logs)) if logs else None, withheld(tally.rerun, pair, again))
        for pair, logs in zip(tally.plan.comparisons, declared(tally, tally.rerun), strict=True)
    ]


def _worst(threshold: Threshold, judged: Sequence[ThresholdFinding]) -> ThresholdFinding:
    """The finding that decides: the gravest, and of several such the one that is furthest on the wrong side."""
    wrong = -1 if threshold.operator in (">", ">=") else 1
    return max(
        judged,
        key=lambda found: (_SEVERITY.index(found.outcome), wrong * (found.figure or 0.0)),
        default=ThresholdFinding(threshold.written, "not judged", NO_CELL),
    )


def _ratios(
    threshold: Threshold, tally: Tally, measured: Measured, reruns: Sequence[Again]
) -> Iterator[ThresholdFinding]:
    for pair, found, rerun in zip(tally.plan.comparisons, measured.comparisons, reruns, strict=True):
        if pair.cell not in threshold.cells:
            continue
        outcome, reason = _outcome_of_ratio(threshold, found, rerun, controlled=bool(tally.plan.controls))
        yield ThresholdFinding(
            threshold.written, outcome, reason, found.cell, figure=found.ratio, low=found.low, high=found.high
        )


def _outcome_of_ratio(
    threshold: Threshold, found: Comparison, rerun: Again, *, controlled: bool
) -> tuple[Outcome, str]:
    if found.reason is not None or not controlled:
        return "not judged", found.reason or NO_CONTROL
    if found.low is None or found.high is None:
        return "undecided", "too few blocks for an interval"
    outcome = _of_interval(threshold, found.low, found.high)
    if outcome != "broken":
        return outcome, f"the interval {'keeps to it' if outcome == 'kept' else 'lies on both sides'}"
    return _confirmed(threshold, rerun)


def _confirmed(threshold: Threshold, rerun: Again) -> tuple[Outcome, str]:
    """What becomes of a ratio that has broken a threshold: it has to break it again (Rule 3)."""
    if rerun.ratio is not None and rerun.reason is not None:
        return "undecided", f"{UNCONFIRMED}, of which nothing can be said: {rerun.reason}"
    if rerun.ratio is None or rerun.ratio.low is None or rerun.ratio.high is None:
        return "undecided", UNCONFIRMED
    low, high = rerun.ratio.low, rerun.ratio.high
    if _of_interval(threshold, low, high) != "broken":
        return "undecided", f"broken at first, but a rerun gave {low:.3f} to {high:.3f}"
    return "broken", f"broken, and again in a rerun: {low:.3f} to {high:.3f}"


def _knees(threshold: Threshold, tally: Tally, measured: Measured) -> Iterator[ThresholdFinding]:
    named = [tally.plan.cells[place] for place in threshold.cells]
    cells = {(cell.launch, cell.client): cell for cell in named}
    for knee in measured.knees:
        if cell := cells.get((knee.launch, knee.client)):
            outcome, reason = _outcome_of_knee(threshold, knee)
            yield ThresholdFinding(
                threshold.written, outcome, reason, cell, is_launch=True, low=knee.low, high=knee.high
            )


def _outcome_of_knee(threshold: Threshold, knee: Knee) -> tuple[Outcome, str]:
    least, most = threshold.bounds
    if knee.low is None and knee.high is None:
        return "undecided", "there is no knee, nor a number of requests up to which there is none"
    low, high = knee.low if knee.low is not None else 0, knee.high if knee.high is not None else math.inf
    if knee.reason is not None:
        return "not judged", knee.reason
    where = f"the knee is {interval(knee)}"
    if not knee.claimed:
        return "undecided", f"{where}, but too few blocks claim it"
    if low >= least and high <= most:
        return "kept", where
    return ("broken" if high <= least or low >= most else "undecided"), where


def _figure(threshold: Threshold, found: CellFinding) -> ThresholdFinding:
    """A threshold on a figure of one cell, which is judged as it stands."""
    figure, reason = _FIGURES[threshold.metric](threshold, found)
    if figure is None:
        outcome: Outcome = "undecided" if found.blocks else "not judged"
        return ThresholdFinding(threshold.written, outcome, reason, found.cell)
    outcome = "kept" if _keeps(threshold, figure) else "broken"
    return ThresholdFinding(threshold.written, outcome, reason, found.cell, figure=figure)


def _p99(_: Threshold, found: CellFinding) -> tuple[float | None, str]:
    if found.latency is None:
        return None, found.reason or "nothing was measured"
    if found.latency.p99_ms is None:
        return None, f"a 99th percentile takes {needed_for(0.99)} requests, there were {found.ok}"
    return found.latency.p99_ms, f"the 99th percentile is {found.latency.p99_ms:.3f} ms"


def _errors(threshold: Threshold, found: CellFinding) -> tuple[float | None, str]:
    requests = found.ok + found.errors
    if not requests:
        return None, found.reason or "no request was made"
    figure = found.errors / requests if threshold.aggregate == "share" else float(found.errors)
    return figure, f"{found.errors} of {requests} requests went wrong"


def _health_async(threshold: Threshold, found: CellFinding) -> tuple[float | None, str]:
    checks = found.health.in_async if found.health else None
    if checks is None:
        return None, found.reason or "no health check was answered"
    figure = checks.max_ms if threshold.aggregate == "max" else checks.p50_ms
    which = "slowest" if threshold.aggregate == "max" else "median"
    return figure, f"the {which} of {checks.checks} health checks took {figure:.3f} ms"


_FIGURES: Mapping[str, Callable[[Threshold, CellFinding], tuple[float | None, str]]] = {
    "p99": _p99,
    "errors": _errors,
    "health_async": _health_async,
}


def _of_interval(threshold: Threshold, low: float, high: float) -> Outcome:
    """What a whole interval does: the condition is met by a range of figures, so its two ends speak for all of it."""
    if threshold.operator == "within":
        least, most = threshold.bounds
        if low >= least and high <= most:
            return "kept"
        return "broken" if high < least or low > most else "undecided"
    ends = {_keeps(threshold, low), _keeps(threshold, high)}
    return "undecided" if len(ends) > 1 else "kept" if True in ends else "broken"


def _keeps(threshold: Threshold, figure: float) -> bool:
    bound = threshold.bounds[0]
    match threshold.operator:
        case "<":
            return figure < bound
        case "<=":
            return figure <= bound
        case ">":
            return figure > bound
        case ">=":
            return figure >= bound
        case "==":
            return figure == bound
        case "within":
            return bound <= figure <= threshold.bounds[1]
