"""Claims 1 to 3: how long `def` and `async` take as the number of concurrent requests grows."""

import math
from collections import Counter
from collections.abc import Iterator
from statistics import median

from harness.analysis.comparisons import log_ratios
from harness.analysis.knees import THRESHOLD, steps
from harness.analysis.statistics.estimates import MAY_MISS
from harness.analysis.statistics.staircase import FEWEST_POINTS, line_misfit
from harness.analysis.tally import SamplesByBlock
from harness.article.findings import ClaimEvidence, ClaimVerdict, OpenReason, WhyOpen
from harness.article.series import ClaimInput, ClaimRatio, Decision, bound_elsewhere, busiest_worker, figures_by_block

CONFIRMED, REFUTED = ClaimVerdict.CONFIRMED, ClaimVerdict.REFUTED

DISTINGUISHABLE = 0.05
"""How far off every line a perfect staircase must be before measured points can tell one from the other."""


def same_time(measured: ClaimInput) -> Iterator[ClaimEvidence]:
    """Test claim 1: `def` and `async` take the same time as long as each request has a thread.

    If there is a model, `def` must keep up as for a knee, at the highest concurrency with a thread for each request; a
    lower knee refutes the claim. Without a model (no work to wait for), both must be the same within the practical
    difference. One mistake would refute the claim, so these series share the probability of missing the truth.
    """
    compared = []
    for series in measured.series:
        logs, within = series.slowdown_logs(), series.with_a_thread_each("def")
        if logs_within := {number: logs[number] for number in within if number in logs}:
            compared.append((series, logs_within, series.has_model("def", "async")))
    share = MAY_MISS / max(1, sum(not has_model for *_, has_model in compared))
    for series, logs, has_model in compared:
        if has_model and not series.is_burst:
            continue
        knee = series.knee if has_model else None
        at_once = knee.high if knee and knee.claimed and knee.high in logs else max(logs)
        ratio = measured.ratio(logs[at_once], MAY_MISS if has_model else share)
        if has_model:
            decision = ratio.decide(THRESHOLD, below=CONFIRMED, above=REFUTED)
        else:
            decision = _decide_same(ratio, measured.tally.plan.practical_difference)
        cells = [series.by_concurrency(style)[at_once] for style in ("def", "async")]
        yield series.evidence(
            bound_elsewhere(*cells) or decision,
            {
                "executor": series.cell.executor,
                "at_once": at_once,
                "threads": series.threads,
                **ratio.figures,
                "knee_low": knee.low if knee else None,
                "knee_high": knee.high if knee else None,
            },
        )


def _decide_same(ratio: ClaimRatio, difference: float) -> Decision:
    """Return whether two things are the same within the practical difference, which is a share."""
    open_reason = OpenReason(WhyOpen.STRADDLES_DIFFERENCE, (100 * difference,))
    same_or_faster = ratio.decide(1 / (1 + difference), below=REFUTED, above=CONFIRMED, between=open_reason)
    return ratio.decide(1 + difference, below=same_or_faster, above=REFUTED, between=open_reason)


def stays_flat(measured: ClaimInput) -> Iterator[ClaimEvidence]:
    """Test claim 2: bursts of `async` take no longer with more requests than threads.

    This takes at least twice as many requests: anything proportional to them would then take twice as long.
    """
    for series in measured.bursts:
        cells, within = series.by_concurrency("async"), series.with_a_thread_each("async")
        if not within or max(cells) < 2 * max(within) or not series.has_model("async"):
            continue
        few, many = max(within), max(cells)
        logs = log_ratios(cells[many], cells[few])
        if not logs:
            continue
        ratio = measured.ratio(logs)
        decision = ratio.decide(THRESHOLD, below=CONFIRMED, above=REFUTED)
        yield series.evidence(
            bound_elsewhere(cells[few], cells[many]) or decision,
            {
                "at_once": many,
                "against": few,
                "threads": series.threads,
                **ratio.figures,
                "each_further_ms": 1000 * _median_increase_s(cells[few], cells[many]) / (many - few),
            },
        )


def _median_increase_s(few: SamplesByBlock, many: SamplesByBlock) -> float:
    """Return how many seconds longer the larger burst took, the median over blocks."""
    with_few, with_many = figures_by_block(few), figures_by_block(many)
    both = with_few.keys() & with_many.keys()
    return median(with_many[block].duration_s - with_few[block].duration_s for block in both)


def grows_linearly(measured: ClaimInput) -> Iterator[ClaimEvidence]:
    """Test claim 3: bursts of `def` lie on a line, from the highest concurrency with a thread for each request.

    The alternative is a staircase with a step at each multiple of the thread limit. At the multiples alone the two are
    the same, and below the limit the article claims no line.
    """
    for series in measured.bursts:
        within, delay_s = series.with_a_thread_each("def"), series.cell.launch.delay_s
        cells = [blocks for number, blocks in series.by_concurrency("def").items() if number >= max(within, default=0)]
        fitted = steps(cells, delay_s, sequential=measured.tally.is_sequential) if series.has_model("def") else None
        if fitted is None or delay_s is None:
            continue
        fit, points = fitted.fit, [(block, number) for cell in cells for block, number in busiest_worker(cell).items()]
        numbers_by_block = Counter(block for block, _ in set(points))
        blocks = sum(numbers >= FEWEST_POINTS for numbers in numbers_by_block.values())
        ratio = ClaimRatio(blocks, measured.blocks_needed(), fitted.ratio, fitted.low, fitted.high)
        has_limit = fit.threads_low <= series.tokens <= (fit.threads_high or series.tokens)
        above = REFUTED if has_limit else OpenReason(WhyOpen.OTHER_STAIRCASE)
        decision = ratio.decide(1.0, below=CONFIRMED, above=above)
        numbers = sorted({number for _, number in points})
        ideal = [(number, math.ceil(number / series.tokens) * delay_s) for number in numbers]
        if line_misfit(ideal) < DISTINGUISHABLE:
            decision = OpenReason(WhyOpen.LINE_EQUALS_STAIRCASE)
        yield series.evidence(
            bound_elsewhere(*cells) or decision,
            {
                "limiter_tokens": series.tokens,
                **ratio.figures,
                "line_misfit": fitted.line_misfit,
                "staircase_misfit": fit.misfit,
                "threads_low": fit.threads_low,
                "threads_high": fit.threads_high,
            },
        )
