"""One window of a cell on a server that is alive: the job for its load, and the record that comes of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from harness.matrix.catalog import scenario_catalog
from harness.measure.client.job import Job, RequestSpec
from harness.measure.load import Clients, LoadError
from harness.measure.process import quote_log_end
from harness.measure.server import RunningServer
from harness.measure.services.service import RunningService, ServiceError
from harness.measure.services.upstream import RunningUpstream
from harness.measure.watch import HealthChecks, WindowWatch
from harness.measure.window_result import WindowResult
from harness.model.journal import ClientCost, SampleStatus, Upstream, Window
from harness.model.outcomes import RequestOutcome, Status
from harness.model.plan import Cell, Plan
from scenarios.inside.launched import QUIET_PATH
from scenarios.kit import endpoint_path

EXIT_SEEN_WITHIN_S = 0.5
"""How long after dropping its connections the exit of a server may take to be seen."""

MOST_RAMP = 0.2
"""The share of a window for which a steady executor sends before it, once the cell is warm."""


@dataclass(frozen=True, slots=True)
class WindowKey:
    """Where a window belongs: its block, the number of its launch, the index of its cell in the plan, its round.

    There are `rounds` windows of the cell in this block, and this is the `attempt` at one of them.
    """

    block: int
    launch: int
    cell: int
    attempt: int = 1
    round: int = 1
    rounds: int = 1


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is alive around a server that is measured: the services, and the processes of each other server.

    `began_s` is when the block began, on the monotonic clock.
    """

    services: Sequence[RunningService] = ()
    neighbours: Sequence[Sequence[int]] = ()
    began_s: float = field(default_factory=time.monotonic)


def measure_window(
    key: WindowKey, plan: Plan, server: RunningServer, clients: Clients, around: Surroundings | None = None
) -> Window:
    """Measure one window of a cell on a server; a failure becomes its status and reason."""
    cell, around = plan.cells[key.cell], around or Surroundings()
    began_s = time.monotonic()
    checks = HealthChecks(clients.health, server.port)
    watch = WindowWatch(server.process.pid, clients.pids(cell.client), checks, around.services, around.neighbours)
    try:
        _read_upstream(around.services)
        result = clients.run(_make_job(key, plan, server), watch)
        upstream = _read_upstream(around.services)
        window = _make_window(key, result, watch, checks, server)
    except (LoadError, ServiceError) as error:
        wall_s = time.monotonic() - began_s
        return make_failed_window(key, Status.FAILED, str(error), wall_s=wall_s, began_s=began_s - around.began_s)
    finally:
        checks.cancel()
    wall_s = time.monotonic() - began_s
    exits = [exit_ for service in around.services if (exit_ := service.describe_exit())]
    reason = window.reason and "; ".join([window.reason, *exits])
    return replace(window, wall_s=wall_s, reason=reason, upstream=upstream, began_s=round(began_s - around.began_s, 4))


def make_failed_window(
    key: WindowKey, status: SampleStatus, reason: str, *, wall_s: float = 0.0, began_s: float | None = None
) -> Window:
    """Return a window without any results."""
    return replace(_make_empty(key, status, reason), wall_s=wall_s, began_s=began_s)


def _make_empty(key: WindowKey, status: SampleStatus, reason: str | None) -> Window:
    return Window(
        block=key.block,
        launch=key.launch,
        cell=key.cell,
        status=status,
        reason=reason,
        wall_s=0.0,
        attempt=key.attempt,
        round=key.round,
        rounds=key.rounds,
    )


def _read_upstream(services: Sequence[RunningService]) -> Upstream | None:
    """Return what the upstream has counted since it was last read; None if there is none."""
    return next((service.take_account() for service in services if isinstance(service, RunningUpstream)), None)


def _make_job(key: WindowKey, plan: Plan, server: RunningServer) -> Job:
    cell, load = plan.cells[key.cell], plan.load
    duration_s = load.duration_s / key.rounds
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
        # Once the cell is warm, the loop only has to come into step again.
        warmup_s=load.warmup_s if key.round == 1 else min(load.warmup_s, MOST_RAMP * duration_s),
        duration_s=duration_s,
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


def _make_window(
    key: WindowKey, result: WindowResult, watch: WindowWatch, checks: HealthChecks, server: RunningServer
) -> Window:
    good = result.duration_s is not None
    health = checks.collect()
    reason = result.reason
    if reason and (death := server.describe_exit(EXIT_SEEN_WITHIN_S)):
        reason = f"{reason}; {death}"
    elif reason and server.requests:
        # The user's own app may have logged why.
        reason = f"{reason}; {quote_log_end(server.log)}"
    status: SampleStatus = Status.TIMEOUT if RequestOutcome.TIMEOUT in result.outcomes else Status.FAILED
    return replace(
        _make_empty(key, Status.OK if good else status, reason),
        duration_s=result.duration_s,
        outcomes=result.outcomes,
        client=ClientCost(result.cpu_s, result.send_span_s, result.late_connections, watch.client_memory_mb),
        server=watch.server_cost(result.answered) if watch.has_ended else None,
        host=watch.host() if watch.has_ended else None,
        idle_cpu=watch.idle_cpu() if watch.has_ended else None,
        health=health,
        requests=result.requests,
        steady=result.steady,
    )
