"""Launches, cells and plans for tests, with little waiting in them."""

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

SERVERS = tuple(server_catalog())
LIMITS = Limits(ready_s=20.0, cell_s=20.0, stop_s=10.0)
LOAD = Load(settle_s=0.01, warmup_s=0.1, duration_s=0.5, processes=1, connections="keep-alive")


def a_launch(
    server: str = "uvicorn", thread_limit: ThreadLimit = 3, workers: int = 1, loop: str = "", scenario: str = "sleep"
) -> Launch:
    """A launch on the loop that the server prefers, unless another one is named."""
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


def a_cell(launch: Launch, style: str = "def", concurrency: int = 4, client: str = "engine") -> Cell:
    """A burst."""
    return Cell(launch, style, "burst", client, concurrency)


def a_plan(*cells: Cell, blocks: int = 1, limits: Limits = LIMITS) -> Plan:
    """A plan of these cells, every server under its own name."""
    return Plan(
        title="a plan",
        cells=cells,
        refusals=(),
        blocks=blocks,
        min_blocks=blocks,
        seed=1,
        limits=limits,
        load=LOAD,
        variants={cell.launch.server: Variant(cell.launch.server) for cell in cells},
        practical_difference=0.05,
        baseline={},
        controls=(),
        comparisons=(),
        thresholds=(),
        profile=None,
        only=(),
        matrix="",
    )


def as_planned(plan: Plan) -> Judge:
    """Measures what is planned, whatever comes of it."""
    return lambda: Course(plan.blocks)


@contextmanager
def running(
    launch: Launch, folder: Path, limits: Limits = LIMITS, given: Mapping[str, RunningService] | None = None
) -> Iterator[tuple[RunningServer, InForce]]:
    """A server that has got ready, for all styles of its scenario; services that are `given` are not started."""
    with attended(launch, folder, limits, given) as (server, in_force, _):
        yield server, in_force


@contextmanager
def attended(
    launch: Launch, folder: Path, limits: Limits = LIMITS, given: Mapping[str, RunningService] | None = None
) -> Iterator[tuple[RunningServer, InForce, tuple[RunningService, ...]]]:
    """A server that has got ready, for all styles of its scenario, and the services beside it."""
    stop = Stop()
    with ServiceManager(folder, (), stop, given) as services:
        beside = services.start_for(launch)
        known = scenario_catalog().get(launch.scenario)
        around = LaunchContext(
            styles=tuple(known.styles) if known else (),
            services={name: service.address for name, service in beside.items()},
        )
        with start_server(launch, Variant(launch.server), limits, folder / "server.log", stop, around) as server:
            yield server, wait_until_ready(server, launch, limits, stop), tuple(beside.values())
