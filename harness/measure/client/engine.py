"""The load engine: HTTP/1.1 on asyncio's protocols, uvloop and httptools, and next to nothing between them."""

from collections import Counter
from dataclasses import replace

from harness.measure.client.executors import LOADS, OfferedLoad, WindowLoad
from harness.measure.client.harness_pipe import HarnessPipe
from harness.measure.client.job import JobResult, parse_job
from harness.measure.client.pool import ConnectionPool
from harness.measure.client.results import round_times, summarize_burst, summarize_window
from harness.measure.client.timing import US_NS
from harness.model.plan import OPEN_LOOPS


async def handle_job(line: bytes, talk: HarnessPipe) -> JobResult | None:
    """Offer the load of one job and check what came back; None where it was called off.

    Raises NotOpenedError where the connections could not be opened.
    """
    job = parse_job(line)
    pool = ConnectionPool(job)
    try:
        await pool.open()
        start_ns = await talk.begin()
        if start_ns is None:
            return None
        offer = LOADS[job.executor](pool, start_ns)
        await offer.run()
    finally:
        await pool.close()
    talk.done()
    return _make_result(offer, pool)


def _make_result(offer: OfferedLoad, pool: ConnectionPool) -> JobResult:
    answers = offer.record.answers(pool.heads)
    job = offer.job
    if isinstance(offer, WindowLoad):
        result = summarize_window(job, offer.window, answers, open_loop=job.executor in OPEN_LOOPS)
        assert result.steady is not None
        lag = round_times(Counter(lag_ns // US_NS for lag_ns in offer.lag_ns))
        result = replace(result, steady=replace(result.steady, lag=lag, late=offer.late, dropped=offer.dropped))
    else:
        result = summarize_burst(job, offer.start_ns, answers)
    return replace(result, cpu_s=offer.cpu_s, send_span_s=offer.send_span_s, late_connections=pool.late)
