"""From a matrix file to the plan of a run, or to everything that stands in its way."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from harness.matrix import database, source
from harness.matrix.apps import distributions, for_pip, option_and_place
from harness.matrix.catalog import scenario_catalog, server_catalog
from harness.matrix.cells import Asked, find_cells
from harness.matrix.control import SUFFIX, repeat_baseline
from harness.matrix.forecast import cell_s
from harness.matrix.positions import Problem, Problems, quote, suggest, unknown
from harness.matrix.reader import Settings, read_settings
from harness.matrix.thresholds import plan_thresholds
from harness.model.apps import OwnApp, OwnEndpoint
from harness.model.axes import BY_NAME, MATRIX_AXES
from harness.model.errors import InputError
from harness.model.executors import executor_of
from harness.model.outcomes import Status
from harness.model.plan import Cell, Limits, Load, Pair, Plan, Refusal, Variant
from harness.model.secrets import not_set


@cache
def is_installed(name: str) -> bool:
    """Return whether a distribution is installed next to the harness, where servers run."""
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Here:
    """What this machine has: whether a distribution is installed, and the variables of the environment."""

    installed: Callable[[str], bool]
    environment: Mapping[str, str]


def make_plan(
    path: Path,
    profile: str | None = None,
    only: Sequence[str] = (),
    installed: Callable[[str], bool] = is_installed,
    environment: Mapping[str, str] = os.environ,
) -> Plan:
    """Read a matrix file and plan its run, with one of its profiles or none, and only the cells that are asked for.

    `installed` tells whether a distribution is there, `environment` has the variables that requests take. Raises
    InputError with a line for each problem. All profiles are checked, whichever is asked for.
    """
    text = source.read_text(path)
    problems = Problems()
    layers = read_settings(source.compose(path, text, problems), path.parent, problems)
    asked: dict[str | None, Asked] = {}
    for name, settings in layers.items():
        found = Problems()
        asked[name] = find_cells(settings, found)
        # A problem that is there without the profile, too, is told without it.
        suffix = "" if name is None else f" (with profile {quote(name)})"
        new = set(found).difference(problems)
        problems.extend(Problem(problem.place, problem.text + suffix) for problem in found if problem in new)
    problems.raise_any(path)
    if profile not in asked:
        raise InputError(f"--profile: {unknown('profile', str(profile), (name for name in asked if name))}")
    return _plan(asked[profile], text, profile, only, Here(installed, environment))


def _plan(asked: Asked, text: str, profile: str | None, only: Sequence[str], here: Here) -> Plan:
    settings, keys = asked.settings, asked.settings.keys
    limits = Limits(ready_s=keys.ready_timeout, cell_s=keys.deadline, stop_s=keys.stop_timeout)
    load = Load(
        settle_s=keys.settle,
        warmup_s=keys.warmup,
        duration_s=keys.duration,
        processes=keys.client.processes,
        connections=keys.client.connections,
    )
    cells = narrow(asked.cells, only)
    measured, refused = _sort_out(cells, settings, load, limits, here)
    comparisons = _comparisons(asked, measured)
    repeated, controls = repeat_baseline(measured, settings.baseline)
    fewest, most = keys.blocks
    return Plan(
        title=keys.title,
        cells=(*measured, *repeated),
        refusals=tuple(refused),
        # With nothing left to decide, there is no reason to go on.
        blocks=most if comparisons else fewest,
        min_blocks=fewest,
        seed=keys.seed,
        limits=limits,
        load=load,
        variants=_used_variants(cells, repeated, settings.variants),
        practical_difference=keys.practical_difference,
        baseline=settings.baseline,
        controls=controls,
        comparisons=comparisons,
        thresholds=plan_thresholds(keys.thresholds, measured, comparisons),
        profile=profile,
        only=tuple(only),
        matrix=text,
        uncompared=len(asked.compared) - len(comparisons),
        apps=_used_apps(cells, settings.apps),
        database=settings.keys.database,
    )


def requirements(plan: Plan) -> list[str]:
    """Return what pip has to install for every server and style of a plan, whether or not it can be measured."""
    servers = {each for variant in plan.variants.values() for each in server_catalog()[variant.server].requires}
    cells = [*plan.cells, *(refusal.cell for refusal in plan.refusals)]
    named = {(cell.launch.scenario, cell.style) for cell in cells}
    asked_for = [needs(scenario, style, plan.apps) for scenario, style in named]
    asked_for += [services_need(scenario, plan.database, os.environ) for scenario, _ in named]
    return sorted(servers.union(*(map(for_pip, each) for each in asked_for)))


def needs(scenario: str, style: str, apps: Mapping[str, OwnApp]) -> tuple[str, ...]:
    """Return what pip has to install for a style of a scenario, or for one of the user's own apps."""
    if scenario in apps:
        return apps[scenario].requires
    known = scenario_catalog()[scenario]
    return (*known.requires, *(known.styles[style].requires if style in known.styles else ()))


def services_need(scenario: str, database_url: str | None, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return what pip has to install for what the harness starts next to a scenario."""
    is_private = database.needs_postgres(scenario) and database.find_url_template(database_url, environment) is None
    return database.PRIVATE_REQUIRES if is_private else ()


def narrow(cells: Sequence[Cell], only: Sequence[str]) -> Sequence[Cell]:
    """Return the cells that agree with every `axis=value,...` of `--only`; several of the same axis add up."""
    if not only:
        return cells
    axes = [axis.name for axis in MATRIX_AXES]
    wanted: dict[str, set[str]] = {}
    problems: list[str] = []
    for condition in only:
        name, equals, values = condition.partition("=")
        if not equals or name not in axes:
            problem = unknown("axis", name, axes) if equals else f"expected axis=value, found {quote(condition)}"
            problems.append(f"--only: {problem}")
            continue
        there = {str(value): None for cell in cells if (value := BY_NAME[name].value(cell)) is not None}
        for value in values.split(","):
            if value not in there:
                problems.append(f"--only: no cell has {name} {quote(value)}; {suggest(value, there)}")
            wanted.setdefault(name, set()).add(value)
    chosen = [
        cell for cell in cells if all(str(BY_NAME[name].value(cell)) in values for name, values in wanted.items())
    ]
    if not problems and not chosen:
        problems.append(f"--only: no cell agrees with all of {' '.join(only)}; ask for less at a time")
    if problems:
        raise InputError("\n".join(problems))
    return chosen


def _not_installed(missing: Iterable[str], needed: Iterable[str]) -> str:
    several = tuple(missing)
    wanted = " ".join(each if option_and_place(each)[0] else f'"{each}"' for each in needed)
    are = "is" if len(several) == 1 else "are"
    return f"{' and '.join(several)} {are} not installed; python -m pip install {wanted}"


def _comparisons(asked: Asked, measured: Sequence[Cell]) -> tuple[Pair, ...]:
    """Return the pairs whose sides are both measured, by the indexes of their cells."""
    indexes = {cell: index for index, cell in enumerate(measured)} if asked.compared else {}
    sides = ((indexes.get(asked.cells[first]), indexes.get(asked.cells[second])) for first, second in asked.compared)
    return tuple(Pair(cell, against) for cell, against in sides if cell is not None and against is not None)


def _used_apps(cells: Iterable[Cell], apps: Mapping[str, OwnApp]) -> dict[str, OwnApp]:
    """Return the apps that cells ask."""
    names = dict.fromkeys(cell.launch.scenario for cell in cells)
    return {name: apps[name] for name in names if name in apps}


def _used_variants(
    cells: Iterable[Cell], repeated: Iterable[Cell], variants: Mapping[str, Variant]
) -> dict[str, Variant]:
    """Return the servers of all cells by their names; one of the A/A control is the one that it repeats."""
    names = dict.fromkeys(cell.launch.server for cell in cells)
    again = dict.fromkeys(cell.launch.server for cell in repeated)
    return {name: variants[name.removesuffix(SUFFIX)] for name in (*names, *again)}


def _sort_out(
    cells: Iterable[Cell], settings: Settings, load: Load, limits: Limits, here: Here
) -> tuple[list[Cell], list[Refusal]]:
    """Return the cells that can be measured, and those that cannot, with the reason."""
    apps, variants, styles = settings.apps, settings.variants, settings.styles

    @cache
    def unsupported(scenario: str, style: str, name: str, workers: int, loop: str) -> str | None:
        if style not in styles[scenario]:
            return f"scenario {scenario} has no style {style}; it has {', '.join(styles[scenario])}"
        server = server_catalog()[variants[name].server]
        if not here.installed(server.distribution):
            return _not_installed((server.distribution,), server.requires)
        needed = needs(scenario, style, apps) + services_need(scenario, settings.keys.database, here.environment)
        if missing := [each for each in distributions(needed) if not here.installed(each)]:
            return _not_installed(missing, needed)
        own = (
            database.find_url_template(settings.keys.database, here.environment)
            if database.needs_postgres(scenario)
            else None
        )
        if own and (trouble := database.find_url_problem(own, here.environment)):
            return trouble
        if scenario in apps and (unset := _unset_variables(apps[scenario].endpoints[style], here.environment)):
            return unset
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
    return measured, refused


def _cannot_offer(cell: Cell, load: Load) -> str | None:
    """Return why a client cannot offer the load of a cell, or None if it can."""
    if not executor_of(cell).is_open_loop:
        return None
    if cell.client != "engine":
        return f"client {cell.client} connects when it likes, so it cannot keep an open loop; use client engine"
    if load.connections == "per-request":
        return "an open loop opens no connection inside its window; use `connections: keep-alive`"
    return None


def _unset_variables(endpoint: OwnEndpoint, environment: Mapping[str, str]) -> str | None:
    """Return which variables a request takes that the environment does not have, or None if it has them all."""
    missing = not_set(endpoint.variables, environment)
    return f"its request takes {missing}" if missing else None


def _too_long(cell: Cell, load: Load, limits: Limits) -> str | None:
    """Return why a cell would take longer than a cell may, or None if it would not."""
    predicted_s, deadline_s = cell_s(cell, load), limits.cell_s
    if predicted_s <= deadline_s:
        return None
    shorten = "shorten `duration`, " if executor_of(cell).has_window else ""
    reason = f"should take {predicted_s:.2f} s, beyond the deadline of {deadline_s:g} s"
    return f"{reason}; raise `deadline`, {shorten}lower the concurrency or exclude it"
