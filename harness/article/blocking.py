"""Claims 6 and 7: what blocking inside `async def` does to other requests."""

import math
from collections.abc import Iterator
from statistics import median

from harness.analysis.knees import THRESHOLD
from harness.analysis.tally import SamplesByBlock
from harness.article.findings import ClaimEvidence, ClaimVerdict, OpenReason, WhyOpen
from harness.article.series import (
    ClaimInput,
    ClaimRatio,
    Decision,
    Series,
    bound_elsewhere,
    busiest_worker,
    figures_by_block,
)

BLOCKING = "async-blocking"

SHORT_WAIT = 0.25
"""A health check that waits for less than this share of one execution has not waited for any."""


def blocks_one_endpoint(measured: ClaimInput) -> Iterator[ClaimEvidence]:
    """Test claim 6: only the endpoint itself waits, so a health check on another route would not notice.

    It is refuted if the slowest check of an `async def` route waited for longer than one execution takes.
    """
    for series in measured.bursts:
        delay_s, cells = series.cell.launch.delay_s, _blocking_cells(series)
        waits_s = {number: waits for number, blocks in cells.items() if (waits := _slowest_checks_s(blocks))}
        if not waits_s or delay_s is None:
            continue
        at_once = max(waits_s)
        ratio = measured.ratio([math.log(wait_s / delay_s) for wait_s in waits_s[at_once]])
        decision = ratio.decide(1.0, below=_decide_no_wait(series, ratio), above=ClaimVerdict.REFUTED)
        yield series.evidence(
            bound_elsewhere(cells[at_once]) or decision,
            {
                "at_once": at_once,
                **ratio.figures,
                "slowest_check_ms": 1000 * median(waits_s[at_once]),
                "ratio_while_async": _ratio_while_async(series, at_once, delay_s),
            },
        )


def _blocking_cells(series: Series) -> dict[int, SamplesByBlock]:
    """Return the cells that blocked the loop of a worker for at least two requests in every block."""
    cells = series.by_concurrency(BLOCKING)
    return {number: blocks for number, blocks in cells.items() if min(busiest_worker(blocks).values()) > 1}


def _slowest_checks_s(blocks: SamplesByBlock) -> list[float]:
    """Return the slowest health check of an `async def` route in each block that answered one."""
    healths = [figures.sample.health for figures in figures_by_block(blocks).values() if figures.sample.health]
    return [slowest_us / 1e6 for health in healths if (slowest_us := max(health.async_us, default=0))]


def _ratio_while_async(series: Series, at_once: int, delay_s: float) -> float | None:
    """Return the same ratio while `async` worked, at the same concurrency or else at the highest."""
    free = {
        number: waits
        for number, blocks in series.by_concurrency("async").items()
        if (waits := _slowest_checks_s(blocks))
    }
    return median(free[at_once if at_once in free else max(free)]) / delay_s if free else None


def _decide_no_wait(series: Series, ratio: ClaimRatio) -> Decision:
    """Return what it means that the health checks waited for less than one execution."""
    if series.cell.launch.workers > 1:
        return OpenReason(WhyOpen.OTHER_WORKER)
    if ratio.high is None or ratio.high > SHORT_WAIT:
        return OpenReason(WhyOpen.SHORT_WAIT)
    return ClaimVerdict.CONFIRMED


def one_at_a_time(measured: ClaimInput) -> Iterator[ClaimEvidence]:
    """Test claim 7: a burst takes as long as its requests one after the other, and no two run at the same time."""
    for series in measured.bursts:
        cells = _blocking_cells(series)
        at_once = max(cells, default=0)
        figures = list(figures_by_block(cells.get(at_once, {})).values())
        logs = [math.log(each.duration_s / each.model_s) for each in figures if each.model_s is not None]
        if not logs:
            continue
        ratio, peak = measured.ratio(logs), max(each.peak_handlers for each in figures)
        in_line = ratio.decide(1 / THRESHOLD, below=ClaimVerdict.REFUTED, above=ClaimVerdict.CONFIRMED)
        decision = ratio.decide(THRESHOLD, below=in_line, above=OpenReason(WhyOpen.OTHER_COST))
        yield series.evidence(
            ClaimVerdict.REFUTED if peak > 1 else bound_elsewhere(cells[at_once]) or decision,
            {"at_once": at_once, **ratio.figures, "peak_handlers": peak},
        )
