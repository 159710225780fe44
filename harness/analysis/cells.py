"""From what was kept of a cell's samples to what is said of the cell."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from statistics import median

from harness.analysis.costs import client_costs, health, server_costs, upstream
from harness.analysis.figures import Figures
from harness.analysis.findings import CellFinding, ClassFinding, LaunchFinding, Punctuality, Split
from harness.analysis.statistics.estimates import estimate
from harness.analysis.tally import Blocks, Kept
from harness.analysis.times import percentiles, slowest_ms
from harness.model.flags import Flag
from harness.model.outcomes import RequestOutcome, Status
from harness.model.plan import BURST, Cell, Refusal


def refused(refusal: Refusal) -> CellFinding:
    """The finding of a cell that was never to be measured."""
    return CellFinding(refusal.cell, refusal.status, refusal.reason)


def measured(cell: Cell, kept: Blocks, launch: LaunchFinding, *, sequential: bool) -> CellFinding:
    """The finding of a cell that was to be measured, from what was kept of it in each block."""
    if not kept:
        return CellFinding(cell, Status.SKIPPED, None)
    finding = _counted(cell, [kept[block] for block in sorted(kept)], launch)
    by_block = {block: figures for block in sorted(kept) if (figures := kept[block].figures) is not None}
    good = list(by_block.values())
    if not good:
        return finding
    told = _timed if cell.executor == BURST else _rated
    return told(_shown(_answered(finding, good), by_block), good, sequential)


def _counted(cell: Cell, samples: Sequence[Kept], launch: LaunchFinding) -> CellFinding:
    """What became of the samples and of their requests."""
    status, reason = _status(samples)
    outcomes: Counter[str] = Counter()
    for sample in samples:
        outcomes.update(sample.outcomes)
    flagged = Counter(flag for sample in samples for flag in sample.flags)
    failed = sum(sample.figures is None for sample in samples)
    return CellFinding(
        cell=cell,
        status=status,
        reason=reason,
        version=launch.version,
        blocks=len(samples) - failed,
        blocks_failed=failed,
        measured_again=sum(sample.again for sample in samples),
        ok=outcomes[RequestOutcome.OK],
        errors=outcomes.total() - outcomes[RequestOutcome.OK] - outcomes[RequestOutcome.GAVE_UP],
        gave_up=outcomes[RequestOutcome.GAVE_UP],
        outcomes=_in_order(outcomes),
        limiter_tokens=launch.in_force.limiter_tokens if launch.in_force else None,
        flagged_blocks={flag: flagged[flag] for flag in Flag if flag in flagged},
    )


def _status(samples: Sequence[Kept]) -> tuple[Status, str | None]:
    """Return the status of a cell and its reason: those of the first block that failed, if any did."""
    return next(((sample.status, sample.reason) for sample in samples if sample.figures is None), (Status.OK, None))


def _answered(finding: CellFinding, good: Sequence[Figures]) -> CellFinding:
    """The finding with what all executors measure: answers, their times, and what they cost."""
    return replace(
        finding,
        rps=sum(figures.answered for figures in good) / sum(figures.duration_s for figures in good),
        latency=percentiles(figures.latency for figures in good),
        classes=dict(_classes(good)),
        split=_split(good),
        peak_handlers=max(figures.peak_handlers for figures in good),
        health=health(good),
        server=server_costs(good),
        client=client_costs(good),
        upstream=upstream(good),
        requests_per_process=tuple(map(sum, zip_longest(*(figures.per_process for figures in good), fillvalue=0))),
    )


def _shown(finding: CellFinding, by_block: Mapping[int, Figures]) -> CellFinding:
    """The finding with what each block gave, and which of them is typical."""
    is_burst = finding.cell.executor == BURST
    gave = {
        block: figures.duration_s if is_burst else figures.answered / figures.duration_s
        for block, figures in by_block.items()
    }
    middle = median(gave.values())
    return replace(finding, by_block=gave, typical_block=min(gave, key=lambda block: abs(gave[block] - middle)))


def _timed(finding: CellFinding, good: Sequence[Figures], sequential: bool) -> CellFinding:
    """The finding with how long its bursts took, and what they should have taken."""
    time = estimate(list(finding.by_block.values()), sequential=sequential)
    with_model = [(figures.duration_s, figures.model_s) for figures in good if figures.model_s is not None]
    return replace(
        finding,
        median_s=time.median,
        low_s=time.low,
        high_s=time.high,
        model_s=median(model_s for _, model_s in with_model) if with_model else None,
        vs_model=_median_ratio(with_model) if with_model else None,
    )


def _median_ratio(pairs: Sequence[tuple[float, float]]) -> float:
    """The median ratio, on the scale on which a ratio and its inverse are equally far from no difference."""
    return math.exp(median(math.log(one / other) for one, other in pairs))


def _rated(finding: CellFinding, good: Sequence[Figures], sequential: bool) -> CellFinding:
    """The finding with how sure its rate is, and in an open loop how well the schedule was kept."""
    rps = estimate(list(finding.by_block.values()), sequential=sequential)
    return replace(finding, rps_low=rps.low, rps_high=rps.high, punctuality=_punctuality(good))


def _punctuality(good: Sequence[Figures]) -> Punctuality | None:
    kept = [figures.punctuality for figures in good if figures.punctuality is not None]
    if not kept:
        return None
    lag = percentiles(punctuality.lag for punctuality in kept)
    late = sum(punctuality.late for punctuality in kept)
    return Punctuality(lag.p99_ms if lag else None, late, sum(punctuality.dropped for punctuality in kept))


def _split(good: Sequence[Figures]) -> Split | None:
    wait = percentiles(figures.wait for figures in good)
    work = percentiles(figures.work for figures in good)
    wire = percentiles(figures.wire for figures in good)
    return Split(wait, work, wire) if wait and work and wire else None


def _classes(good: Sequence[Figures]) -> Iterator[tuple[str, ClassFinding]]:
    """Each class of requests that was answered at all, in the order in which the scenario names them."""
    for name in dict.fromkeys(name for figures in good for name in figures.by_class):
        every = [figures.by_class[name] for figures in good if name in figures.by_class]
        latency = percentiles(every)
        if latency is not None:
            yield name, ClassFinding(sum(map(len, every)), latency, slowest_ms(every))


def _in_order(outcomes: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """What happened at all, in the order in which a request can go wrong."""
    known = [name for name in RequestOutcome if name in outcomes]
    return tuple((name, outcomes[name]) for name in [*known, *sorted(outcomes.keys() - known)])
