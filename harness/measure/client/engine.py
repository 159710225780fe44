"""The load engine: HTTP/1.1 on asyncio's protocols, uvloop and httptools, with as little as possible in between."""

from collections import Counter
from dataclasses import replace

from harness.measure.client.executors import LOADS, OfferedLoad, WindowLoad
from harness.measure.client.harness_pipe import HarnessPipe
from harness.measure.client.job import CloseConnections, Job, JobResult, parse_order
from harness.measure.client.pool import ConnectionPool
from harness.measure.client.results import round_times, summarize_burst, summarize_window
from harness.measure.client.timing import US_NS
from harness.model.executors import EXECUTORS

_pools: dict[int, ConnectionPool] = {}
"""The connections to each server by its port; they are kept between jobs."""


async def handle_job(line: bytes, pipe: HarnessPipe) -> JobResult | None:
    """Offer the load of one job and check the answers; return None if the job was cancelled.

    Raises NotOpenedError if the connections cannot be opened.
    """
    order = parse_order(line)
    if isinstance(order, CloseConnections):
        if pool := _pools.pop(order.port, None):
            await pool.close()
        return None
    return await _offer_load(order, pipe)


async def _offer_load(job: Job, pipe: HarnessPipe) -> JobResult | None:
    if pool := _pools.get(job.port):
        pool.begin(job)
    else:
        pool = _pools[job.port] = ConnectionPool(job)
    try:
        await pool.open()
        start_ns = await pipe.wait_for_start()
        if start_ns is None:
            pool.keep(0)
            return None
        load = LOADS[job.executor](pool, start_ns)
        await load.run()
    except BaseException:
        del _pools[job.port]
        await pool.close()
        raise
    pool.keep(load.log.count)
    pipe.report_done()
    return _make_result(load, pool)


def _make_result(load: OfferedLoad, pool: ConnectionPool) -> JobResult:
    job, answers = load.job, load.log.take_answers(pool.heads)
    if isinstance(load, WindowLoad):
        result = summarize_window(job, load.window, answers, is_open_loop=EXECUTORS[job.executor].is_open_loop)
        assert result.steady is not None
        lag = round_times(Counter(lag_ns // US_NS for lag_ns in load.lag_ns))
        result = replace(result, steady=replace(result.steady, lag=lag, late=load.late, dropped=load.dropped))
    else:
        result = summarize_burst(job, load.start_ns, answers)
    return replace(result, cpu_s=load.cpu_s, send_span_s=load.send_span_s, late_connections=pool.late)
