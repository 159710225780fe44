"""Test the seven claims of the article, with a function for each, on the cells of a run."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from statistics import median

from harness.analysis.findings import Knee
from harness.analysis.knees import THRESHOLD, fit_steps
from harness.analysis.ratios import log_ratios
from harness.analysis.statistics.estimates import MAY_MISS
from harness.analysis.statistics.staircase import FEWEST_POINTS, line_misfit
from harness.analysis.tally import SamplesByBlock, figures_by_block
from harness.article.findings import ClaimEvidence, ClaimVerdict, Decision, OpenReason, WhyOpen, evidence_of
from harness.article.series import ClaimInput, ClaimRatio, Series, bound_elsewhere, busiest_worker
from harness.model.axes import AXES, DEFAULT, DEFAULT_THREADS, Scope
from harness.model.groups import group_by

CONFIRMED, REFUTED = ClaimVerdict.CONFIRMED, ClaimVerdict.REFUTED

DISTINGUISHABLE = 0.05
"""How far off every line a perfect staircase must be before measured points can tell one from the other."""

PYTHON_MAX_THREADS = 32
"""Python's own default is min(32, cores + 4) threads (`concurrent.futures.ThreadPoolExecutor`, since Python 3.8)."""

SHORT_WAIT = 0.25
"""A health check that waits for less than this share of one execution has not waited for any."""

_CONDITIONS = [axis for axis in AXES if axis.scope is not Scope.LOAD and axis.name not in ("server", "loop", "style")]


def same_time(measured: ClaimInput) -> Iterator[ClaimEvidence]:
    """Test claim 1: `def` and `async` take the same time as long as each request has a thread.

    If there is a model, `def` must keep up as for a knee, at the highest concurrency with a thread for each request; a
    lower knee refutes the claim. Without a model (no work to wait for), both must be the same within the practical
    difference. One mistake would refute the claim, so these series share the probability of missing the truth.
    """
    compared = []
    for series in measured.series:
        logs, has_model = series.slowdown_logs(), series.has_model("def", "async")
        if logs_within := {number: logs[number] for number in series.with_a_thread_each("def") if number in logs}:
            compared.append((series, logs_within, has_model))
    without_model = sum(not has_model for *_, has_model in compared)
    for series, logs, has_model in compared:
        if has_model and not series.is_burst:
            continue
        knee = series.knee if has_model else None
        at_once = knee.high if knee and knee.claimed and knee.high in logs else max(logs)
        ratio = measured.ratio(logs[at_once], MAY_MISS if has_model else MAY_MISS / without_model)
        if has_model:
            decision = ratio.decide(THRESHOLD, below=CONFIRMED, above=REFUTED)
        else:
            decision = _decide_same(ratio, measured.tally.plan.practical_difference)
        figures = {
            "executor": series.cell.executor,
            "at_once": at_once,
            "threads": series.threads,
            **ratio.figures,
            "knee_low": knee.low if knee else None,
            "knee_high": knee.high if knee else None,
        }
        cells = [series.by_concurrency(style)[at_once] for style in ("def", "async")]
        yield evidence_of(series.cell, bound_elsewhere(*cells) or decision, figures)


def _decide_same(ratio: ClaimRatio, difference: float) -> Decision:
    """Return whether two things are the same within the practical difference, which is a share."""
    open_reason = OpenReason(WhyOpen.STRADDLES_DIFFERENCE, (100 * difference,))
    same_or_faster = ratio.decide(1 / (1 + difference), below=REFUTED, above=CONFIRMED, between=open_reason)
    return ratio.decide(1 + difference, below=same_or_faster, above=REFUTED, between=open_reason)


def stays_flat(series: Series, measured: ClaimInput) -> ClaimEvidence | None:
    """Test claim 2: bursts of `async` take no longer with more requests than threads.

    This takes at least twice as many requests: anything proportional to them would then take twice as long.
    """
    cells, within = series.by_concurrency("async"), series.with_a_thread_each("async")
    if not within or max(cells) < 2 * max(within) or not series.has_model("async"):
        return None
    few, many = max(within), max(cells)
    with_few, with_many = figures_by_block(cells[few]), figures_by_block(cells[many])
    if not (logs := log_ratios(cells[many], cells[few])):
        return None
    ratio = measured.ratio(logs)
    increase_s = median(
        with_many[block].duration_s - with_few[block].duration_s for block in with_few.keys() & with_many.keys()
    )
    figures = {
        "at_once": many,
        "against": few,
        "threads": series.threads,
        **ratio.figures,
        "each_further_ms": 1000 * increase_s / (many - few),
    }
    decision = ratio.decide(THRESHOLD, below=CONFIRMED, above=REFUTED)
    return evidence_of(series.cell, bound_elsewhere(cells[few], cells[many]) or decision, figures)


def grows_linearly(series: Series, measured: ClaimInput) -> ClaimEvidence | None:
    """Test claim 3: bursts of `def` lie on a line, from the highest concurrency with a thread for each request.

    The alternative is a staircase with a step at each multiple of the thread limit. At the multiples alone the two are
    the same, and below the limit the article claims no line.
    """
    within, delay_s = series.with_a_thread_each("def"), series.cell.launch.delay_s
    cells = [blocks for number, blocks in series.by_concurrency("def").items() if number >= max(within, default=0)]
    fitted = fit_steps(cells, delay_s, sequential=measured.tally.is_sequential) if series.has_model("def") else None
    if fitted is None or delay_s is None:
        return None
    fit, points = fitted.fit, {(block, number) for cell in cells for block, number in busiest_worker(cell).items()}
    blocks = sum(numbers >= FEWEST_POINTS for numbers in Counter(block for block, _ in points).values())
    ratio = ClaimRatio(blocks, measured.blocks_needed(), fitted.ratio, fitted.low, fitted.high)
    has_limit = fit.threads_low <= series.tokens <= (fit.threads_high or series.tokens)
    decision = ratio.decide(1.0, below=CONFIRMED, above=REFUTED if has_limit else OpenReason(WhyOpen.OTHER_STAIRCASE))
    numbers = sorted({number for _, number in points})
    if line_misfit([(number, math.ceil(number / series.tokens) * delay_s) for number in numbers]) < DISTINGUISHABLE:
        decision = OpenReason(WhyOpen.LINE_EQUALS_STAIRCASE)
    figures = {
        "limiter_tokens": series.tokens,
        **ratio.figures,
        "line_misfit": fitted.line_misfit,
        "staircase_misfit": fit.misfit,
        "threads_low": fit.threads_low,
        "threads_high": fit.threads_high,
    }
    return evidence_of(series.cell, bound_elsewhere(*cells) or decision, figures)


def belong_to_the_server(measured: ClaimInput) -> Iterator[ClaimEvidence]:
    """Test claim 4: the threads belong to the server, so the knees of two servers differ under the same conditions."""
    with_knee = [(series, series.knee) for series in measured.bursts if series.knee is not None]
    for group in group_by(with_knee, lambda one: tuple(axis.value(one[0].cell) for axis in _CONDITIONS)).values():
        if len({series.program for series, _ in group}) == 1:
            continue
        doubts = [_doubt_knee(series, knee, measured) for series, knee in group]
        decision = _compare_knees([each for each, doubt in zip(group, doubts, strict=True) if doubt is None])
        for (series, knee), doubt in zip(group, doubts, strict=True):
            figures = {
                "limiter_tokens": series.tokens,
                "peak_handlers": series.peak_handlers,
                "expected": knee.expected,
                "knee_low": knee.low,
                "knee_high": knee.high,
            }
            yield evidence_of(series.cell, doubt or decision, figures)


def _doubt_knee(series: Series, knee: Knee, measured: ClaimInput) -> OpenReason | None:
    """Return why a knee says nothing about who owns the threads."""
    if series.cell.launch.workers > 1:
        return OpenReason(WhyOpen.SEVERAL_WORKERS)
    if reason := bound_elsewhere(
        *(cell for style in ("def", "async") for cell in series.by_concurrency(style).values())
    ):
        return reason
    blocks = min(map(len, series.slowdown_logs().values()))
    return None if knee.claimed else OpenReason(WhyOpen.TOO_FEW_BLOCKS, (blocks, measured.blocks_needed()))


def _compare_knees(group: Sequence[tuple[Series, Knee]]) -> Decision:
    """Decide the claim from all knees without doubt."""
    if len({series.program for series, _ in group}) <= 1:
        return OpenReason(WhyOpen.NO_OTHER_SERVER)
    for (one, knee), (other, other_knee) in combinations(group, 2):
        if one.program != other.program and knee.is_apart_from(other_knee):
            return CONFIRMED
    # Bound by the limit in force: the knee is there, and that many handlers ran at the same time.
    are_bound = all(
        series.peak_handlers == series.tokens
        and knee.low is not None
        and knee.high is not None
        and knee.low <= series.threads < knee.high
        for series, knee in group
    )
    has_one_limit = len({series.threads for series, _ in group}) == 1
    return REFUTED if has_one_limit and are_bound else OpenReason(WhyOpen.NOT_BOUND_BY_LIMIT)


def five_per_core(measured: ClaimInput) -> Iterator[ClaimEvidence]:
    """Test claim 5: there are five threads per core. The default limit is read back from the server: a fact."""
    plan, cores = measured.tally.plan, measured.tally.header.environment.get("cores")
    unset = {cell.launch: cell for cell in plan.cells if cell.launch.thread_limit == DEFAULT}
    for launch, cell in unset.items():
        found = measured.launches[launch]
        if found.in_force is None or launch.server in plan.control_names or not isinstance(cores, int):
            continue
        tokens, python_default = found.in_force.limiter_tokens, min(PYTHON_MAX_THREADS, cores + 4)
        figures = {
            "cores": cores,
            "five_a_core": 5 * cores,
            "python_default": python_default,
            "limiter_tokens": tokens,
            "peak_handlers": found.peak_handlers,
        }
        decision: Decision = CONFIRMED if tokens == 5 * cores else REFUTED
        if tokens == 5 * cores == DEFAULT_THREADS:
            decision = OpenReason(WhyOpen.EQUALS_ANYIO_DEFAULT, (cores,))
        elif tokens == 5 * cores == python_default:
            decision = OpenReason(WhyOpen.EQUALS_PYTHON_DEFAULT, (cores,))
        yield replace(evidence_of(cell, decision, figures), client=None)


def blocks_one_endpoint(series: Series, measured: ClaimInput) -> ClaimEvidence | None:
    """Test claim 6: only the endpoint itself waits, so a health check on another route would not notice.

    It is refuted if the slowest check of an `async def` route waited for longer than one execution takes.
    """
    delay_s, cells = series.cell.launch.delay_s, _blocking_cells(series)
    blocked_s, free_s = _slowest_checks_s(cells), _slowest_checks_s(series.by_concurrency("async"))
    if not blocked_s or delay_s is None:
        return None
    at_once = max(blocked_s)
    ratio = measured.ratio([math.log(wait_s / delay_s) for wait_s in blocked_s[at_once]])
    no_wait: Decision = CONFIRMED
    if series.cell.launch.workers > 1:
        no_wait = OpenReason(WhyOpen.OTHER_WORKER)
    elif ratio.high is None or ratio.high > SHORT_WAIT:
        no_wait = OpenReason(WhyOpen.SHORT_WAIT)
    figures = {
        "at_once": at_once,
        **ratio.figures,
        "slowest_check_ms": 1000 * median(blocked_s[at_once]),
        # At the same concurrency, or else at the highest.
        "ratio_while_async": median(free_s.get(at_once) or free_s[max(free_s)]) / delay_s if free_s else None,
    }
    decision = ratio.decide(1.0, below=no_wait, above=REFUTED)
    return evidence_of(series.cell, bound_elsewhere(cells[at_once]) or decision, figures)


def _slowest_checks_s(cells: Mapping[int, SamplesByBlock]) -> dict[int, list[float]]:
    """Return the slowest health check of an `async def` route in each block that answered one, by concurrency."""
    slowest_s = {
        number: [
            max(window.health.async_us) / 1e6
            for figures in figures_by_block(blocks).values()
            for window in figures.windows
            if window.health and any(window.health.async_us)
        ]
        for number, blocks in cells.items()
    }
    return {number: waits_s for number, waits_s in slowest_s.items() if waits_s}


def _blocking_cells(series: Series) -> dict[int, SamplesByBlock]:
    """Return the cells that blocked the loop of a worker for at least two requests in every block."""
    cells = series.by_concurrency("async-blocking")
    return {number: blocks for number, blocks in cells.items() if min(busiest_worker(blocks).values()) > 1}


def one_at_a_time(series: Series, measured: ClaimInput) -> ClaimEvidence | None:
    """Test claim 7: a burst takes as long as its requests one after the other, and no two run at the same time."""
    cells = _blocking_cells(series)
    at_once = max(cells, default=0)
    figures = figures_by_block(cells.get(at_once, {})).values()
    logs = [math.log(each.duration_s / each.model_s) for each in figures if each.model_s is not None]
    if not logs:
        return None
    ratio, peak = measured.ratio(logs), max(each.peak_handlers for each in figures)
    in_line = ratio.decide(1 / THRESHOLD, below=REFUTED, above=CONFIRMED)
    decision = ratio.decide(THRESHOLD, below=in_line, above=OpenReason(WhyOpen.OTHER_COST))
    decision = REFUTED if peak > 1 else bound_elsewhere(cells[at_once]) or decision
    return evidence_of(series.cell, decision, {"at_once": at_once, **ratio.figures, "peak_handlers": peak})


def _test_bursts(
    test: Callable[[Series, ClaimInput], ClaimEvidence | None], measured: ClaimInput
) -> Iterator[ClaimEvidence]:
    """Yield the evidence of each series of bursts that has some."""
    return (evidence for series in measured.bursts if (evidence := test(series, measured)) is not None)


TESTS: Mapping[int, Callable[[ClaimInput], Iterator[ClaimEvidence]]] = {
    1: same_time,
    2: partial(_test_bursts, stays_flat),
    3: partial(_test_bursts, grows_linearly),
    4: belong_to_the_server,
    5: five_per_core,
    6: partial(_test_bursts, blocks_one_endpoint),
    7: partial(_test_bursts, one_at_a_time),
}
"""The test of each claim, by its number."""

FACTS_ONLY = (5,)
"""The claims tested on facts that servers report, which noise does not change."""
