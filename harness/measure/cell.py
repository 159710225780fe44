"""One cell on one launch: the job for its load, and the sample that comes of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.matrix.catalog import scenario_catalog
from harness.measure.cell_result import CellResult
from harness.measure.client.job import Job, RequestSpec
from harness.measure.load import Clients, LoadError
from harness.measure.process import quote_log_end
from harness.measure.server import RunningServer
from harness.measure.services.service import RunningService, ServiceError
from harness.measure.services.upstream import RunningUpstream
from harness.measure.watch import CellWatch, HealthChecks
from harness.model.journal import ClientCost, Sample, SampleStatus, Upstream
from harness.model.outcomes import RequestOutcome, Status
from harness.model.plan import Cell, Plan
from scenarios.inside.launched import QUIET_PATH
from scenarios.kit import endpoint_path

EXIT_SEEN_WITHIN_S = 0.5
"""How long after dropping its connections the exit of a server may take to be seen."""


@dataclass(frozen=True, slots=True)
class SampleKey:
    """Where a sample belongs: its block, the number of its launch, the index of its cell in the plan, its attempt."""

    block: int
    launch: int
    cell: int
    attempt: int = 1


def measure_cell(
    key: SampleKey, plan: Plan, server: RunningServer, clients: Clients, services: Sequence[RunningService] = ()
) -> Sample:
    """Measure one cell on a server with these services; a failure becomes the status and reason of the sample."""
    cell = plan.cells[key.cell]
    began_s = time.monotonic()
    checks = HealthChecks(clients.health, server.port)
    watch = CellWatch(server.process.pid, clients.pids(cell.client), checks, services)
    try:
        _read_upstream(services)
        result = clients.run(_make_job(key, plan, server), watch)
        upstream = _read_upstream(services)
        sample = _make_sample(key, result, watch, checks, server)
    except (LoadError, ServiceError) as error:
        return make_failed_sample(key, Status.FAILED, str(error), wall_s=time.monotonic() - began_s)
    finally:
        checks.cancel()
    wall_s = time.monotonic() - began_s
    exits = [exit_ for service in services if (exit_ := service.describe_exit())]
    reason = sample.reason and "; ".join([sample.reason, *exits])
    return replace(sample, wall_s=wall_s, reason=reason, upstream=upstream)


def make_failed_sample(key: SampleKey, status: SampleStatus, reason: str, *, wall_s: float = 0.0) -> Sample:
    """Return a sample without any results."""
    return Sample(block=key.block, launch=key.launch, cell=key.cell, status=status, reason=reason, wall_s=wall_s)


def _read_upstream(services: Sequence[RunningService]) -> Upstream | None:
    """Return what the upstream has counted since it was last read; None if there is none."""
    return next((service.take_account() for service in services if isinstance(service, RunningUpstream)), None)


def _make_job(key: SampleKey, plan: Plan, server: RunningServer) -> Job:
    cell, load = plan.cells[key.cell], plan.load
    return Job(
        port=server.port,
        requests=[server.requests[cell.style]] if plan.own_app(cell) else list_requests(cell),
        # Every connection is answered once before the start, when nothing of the cell before is running any more.
        prime_path=QUIET_PATH,
        client=cell.client,
        concurrency=cell.concurrency,
        deadline_s=plan.limits.cell_s,
        token=server.token,
        executor=cell.executor,
        rate=cell.rate,
        settle_s=load.settle_s,
        warmup_s=load.warmup_s,
        duration_s=load.duration_s,
        connections=load.connections,
        seed=plan.seed + key.block,
        secrets=dict(server.secrets.values),
    )


def list_requests(cell: Cell) -> list[RequestSpec]:
    """Return the requests of a scenario, one per class of the style."""
    launch, parameters = cell.launch, dict(cell.launch.parameters)
    return [
        RequestSpec(
            path=f"/{endpoint_path(cell.style, each.name)}",
            name=each.name,
            method="POST" if each.uploads else "GET",
            upload_bytes=int(parameters[each.uploads]) if each.uploads else 0,
            weight=each.weight,
            expected_style=endpoint_path(cell.style, each.name),
            min_work_s=launch.delay_s or 0.0 if each.waits else 0.0,
        )
        for each in scenario_catalog()[launch.scenario].styles[cell.style].classes
    ]


def _make_sample(
    key: SampleKey, result: CellResult, watch: CellWatch, checks: HealthChecks, server: RunningServer
) -> Sample:
    good = result.duration_s is not None
    health = checks.collect()
    reason = result.reason
    if reason and (death := server.describe_exit(EXIT_SEEN_WITHIN_S)):
        reason = f"{reason}; {death}"
    elif reason and server.requests:
        # The user's own app may have logged why.
        reason = f"{reason}; {quote_log_end(server.log)}"
    return Sample(
        block=key.block,
        launch=key.launch,
        cell=key.cell,
        status=Status.OK if good else Status.TIMEOUT if RequestOutcome.TIMEOUT in result.outcomes else Status.FAILED,
        reason=reason,
        wall_s=0.0,
        duration_s=result.duration_s,
        outcomes=result.outcomes,
        client=ClientCost(result.cpu_s, result.send_span_s, result.late_connections, watch.client_memory_mb),
        server=watch.server_cost(result.answered) if watch.has_ended else None,
        host=watch.host() if watch.has_ended else None,
        health=health,
        requests=result.requests,
        steady=result.steady,
        attempt=key.attempt,
    )
