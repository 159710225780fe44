"""The result of one window: what its load processes measured, combined into the records of the journal."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.measure.client.job import Job, JobResult, WindowPart
from harness.measure.client.timing import US_NS
from harness.model.journal import Distribution, Requests, Steady

TIMES = ("sent", "entered", "started", "ended", "answered")
DISTRIBUTIONS = ("latency", "wait", "work", "wire", "lag")


@dataclass(frozen=True, slots=True)
class WindowResult:
    """What a client measured in one window; `answered` counts all answers since the start."""

    outcomes: dict[str, int]
    reason: str | None
    duration_s: float | None
    cpu_s: float
    send_span_s: float
    late_connections: int
    answered: int
    requests: Requests | None
    steady: Steady | None


def combine_results(job: Job, results: Sequence[JobResult], start_ns: int) -> WindowResult:
    """Combine the results of all processes that shared a job; the first reason of any of them stands for all."""
    outcomes = sum((Counter(result.outcomes) for result in results), Counter[str]())
    durations_s = [result.duration_s for result in results if result.duration_s is not None]
    columns = [result.columns for result in results if result.columns is not None]
    windows = [result.steady for result in results if result.steady is not None]
    classes = [spec.name for spec in job.requests] if len(job.requests) > 1 else None
    return WindowResult(
        outcomes=dict(sorted(outcomes.items())),
        reason=next((result.reason for result in results if result.reason), None),
        duration_s=max(durations_s) if len(durations_s) == len(results) else None,
        cpu_s=sum(result.cpu_s for result in results),
        send_span_s=max(result.send_span_s for result in results),
        late_connections=sum(result.late_connections for result in results),
        answered=sum(result.answered for result in results),
        requests=_combine_bursts(columns, start_ns, classes) if columns else None,
        steady=_combine_windows(windows, job.duration_s, classes) if windows else None,
    )


def _combine_bursts(parts: Iterable[dict[str, list[int]]], start_ns: int, classes: list[str] | None) -> Requests:
    """Return the evidence of all processes in order of entry, times in microseconds since the start."""
    rows = [dict(zip(part, row, strict=True)) for part in parts for row in zip(*part.values(), strict=True)]
    rows.sort(key=lambda row: row["entered_ns"])
    times = {f"{name}_us": [(row[f"{name}_ns"] - start_ns) // US_NS for row in rows] for name in TIMES}
    return Requests(
        **times,
        thread=_number_identities([row["thread"] for row in rows]),
        process=_number_identities([row["pid"] for row in rows]),
        running=[row["running"] for row in rows],
        classes=classes,
        of_class=[row["of_class"] for row in rows] if classes else None,
        gave_up=[row["gave_up"] for row in rows] if any(row["gave_up"] for row in rows) else None,
    )


def _number_identities(identities: list[int]) -> list[int]:
    """Replace identities by small numbers, in order of first appearance."""
    numbers: dict[int, int] = {}
    return [numbers.setdefault(identity, len(numbers)) for identity in identities]


def _combine_windows(parts: Sequence[WindowPart], window_s: float, classes: list[str] | None) -> Steady:
    per_process = _add_counts(part.per_process for part in parts)
    latencies = sum(count for part in parts for _, count in part.latency)
    by_class = {
        name: _add_distributions(part.by_class[number] for part in parts) for number, name in enumerate(classes or ())
    }
    return Steady(
        window_s=window_s,
        answered=sum(part.answered for part in parts),
        mean_latency_us=sum(part.latency_sum_us for part in parts) / latencies if latencies else 0.0,
        **{name: _add_distributions(getattr(part, name) for part in parts) for name in DISTRIBUTIONS},
        late=sum(part.late for part in parts),
        dropped=sum(part.dropped for part in parts),
        per_process=sorted(per_process.values(), reverse=True),
        peak_running=max(part.peak_running for part in parts),
        by_class=by_class or None,
    )


def _add_distributions(parts: Iterable[list[tuple[int, int]]]) -> Distribution:
    counts = _add_counts(parts)
    times_us = sorted(counts)
    return Distribution(times_us, [counts[us] for us in times_us])


def _add_counts(parts: Iterable[list[tuple[int, int]]]) -> Counter[int]:
    counts: Counter[int] = Counter()
    for part in parts:
        counts.update(dict(part))
    return counts
