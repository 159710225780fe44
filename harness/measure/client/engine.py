"""The load engine: HTTP/1.1 on asyncio's protocols, uvloop and httptools, and next to nothing between them."""

from collections import Counter
from dataclasses import replace

from harness.measure.client.executors import EXECUTORS, Offer, Steady
from harness.measure.client.job import Result, job_from
from harness.measure.client.pool import Pool
from harness.measure.client.results import US_NS, of_burst, of_window, rounded
from harness.measure.client.talk import Talk
from harness.model.plan import OPEN_LOOPS


async def work(line: bytes, talk: Talk) -> Result | None:
    """Offer the load of one job and check what came back; None where it was called off.

    Raises NotOpenedError where the connections could not be opened.
    """
    job = job_from(line)
    pool = Pool(job)
    try:
        await pool.open()
        start_ns = await talk.begin()
        if start_ns is None:
            return None
        offer = EXECUTORS[job.executor](pool, start_ns)
        await offer.run()
    finally:
        await pool.close()
    talk.done()
    return _result(offer, pool)


def _result(offer: Offer, pool: Pool) -> Result:
    answers = offer.record.answers(pool.heads)
    job = offer.job
    if isinstance(offer, Steady):
        result = of_window(job, offer.window, answers, open_loop=job.executor in OPEN_LOOPS)
        assert result.steady is not None
        lag = rounded(Counter(lag_ns // US_NS for lag_ns in offer.lag_ns))
        result = replace(result, steady=replace(result.steady, lag=lag, late=offer.late, dropped=offer.dropped))
    else:
        result = of_burst(job, offer.start_ns, answers)
    return replace(result, cpu_s=offer.cpu_s, send_span_s=offer.send_span_s, late_connections=pool.late)
