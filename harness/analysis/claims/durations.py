"""Claims 1 to 3: how long `def` and `async` take with more and more requests at once."""

import math
from collections.abc import Iterator, Mapping
from statistics import median

from harness.analysis.claims.series import (
    Material,
    Series,
    at,
    evidence,
    figures_of,
    have_a_thread_each,
    is_modelled,
    paired_logs,
    threads,
)
from harness.analysis.claims.settling import (
    Found,
    Settled,
    bound,
    found,
    settled,
    too_few,
)
from harness.analysis.comparisons import log_ratios
from harness.analysis.findings import Evidence
from harness.analysis.knees import THRESHOLD, steps
from harness.analysis.statistics.estimates import MAY_MISS, estimate
from harness.analysis.statistics.staircase import FEWEST_POINTS, Staircase, line_misfit
from harness.analysis.statistics.verdicts import FASTER, SAME, SLOWER, verdict_of
from harness.analysis.tally import Blocks
from harness.model.plan import BURST

TELLS_APART = 0.05
"""By how much a perfect staircase has to be off every line, so that measured points can tell one from the other."""


def same_time(material: Material) -> Iterator[Evidence]:
    """Claim 1: that `def` and `async` take the same time as long as each request has a thread.

    With a model, `def` has to keep up by the measure of the knee, at the most requests that have a thread each; a knee
    below refutes it. Without one, as where there is nothing to do, the two have to be the same within the practical
    difference: a truth at its very edge is mistaken as often as an interval misses, and one mistake refutes the claim,
    so these series share what may be missed.
    """
    every = [(series, logs) for series in material.series if (logs := _with_a_thread_each(series))]
    share = MAY_MISS / max(1, sum(not _has_models(series) for series, _ in every))
    for series, logs in every:
        modelled = _has_models(series)
        if modelled and series.executor != BURST:
            continue
        knee = material.knee_of(series) if modelled else None
        at_once = knee.high if knee and knee.claimed and knee.high in logs else max(logs)
        ratio = found(logs[at_once], MAY_MISS if modelled else share, sequential=material.sequential)
        if nothing := bound(at(series, "def")[at_once], at(series, "async")[at_once]):
            answer = nothing
        elif modelled:
            answer = settled(ratio, THRESHOLD, below="confirmed", above="refuted", sequential=material.sequential)
        else:
            answer = _within_the_difference(material, logs[at_once], share)
        yield evidence(
            series,
            answer,
            f"with {_at_once(series, at_once)} on {threads(series)}, `def` took {ratio.times('as long as `async`')}",
            {
                "executor": series.executor,
                "at_once": at_once,
                "threads": series.in_force.limiter_tokens * series.in_force.workers,
                **ratio.figures,
                "knee_low": knee.low if knee else None,
                "knee_high": knee.high if knee else None,
            },
        )


def _has_models(series: Series) -> bool:
    """Whether there is a model of both styles."""
    return is_modelled(series, "def") and is_modelled(series, "async")


def _with_a_thread_each(series: Series) -> dict[int, list[float]]:
    """The log ratios of `def` to `async` at the numbers of requests that have a thread each."""
    paired = paired_logs(series)
    return {number: paired[number] for number in have_a_thread_each(series, "def") if number in paired}


def _at_once(series: Series, concurrency: int) -> str:
    return f"{concurrency} at once" if series.executor == BURST else f"{concurrency} in flight"


def _within_the_difference(material: Material, logs: list[float], may_miss: float) -> Settled:
    """What the verdict on a ratio says of sameness."""
    difference = material.tally.plan.practical_difference
    ratio = estimate(logs, may_miss, sequential=material.sequential)
    if ratio.low is None:
        return too_few(len(logs), may_miss, sequential=material.sequential)
    verdict = verdict_of(ratio, difference)
    if verdict in (FASTER, SLOWER):
        return "refuted", None
    if verdict == SAME:
        return "confirmed", None
    share = f"{100 * difference:.3g}%"
    return "not tested", f"the interval lies neither within the practical difference of {share} nor beyond it"


def stays_flat(material: Material) -> Iterator[Evidence]:
    """Claim 2: that bursts of `async` take no longer with more requests than threads.

    At twice as many requests at least: what grows with them would then take twice as long, and could not be missed.
    """
    for series in material.bursts:
        cells, within = at(series, "async"), have_a_thread_each(series, "async")
        if not within or max(cells) < 2 * max(within) or not is_modelled(series, "async"):
            continue
        few, many = max(within), max(cells)
        logs = log_ratios(cells[many], cells[few])
        if not logs:
            continue
        ratio = found(logs, sequential=material.sequential)
        answer = settled(ratio, THRESHOLD, below="confirmed", above="refuted", sequential=material.sequential)
        each_ms = _each_further_ms(cells, few, many)
        yield evidence(
            series,
            bound(cells[few], cells[many]) or answer,
            f"on {threads(series)}, `async` took {ratio.times(f'as long with {many} at once as with {few}')}: "
            f"{each_ms:.2f} ms for each further request",
            {
                "at_once": many,
                "against": few,
                "threads": series.in_force.limiter_tokens * series.in_force.workers,
                **ratio.figures,
                "each_further_ms": each_ms,
            },
        )


def _each_further_ms(cells: Mapping[int, Blocks], few: int, many: int) -> float:
    """What each further request added to a burst, the median over blocks."""
    with_few, with_many = figures_of(cells[few]), figures_of(cells[many])
    added_s = [with_many[block].duration_s - with_few[block].duration_s for block in with_few if block in with_many]
    return 1000 * median(added_s) / (many - few)


def grows_linearly(material: Material) -> Iterator[Evidence]:
    """Claim 3: that bursts of `def` lie on a line, from the most requests that have a thread each on.

    A line is held against the staircase that steps up at each multiple of the thread limit. Up to the limit the article
    claims no line, and at its multiples alone the two are the same: neither says anything.
    """
    for series in material.bursts:
        within, delay_s = have_a_thread_each(series, "def"), series.launch.delay_s
        cells = [blocks for concurrency, blocks in at(series, "def").items() if concurrency >= max(within, default=0)]
        if delay_s is None or not is_modelled(series, "def"):
            continue
        fitted = steps(cells, delay_s, sequential=material.sequential)
        if fitted is None:
            continue
        points = _points(cells)
        ratio = Found(sum(len(requests) >= FEWEST_POINTS for requests in points), fitted.ratio, fitted.low, fitted.high)
        tokens, fit = series.in_force.limiter_tokens, fitted.fit
        if nothing := bound(*cells):
            answer = nothing
        elif _off_every_line(set().union(*points), tokens, delay_s) < TELLS_APART:
            answer = "not tested", "these numbers of requests lie on a line and on a staircase alike"
        else:
            answer = settled(ratio, 1.0, below="confirmed", above="refuted", sequential=material.sequential)
        if answer[0] == "refuted" and not _has(fit, tokens):
            answer = "not tested", "a staircase fits better than a line, but not that of the limit in force"
        yield evidence(
            series,
            answer,
            f"a line is {ratio.times('as far off as a staircase')}: {fitted.line_misfit:.1%} against {fit.misfit:.1%}, "
            f"with steps of {_steps_of(fit)} where the limit in force is {tokens}",
            {
                "limiter_tokens": tokens,
                **ratio.figures,
                "line_misfit": fitted.line_misfit,
                "staircase_misfit": fit.misfit,
                "threads_low": fit.threads_low,
                "threads_high": fit.threads_high,
            },
        )


def _points(cells: list[Blocks]) -> list[set[int]]:
    """How many requests the busiest worker had, in each block and over all its cells."""
    points: dict[int, set[int]] = {}
    for blocks in cells:
        for block, figures in figures_of(blocks).items():
            points.setdefault(block, set()).add(figures.per_process[0])
    return list(points.values())


def _off_every_line(requests: set[int], tokens: int, delay_s: float) -> float:
    """How far off the best line a perfect staircase would be, at these numbers of requests."""
    return line_misfit([(number, math.ceil(number / tokens) * delay_s) for number in sorted(requests)])


def _has(fit: Staircase, tokens: int) -> bool:
    """Whether the staircase may be that of so many threads."""
    return fit.threads_low <= tokens and (fit.threads_high is None or tokens <= fit.threads_high)


def _steps_of(fit: Staircase) -> str:
    if fit.threads_high is None:
        return f"{fit.threads_low} or more"
    return str(fit.threads_low) if fit.threads_low == fit.threads_high else f"{fit.threads_low} to {fit.threads_high}"
