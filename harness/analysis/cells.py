"""Turn the samples of a cell into its finding."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from statistics import median

from harness.analysis.findings import (
    CellFinding,
    Checks,
    ClassFinding,
    ClientCosts,
    HealthFinding,
    LaunchFinding,
    Punctuality,
    ServerCosts,
    Split,
    UpstreamFinding,
)
from harness.analysis.models import measure_unevenness, waits_for_the_limit
from harness.analysis.samples import US_PER_MS, SampleFigures, find_percentiles, pack_distribution
from harness.analysis.statistics.estimates import estimate
from harness.analysis.tally import KeptSample, SamplesByBlock, Tally, figures_by_block
from harness.model.executors import executor_of
from harness.model.flags import Flag
from harness.model.journal import Window
from harness.model.outcomes import RequestOutcome, Status
from harness.model.plan import Cell
from harness.model.scenarios import Facts

US_PER_S = 1e6


def summarize_cell(tally: Tally, cell: Cell, samples: SamplesByBlock, launch: LaunchFinding) -> CellFinding:
    """Return the finding of a cell that was to be measured, from its samples."""
    if not samples:
        return CellFinding(cell, Status.SKIPPED, None)
    finding = _count_samples(tally.facts, cell, [samples[block] for block in sorted(samples)], launch)
    if good := figures_by_block(samples):
        finding = _add_figures(finding, good, sequential=tally.is_sequential)
    if tally.plan.own_app(cell) is None:
        return finding
    # Nobody has seen the handlers of the user's own app, so nothing tells waiting from working.
    return replace(
        finding,
        split=replace(finding.split, wait=None) if finding.split else None,
        peak_handlers=None,
        bodies_vary=(cell.launch, cell.style) in tally.varying,
    )


def _count_samples(facts: Facts, cell: Cell, samples: Sequence[KeptSample], launch: LaunchFinding) -> CellFinding:
    """Return the finding without figures: the outcomes of the samples and of their requests."""
    # The status and the reason are those of the first block that failed.
    status, reason = next(((one.status, one.reason) for one in samples if one.figures is None), (Status.OK, None))
    outcomes = sum((Counter(sample.outcomes) for sample in samples), Counter[str]())
    flagged = Counter(flag for sample in samples for flag in sample.flags)
    failed = sum(sample.figures is None for sample in samples)
    known = [outcome.value for outcome in RequestOutcome]
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
        waits_for_limit=waits_for_the_limit(facts, cell),
        outcomes={name: outcomes[name] for name in [*known, *sorted(outcomes.keys() - known)] if name in outcomes},
        limiter_tokens=launch.in_force.limiter_tokens if launch.in_force else None,
        flagged_blocks={flag: flagged[flag] for flag in Flag if flag in flagged},
    )


def _add_figures(finding: CellFinding, by_block: Mapping[int, SampleFigures], *, sequential: bool) -> CellFinding:
    """Return the finding with its figures, from the blocks that gave some."""
    good = list(by_block.values())
    has_window = executor_of(finding.cell).has_window
    headline = {
        block: figures.answered / figures.duration_s if has_window else figures.duration_s
        for block, figures in by_block.items()
    }
    known = estimate(list(headline.values()), sequential=sequential)
    wait, work, wire = (
        find_percentiles(parts) for parts in zip(*((each.wait, each.work, each.wire) for each in good), strict=True)
    )
    finding = replace(
        finding,
        windows=len(_windows_of(good)),
        rps=sum(figures.answered for figures in good) / sum(figures.load_s for figures in good),
        latency=find_percentiles(figures.latency for figures in good),
        classes=dict(_summarize_classes(good)),
        split=Split(wait, work, wire) if wait and work and wire else None,
        peak_handlers=max(figures.peak_handlers for figures in good),
        health=_summarize_health(good),
        server=_sum_server_costs(good),
        client=_sum_client_costs(good),
        upstream=_summarize_upstream(good),
        requests_per_process=tuple(map(sum, zip_longest(*(figures.per_process for figures in good), fillvalue=0))),
        unevenness=measure_unevenness(finding.cell.launch.workers, [figures.per_process for figures in good]),
        by_block=headline,
        typical_block=min(headline, key=lambda block: abs(headline[block] - known.median)),
    )
    if has_window:
        return replace(finding, rps_low=known.low, rps_high=known.high, punctuality=_summarize_punctuality(good))
    modelled = [(figures.duration_s, figures.model_s) for figures in good if figures.model_s is not None]
    return replace(
        finding,
        median_s=known.median,
        low_s=known.low,
        high_s=known.high,
        model_s=median(model_s for _, model_s in modelled) if modelled else None,
        # On a logarithmic scale a ratio and its inverse are equally far from no difference.
        vs_model=math.exp(median(math.log(took_s / model_s) for took_s, model_s in modelled)) if modelled else None,
    )


def _summarize_classes(good: Sequence[SampleFigures]) -> Iterator[tuple[str, ClassFinding]]:
    """Yield each class of requests that was answered at all, in the order in which the scenario names them."""
    for name in dict.fromkeys(name for figures in good for name in figures.by_class):
        every = [figures.by_class[name] for figures in good if name in figures.by_class]
        if latency := find_percentiles(every):
            slowest_us = max(max(times.us) for times in every if times.us)
            yield name, ClassFinding(sum(map(len, every)), latency, slowest_us / US_PER_MS)


def _summarize_punctuality(good: Sequence[SampleFigures]) -> Punctuality | None:
    """Return how an open loop kept its schedule, None for a closed one."""
    if good[0].lag is None:
        return None
    lag = find_percentiles(figures.lag for figures in good if figures.lag is not None)
    late, dropped = (sum(counts) for counts in zip(*((each.late, each.dropped) for each in good), strict=True))
    return Punctuality(lag.p99_ms if lag else None, late, dropped)


def _summarize_health(good: Sequence[SampleFigures]) -> HealthFinding | None:
    """Return the health checks of all blocks together, None if none were made."""
    found = [window.health for window in _windows_of(good) if window.health is not None]
    if not found:
        return None
    return HealthFinding(
        in_async=_summarize_checks([us for each in found for us in each.async_us]),
        in_def=_summarize_checks([us for each in found for us in each.def_us]),
        unanswered=sum(each.unanswered for each in found),
    )


def _windows_of(good: Sequence[SampleFigures]) -> list[Window]:
    return [window for figures in good for window in figures.windows]


def _summarize_checks(answered_us: Sequence[int]) -> Checks | None:
    if not answered_us:
        return None
    return Checks(len(answered_us), median(answered_us) / US_PER_MS, max(answered_us) / US_PER_MS)


def _sum_server_costs(good: Sequence[SampleFigures]) -> ServerCosts | None:
    """Return the costs of the server over all blocks, None if it was not watched."""
    seen = [(window.server, window.host) for window in _windows_of(good) if window.server is not None]
    if not seen:
        return None
    return ServerCosts(
        cpu=_divide_sums([(server.cpu_s, host.watched_s) for server, host in seen if host is not None]),
        cpu_us_per_request=_divide_sums([(server.cpu_s, server.requests) for server, _ in seen], US_PER_S),
        peak_memory_mb=max(server.peak_memory_mb for server, _ in seen),
        threads=max(server.threads for server, _ in seen),
    )


def _sum_client_costs(good: Sequence[SampleFigures]) -> ClientCosts:
    costs = [figures.client for figures in good]
    # A steady executor never sends its last request, and has no span.
    spans_s = [each.send_span_s for each in costs if each.send_span_s]
    return ClientCosts(
        cpu_s=median(figures.client.cpu_s / len(figures.windows) for figures in good),
        cpu=sum(each.cpu_s for each in costs) / sum(figures.load_s for figures in good),
        cpu_us_per_request=_divide_sums([(figures.client.cpu_s, figures.answered) for figures in good], US_PER_S),
        peak_memory_mb=max((each.peak_memory_mb for each in costs if each.peak_memory_mb is not None), default=None),
        send_span_ms=1000 * median(spans_s) if spans_s else None,
    )


def _summarize_upstream(good: Sequence[SampleFigures]) -> UpstreamFinding | None:
    """Return how well the upstream kept up over all blocks, None if there was none, or it answered nothing."""
    seen = [window.upstream for window in _windows_of(good) if window.upstream and window.upstream.answered]
    late = find_percentiles(pack_distribution(each.late) for each in seen)
    if late is None:
        return None
    return UpstreamFinding(
        answered=sum(each.answered for each in seen),
        peak=max(each.peak for each in seen),
        late=late,
        late_max_ms=max(max(each.late.us) for each in seen) / US_PER_MS,
        cpu=max((each.cpu_s / each.span_s for each in seen if each.span_s), default=0.0),
    )


def _divide_sums(parts: Sequence[tuple[float, float]], unit: float = 1.0) -> float | None:
    """Return the sum of all parts over the sum of all wholes, in this unit; None if the wholes add up to 0."""
    whole = sum(whole for _, whole in parts)
    return sum(part for part, _ in parts) / whole * unit if whole else None
