"""Launches of real servers, with little waiting in them, and the servers that they start."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.matrix.catalog import delay_of, parameters_of, pool_size_of, scenario_catalog, server_catalog
from harness.measure.readiness import wait_until_ready
from harness.measure.run import Judge
from harness.measure.server import LaunchContext, RunningServer, start_server
from harness.measure.services.manager import ServiceManager
from harness.measure.services.service import RunningService
from harness.measure.stop import Stop
from harness.model.journal import InForce
from harness.model.plan import Cell, Course, Launch, Limits, Load, Plan, ThreadLimit, Variant
from tests.builders.journals import plan

SERVERS = tuple(server_catalog())
LIMITS = Limits(ready_s=120.0, cell_s=60.0, stop_s=30.0)
"""So patient that a machine that does much else fails no test."""

QUICK = Load(settle_s=0.01, warmup_s=0.1, duration_s=0.5, processes=1, connections="keep-alive")


def a_launch(
    server: str = "uvicorn", thread_limit: ThreadLimit = 3, workers: int = 1, loop: str = "", scenario: str = "sleep"
) -> Launch:
    """Return a launch on the loop that the server prefers, unless another one is named."""
    loop = loop or server_catalog()[server].loops[0]
    return Launch(
        scenario,
        server,
        thread_limit,
        workers,
        loop,
        delay_s=delay_of(scenario, 0.1),
        pool_size=pool_size_of(scenario, None),
        parameters=parameters_of(scenario, {}),
    )


def a_plan(*cells: Cell, blocks: int = 1, limits: Limits = LIMITS) -> Plan:
    """Return a plan that is measured quickly."""
    return plan(*cells, blocks=blocks, limits=limits, load=QUICK)


def as_planned(plan: Plan) -> Judge:
    """Return a judge that lets every planned block be measured."""
    return lambda: Course(plan.blocks)


@contextmanager
def running(
    launch: Launch, folder: Path, limits: Limits = LIMITS, given: Mapping[str, RunningService] | None = None
) -> Iterator[tuple[RunningServer, InForce]]:
    """Start a server and yield it once it is ready for all styles of its scenario; `given` services are not started."""
    with attended(launch, folder, limits, given) as (server, in_force, _):
        yield server, in_force


@contextmanager
def attended(
    launch: Launch, folder: Path, limits: Limits = LIMITS, given: Mapping[str, RunningService] | None = None
) -> Iterator[tuple[RunningServer, InForce, tuple[RunningService, ...]]]:
    """Start a server and its services, and yield them once the server is ready for all styles of its scenario."""
    with starting(launch, folder, limits, given) as (server, services):
        yield server, wait_until_ready(server, launch, limits, Stop()), services


@contextmanager
def starting(
    launch: Launch, folder: Path, limits: Limits = LIMITS, given: Mapping[str, RunningService] | None = None
) -> Iterator[tuple[RunningServer, tuple[RunningService, ...]]]:
    """Start a server and its services without waiting until the server is ready."""
    stop = Stop()
    with ServiceManager(folder, (), stop, given) as manager:
        services = manager.start_for(launch)
        known = scenario_catalog().get(launch.scenario)
        context = LaunchContext(
            styles=tuple(known.styles) if known else (),
            services={name: service.address for name, service in services.items()},
        )
        with start_server(launch, Variant(launch.server), limits, folder / "server.log", stop, context) as server:
            yield server, tuple(services.values())
