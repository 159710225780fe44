"""Claims 6 and 7: what blocking inside `async def` does to everybody else."""

import math
from collections.abc import Iterator
from statistics import median

from harness.analysis.claims.series import Material, Series, at, evidence, figures_of
from harness.analysis.claims.settling import (
    Found,
    Settled,
    bound,
    found,
    settled,
)
from harness.analysis.findings import Evidence
from harness.analysis.knees import THRESHOLD
from harness.analysis.tally import Blocks

BLOCKING = "async-blocking"

HARDLY = 0.25
"""The share of one execution below which a health check has not waited for any."""


def blocks_one_endpoint(material: Material) -> Iterator[Evidence]:
    """Claim 6: that only the endpoint itself has to wait, which a health check on another route would not notice.

    It is refuted where the slowest check of an `async def` route waited for longer than a whole execution takes.
    """
    for series in material.bursts:
        delay_s = series.launch.delay_s
        cells = {concurrency: blocks for concurrency, blocks in _together(series).items() if _slowest_s(blocks)}
        if not cells or delay_s is None:
            continue
        at_once = max(cells)
        slowest_s = _slowest_s(cells[at_once])
        ratio = found([math.log(slow_s / delay_s) for slow_s in slowest_s], sequential=material.sequential)
        free = _while_async_worked(series, at_once, delay_s)
        while_free = "" if free is None else f"; while `async` worked, {free:.2f} times"
        yield evidence(
            series,
            _by_the_slowest(series, ratio, cells[at_once], sequential=material.sequential),
            f"while {at_once} requests blocked the loop, the slowest health check on another `async def` route took "
            f"{median(slowest_s):.3f} s, which is {ratio.times('the delay')}{while_free}",
            {
                "at_once": at_once,
                **ratio.figures,
                "slowest_check_ms": 1000 * median(slowest_s),
                "ratio_while_async": free,
            },
        )


def _together(series: Series) -> dict[int, Blocks]:
    """The cells that blocked the loop of a worker for two requests or more, in every block."""
    return {
        concurrency: blocks
        for concurrency, blocks in at(series, BLOCKING).items()
        if min(figures.per_process[0] for figures in figures_of(blocks).values()) > 1
    }


def _slowest_s(blocks: Blocks) -> list[float]:
    """How long the slowest health check of an `async def` route took in each block in which one was answered."""
    healths = [figures.health for figures in figures_of(blocks).values() if figures.health is not None]
    return [slowest_us / 1e6 for health in healths if (slowest_us := max(health.async_us, default=0))]


def _while_async_worked(series: Series, at_once: int, delay_s: float) -> float | None:
    """The same while `async` worked, with as many requests, or else with the most that there were."""
    free = {
        concurrency: slow_s for concurrency, blocks in at(series, "async").items() if (slow_s := _slowest_s(blocks))
    }
    return median(free[at_once if at_once in free else max(free)]) / delay_s if free else None


def _by_the_slowest(series: Series, ratio: Found, blocks: Blocks, *, sequential: bool) -> Settled:
    if nothing := bound(blocks):
        return nothing
    answer, reason = settled(ratio, 1.0, below="confirmed", above="refuted", sequential=sequential)
    if answer == "confirmed" and series.in_force.workers > 1:
        return "not tested", "another worker may have answered the health checks"
    if answer == "confirmed" and (ratio.high or 1.0) > HARDLY:
        return "not tested", "the health checks waited, but for less than a whole execution"
    return answer, reason


def one_at_a_time(material: Material) -> Iterator[Evidence]:
    """Claim 7: that a burst takes as long as its requests one after the other, and that no two ever run at once."""
    for series in material.bursts:
        cells = _together(series)
        if not cells:
            continue
        at_once = max(cells)
        figures = [each for each in figures_of(cells[at_once]).values() if each.model_s is not None]
        if not figures:
            continue
        logs = [math.log(each.duration_s / each.model_s) for each in figures if each.model_s is not None]
        ratio, peak = found(logs, sequential=material.sequential), max(each.peak_handlers for each in figures)
        yield evidence(
            series,
            _by_duration_and_peak(ratio, peak, cells[at_once], sequential=material.sequential),
            f"{at_once} at once took {ratio.times(f'what {_they(series)} take one after the other')}, with at most "
            f"{peak} running at once",
            {"at_once": at_once, **ratio.figures, "peak_handlers": peak},
        )


def _they(series: Series) -> str:
    return "they" if series.in_force.workers == 1 else "those of the busiest worker"


def _by_duration_and_peak(ratio: Found, peak: int, blocks: Blocks, *, sequential: bool) -> Settled:
    if peak > 1:
        return "refuted", None
    if nothing := bound(blocks):
        return nothing
    answer, reason = settled(ratio, THRESHOLD, below="confirmed", above="not tested", sequential=sequential)
    if answer == "confirmed":
        return settled(ratio, 1 / THRESHOLD, below="refuted", above="confirmed", sequential=sequential)
    return answer, reason or f"it took more than {THRESHOLD:g} times as long, so something else took time, too"
