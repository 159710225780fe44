"""From what was kept of a cell's samples to what is said of the cell."""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from statistics import median

from harness.analysis.estimates import estimate, percentile
from harness.analysis.findings import CellFinding, LaunchFinding, Split
from harness.analysis.tally import Figures, Kept
from harness.model.plan import Cell, Refusal, Status

LATE_CONNECTIONS = "late-connections"
INTERRUPTED = "the run was interrupted before this cell was measured"

_US_PER_MS = 1000
_OUTCOMES = ("ok", "wrong_body", "non_2xx", "timeout", "refused", "aborted", "too_fast")


def refused(refusal: Refusal) -> CellFinding:
    """The finding of a cell that was never to be measured."""
    return CellFinding(refusal.cell, refusal.status, refusal.reason)


def measured(cell: Cell, kept: Mapping[int, Kept], launch: LaunchFinding) -> CellFinding:
    """The finding of a cell that was to be measured, from what was kept of it in each block."""
    if not kept:
        return CellFinding(cell, "skipped", INTERRUPTED)
    samples = [kept[block] for block in sorted(kept)]
    good = [sample.figures for sample in samples if sample.figures is not None]
    status, reason = _status(samples)
    outcomes: Counter[str] = Counter()
    for sample in samples:
        outcomes.update(sample.outcomes)
    time = estimate([figures.duration_s for figures in good]) if good else None
    latencies_us = sorted(_pooled(figures.latency_us for figures in good))
    measured_s = sum(figures.duration_s for figures in good)
    with_model = [(figures.duration_s, figures.model_s) for figures in good if figures.model_s is not None]
    return CellFinding(
        cell=cell,
        status=status,
        reason=reason,
        version=launch.version,
        blocks=len(good),
        blocks_failed=len(samples) - len(good),
        median_s=time.median if time else None,
        low_s=time.low if time else None,
        high_s=time.high if time else None,
        model_s=_median([model_s for _, model_s in with_model]),
        vs_model=_median([duration_s / model_s for duration_s, model_s in with_model]),
        rps=sum(figures.ok for figures in good) / measured_s if good else None,
        p50_ms=_in_ms(_median(latencies_us)),
        p95_ms=_in_ms(percentile(latencies_us, 0.95)),
        p99_ms=_in_ms(percentile(latencies_us, 0.99)),
        ok=outcomes["ok"],
        errors=outcomes.total() - outcomes["ok"],
        outcomes=_in_order(outcomes),
        peak_handlers=max((figures.peak_handlers for figures in good), default=None),
        limiter_tokens=launch.in_force.limiter_tokens if launch.in_force else None,
        split=_split(good) if good else None,
        client_cpu=sum(figures.cpu_s for figures in good) / measured_s if good else None,
        client_cpu_s=_median([figures.cpu_s for figures in good]),
        requests_per_process=tuple(map(sum, zip_longest(*(figures.per_process for figures in good), fillvalue=0))),
        flags=_flags(cell, good),
    )


def _status(samples: Sequence[Kept]) -> tuple[Status, str | None]:
    """The status of a cell and its reason: those of the first block that failed, if any did."""
    failed = [sample for sample in samples if sample.figures is None]
    if not failed:
        return "ok", None
    first = failed[0]
    if len(samples) == 1:
        return first.status, first.reason
    return first.status, f"{len(failed)} of {len(samples)} blocks: {first.reason}"


def _split(good: Sequence[Figures]) -> Split:
    wait_us, work_us, wire_us = (
        median(_pooled(columns))
        for columns in (
            (figures.wait_us for figures in good),
            (figures.work_us for figures in good),
            (figures.wire_us for figures in good),
        )
    )
    return Split(wait_us / _US_PER_MS, work_us / _US_PER_MS, wire_us / _US_PER_MS)


def _flags(cell: Cell, good: Iterable[Figures]) -> tuple[str, ...]:
    # The article's client opens a session a request: for it, connecting after the start is what is to be measured.
    late = cell.client != "article" and any(figures.late_connections for figures in good)
    return (LATE_CONNECTIONS,) if late else ()


def _in_order(outcomes: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """What happened at all, in the order in which a request can go wrong."""
    known = [name for name in _OUTCOMES if name in outcomes]
    return tuple((name, outcomes[name]) for name in [*known, *sorted(outcomes.keys() - known)])


def _pooled(columns: Iterable["array[int]"]) -> "array[int]":
    pool = array("q")
    for column in columns:
        pool.extend(column)
    return pool


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def _in_ms(time_us: float | None) -> float | None:
    return None if time_us is None else time_us / _US_PER_MS
