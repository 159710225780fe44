"""One cell on one launch: the job that it means, and the sample that comes of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.matrix.catalog import scenario_catalog
from harness.measure.cell_result import CellResult
from harness.measure.client.job import Job, RequestSpec
from harness.measure.load import Clients, LoadError
from harness.measure.server import RunningServer, quote_log_end
from harness.measure.services.service import RunningService, ServiceError
from harness.measure.services.upstream import RunningUpstream
from harness.measure.watch import CellWatch, HealthChecks
from harness.model.journal import ClientCost, Sample, SampleStatus, Upstream
from harness.model.outcomes import RequestOutcome, Status
from harness.model.plan import Cell, Plan
from scenarios.inside.launched import QUIET_PATH
from scenarios.kit import endpoint_path

# How long a server that has just dropped its connections may take to be seen dead.
SEEN_DEAD_WITHIN_S = 0.5


@dataclass(frozen=True, slots=True)
class SampleKey:
    """Where a sample belongs: block, number of the launch, place of the cell in the plan, and which attempt it is."""

    block: int
    launch: int
    cell: int
    attempt: int = 1


def measure_cell(
    where: SampleKey, plan: Plan, server: RunningServer, clients: Clients, services: Sequence[RunningService] = ()
) -> Sample:
    """The sample of one cell, these services beside its server; whatever goes wrong becomes its status and reason."""
    cell = plan.cells[where.cell]
    began_s = time.monotonic()
    checks = HealthChecks(clients.health, server.port)
    watch = CellWatch(server.process.pid, clients.pids(cell.client), checks, services)
    try:
        _read_upstream(services)
        seen = clients.run(_make_job(where, plan, server), watch)
        upstream = _read_upstream(services)
    except (LoadError, ServiceError) as error:
        checks.call_off()
        return make_failed_sample(where, Status.FAILED, str(error), wall_s=time.monotonic() - began_s)
    except BaseException:
        checks.call_off()
        raise
    sample = _make_sample(where, seen, watch, checks, server, began_s)
    checks.call_off()
    dead = [obituary for service in services if (obituary := service.obituary())]
    return replace(sample, reason=sample.reason and "; ".join([sample.reason, *dead]), upstream=upstream)


def make_failed_sample(where: SampleKey, status: SampleStatus, reason: str, *, wall_s: float = 0.0) -> Sample:
    """A sample that gave nothing."""
    return Sample(block=where.block, launch=where.launch, cell=where.cell, status=status, reason=reason, wall_s=wall_s)


def _read_upstream(services: Sequence[RunningService]) -> Upstream | None:
    """What the upstream has seen since it was last asked, None where there is none."""
    return next((service.account() for service in services if isinstance(service, RunningUpstream)), None)


def _make_job(where: SampleKey, plan: Plan, server: RunningServer) -> Job:
    cell, load = plan.cells[where.cell], plan.load
    return Job(
        port=server.port,
        asked=[server.asked[cell.style]] if plan.own_app(cell) else list_requests(cell),
        # Every connection is answered once before the start, when nothing of the cell before is under way any more.
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
        seed=plan.seed + where.block,
        secrets=dict(server.secrets.values),
    )


def list_requests(cell: Cell) -> list[RequestSpec]:
    """What is asked of a scenario, one for each class of the style's requests."""
    launch, parameters = cell.launch, dict(cell.launch.parameters)
    return [
        RequestSpec(
            path=f"/{endpoint_path(cell.style, each.name)}",
            name=each.name,
            method="POST" if each.uploads else "GET",
            uploads=int(parameters[each.uploads]) if each.uploads else 0,
            weight=each.weight,
            says=endpoint_path(cell.style, each.name),
            least_s=launch.delay_s or 0.0 if each.waits else 0.0,
        )
        for each in scenario_catalog()[launch.scenario].styles[cell.style].classes
    ]


def _make_sample(
    where: SampleKey, seen: CellResult, watch: CellWatch, checks: HealthChecks, server: RunningServer, began_s: float
) -> Sample:
    good = seen.duration_s is not None
    health = checks.result()
    reason = seen.reason
    if reason and (obituary := server.obituary(SEEN_DEAD_WITHIN_S)):
        reason = f"{reason}; {obituary}"
    elif reason and server.asked:
        # What the user's own app has to say of it stands there.
        reason = f"{reason}; {quote_log_end(server.log)}"
    return Sample(
        block=where.block,
        launch=where.launch,
        cell=where.cell,
        status=Status.OK if good else Status.TIMEOUT if RequestOutcome.TIMEOUT in seen.outcomes else Status.FAILED,
        reason=reason,
        wall_s=time.monotonic() - began_s,
        duration_s=seen.duration_s,
        outcomes=seen.outcomes,
        client=ClientCost(seen.cpu_s, seen.send_span_s, seen.late_connections, watch.client_memory_mb()),
        server=watch.server_cost(seen.answered) if watch.has_ended else None,
        host=watch.host() if watch.has_ended else None,
        health=health,
        requests=seen.requests,
        steady=seen.steady,
        attempt=where.attempt,
    )
