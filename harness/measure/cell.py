"""One cell on one launch: the job that it means, and the sample that comes of it."""

import time
from dataclasses import dataclass

from harness.measure.client.job import Job, Result
from harness.measure.load import LoadError, LoadProcess
from harness.measure.server import RunningServer
from harness.model.journal import ClientCost, Requests, Sample, SampleStatus
from harness.model.plan import Cell, Limits
from scenarios.inside.launched import IN_FORCE_PATH

# How long a server that has just dropped its connections may take to be seen dead.
SEEN_DEAD_WITHIN_S = 0.5


@dataclass(frozen=True, slots=True)
class Where:
    """Where a sample belongs: block, number of the launch, place of the cell in the plan."""

    block: int
    launch: int
    cell: int


def measure(where: Where, cell: Cell, limits: Limits, server: RunningServer, load: LoadProcess) -> Sample:
    """The sample of one cell; whatever goes wrong becomes its status and its reason."""
    began_s = time.monotonic()
    try:
        result = load.run(_job(cell, limits, server))
    except LoadError as error:
        return failed(where, "failed", str(error), wall_s=time.monotonic() - began_s)
    return _sample(where, result, server, wall_s=time.monotonic() - began_s)


def failed(where: Where, status: SampleStatus, reason: str, *, wall_s: float = 0.0) -> Sample:
    """A sample that gave nothing."""
    return Sample(block=where.block, launch=where.launch, cell=where.cell, status=status, reason=reason, wall_s=wall_s)


def _job(cell: Cell, limits: Limits, server: RunningServer) -> Job:
    return Job(
        port=server.port,
        path=f"/{cell.style}",
        prime_path=IN_FORCE_PATH,
        style=cell.style,
        token=server.token,
        client=cell.client,
        concurrency=cell.concurrency,
        delay_s=cell.launch.delay_s or 0.0,
        deadline_s=limits.cell_s,
    )


def _sample(where: Where, result: Result, server: RunningServer, wall_s: float) -> Sample:
    good = result.duration_s is not None
    reason = result.reason
    if reason and (obituary := server.obituary(SEEN_DEAD_WITHIN_S)):
        reason = f"{reason}; {obituary}"
    return Sample(
        block=where.block,
        launch=where.launch,
        cell=where.cell,
        status="ok" if good else "timeout" if "timeout" in result.outcomes else "failed",
        reason=reason,
        wall_s=wall_s,
        duration_s=result.duration_s,
        outcomes=result.outcomes,
        client=ClientCost(result.cpu_s, result.send_span_s, result.late_connections),
        requests=Requests(**result.columns) if result.columns else None,
    )
