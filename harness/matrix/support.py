"""Whether cells can be measured on this machine, and the requirements to install for them."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution

from harness.matrix import database
from harness.matrix.apps import distributions, for_pip, option_and_place
from harness.matrix.catalog import scenario_catalog, server_catalog
from harness.matrix.forecast import first_window_s
from harness.matrix.order import ALIVE
from harness.matrix.reader import Settings
from harness.model.apps import OwnApp
from harness.model.executors import executor_of
from harness.model.outcomes import Status
from harness.model.plan import Cell, Limits, Load, Plan, Refusal
from harness.model.secrets import not_set

MB = 2**20
WORKER_MB = 120
"""What a worker of a server with an ordinary app takes."""


@cache
def is_installed(name: str) -> bool:
    """Return whether a distribution is installed next to the harness, where servers run."""
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def fit_alive(cells: Iterable[Cell]) -> int:
    """Return how many launches may be alive at once: their workers together take a quarter of the memory at most."""
    workers = max((cell.launch.workers for cell in cells), default=1)
    memory_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / MB
    return max(1, min(ALIVE, int(memory_mb / 4 / (WORKER_MB * workers))))


def sort_out(
    cells: Iterable[Cell],
    settings: Settings,
    load: Load,
    limits: Limits,
    installed: Callable[[str], bool],
    environment: Mapping[str, str],
) -> tuple[list[Cell], tuple[Refusal, ...]]:
    """Return the cells that can be measured, and those that cannot, with the reason."""
    apps, variants, styles, url = settings.apps, settings.variants, settings.styles, settings.keys.database

    @cache
    def unsupported(scenario: str, style: str, name: str, workers: int, loop: str) -> str | None:
        if style not in styles[scenario]:
            return f"scenario {scenario} has no style {style}; it has {', '.join(styles[scenario])}"
        server = server_catalog()[variants[name].server]
        if not installed(server.distribution):
            return _not_installed([server.distribution], server.requires)
        needed = needs(scenario, style, apps) + services_need(scenario, url, environment)
        if missing := [each for each in distributions(needed) if not installed(each)]:
            return _not_installed(missing, needed)
        own = database.find_url_template(url, environment) if database.needs_postgres(scenario) else None
        if own and (trouble := database.find_url_problem(own, environment)):
            return trouble
        if scenario in apps and (unset := not_set(apps[scenario].endpoints[style].variables, environment)):
            return f"its request takes {unset}"
        return server.refusal(workers, loop)

    measured, refused = [], []
    for cell in cells:
        launch = cell.launch
        reason = unsupported(launch.scenario, cell.style, launch.server, launch.workers, launch.loop)
        if reason := reason or _cannot_offer(cell, load):
            refused.append(Refusal(cell, Status.UNSUPPORTED, reason))
        elif reason := _too_long(cell, load, limits):
            refused.append(Refusal(cell, Status.SKIPPED, reason))
        else:
            measured.append(cell)
    return measured, tuple(refused)


def requirements(plan: Plan) -> list[str]:
    """Return the requirements of every server and style of a plan, whether or not it can be measured, for pip."""
    servers = {each for variant in plan.variants.values() for each in server_catalog()[variant.server].requires}
    cells = [*plan.cells, *(refusal.cell for refusal in plan.refusals)]
    named = {(cell.launch.scenario, cell.style) for cell in cells}
    asked_for = [needs(scenario, style, plan.apps) for scenario, style in named]
    asked_for += [services_need(scenario, plan.database, os.environ) for scenario, _ in named]
    return sorted(servers.union(*(map(for_pip, each) for each in asked_for)))


def needs(scenario: str, style: str, apps: Mapping[str, OwnApp]) -> tuple[str, ...]:
    """Return the requirements of a style of a scenario, or of one of the user's own apps."""
    if scenario in apps:
        return apps[scenario].requires
    known = scenario_catalog()[scenario]
    return (*known.requires, *(known.styles[style].requires if style in known.styles else ()))


def services_need(scenario: str, database_url: str | None, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the requirements of the service that the harness starts next to a scenario."""
    is_private = database.needs_postgres(scenario) and database.find_url_template(database_url, environment) is None
    return database.PRIVATE_REQUIRES if is_private else ()


def _not_installed(missing: Sequence[str], needed: Iterable[str]) -> str:
    wanted = " ".join(each if option_and_place(each)[0] else f'"{each}"' for each in needed)
    are = "is" if len(missing) == 1 else "are"
    return f"{' and '.join(missing)} {are} not installed; python -m pip install {wanted}"


def _cannot_offer(cell: Cell, load: Load) -> str | None:
    """Return why a client cannot offer the load of a cell, or None if it can."""
    if not executor_of(cell).is_open_loop:
        return None
    if cell.client != "engine":
        return f"client {cell.client} connects when it likes, so it cannot keep an open loop; use client engine"
    if load.connections == "per-request":
        return "an open loop opens no connection inside its window; use `connections: keep-alive`"
    return None


def _too_long(cell: Cell, load: Load, limits: Limits) -> str | None:
    """Return why a cell would take longer than a cell may, or None if it would not."""
    predicted_s, deadline_s = first_window_s(cell, load), limits.cell_s
    if predicted_s <= deadline_s:
        return None
    shorten = "shorten `duration`, " if executor_of(cell).has_window else ""
    reason = f"should take {predicted_s:.2f} s, beyond the deadline of {deadline_s:g} s"
    return f"{reason}; raise `deadline`, {shorten}lower the concurrency or exclude it"
