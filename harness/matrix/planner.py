"""From a matrix file to the plan of a run, or to everything that stands in its way."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from harness.matrix import database, executors, reader, source, thresholds
from harness.matrix.axes import Combination, combination_of
from harness.matrix.catalog import scenario_catalog, server_catalog
from harness.matrix.control import SUFFIX, repetitions
from harness.matrix.forecast import cell_s
from harness.matrix.nodes import Problems, unknown
from harness.matrix.only import narrowed
from harness.matrix.parameters import delay_of, parameters_of
from harness.matrix.places import distributions, for_pip, option_and_place
from harness.matrix.reader import Settings
from harness.matrix.span import Span, span
from harness.model.apps import OwnApp, OwnEndpoint
from harness.model.errors import InputError
from harness.model.outcomes import Status
from harness.model.plan import STEADY, Cell, Launch, Pair, Plan, Refusal, Variant
from harness.model.secrets import not_set


@cache
def is_installed(name: str) -> bool:
    """Whether a distribution is installed beside the harness, which is where servers run."""
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Here:
    """What there is on this machine: whether a distribution is installed, and the variables of the environment."""

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
    InputError with a line for each problem: the whole file counts, so problems of a profile that is not asked for are
    problems, too.
    """
    text = source.read_text(path)
    problems = Problems()
    layers = reader.read(source.compose(path, text, problems), path.parent, problems)
    spans = {name: span(layers, name, problems) for name in (None, *layers.profiles)}
    problems.raise_any(path)
    if profile not in spans:
        raise InputError(f"--profile: {unknown('profile', str(profile), layers.profiles)}")
    asked = spans[profile]
    settings = asked.settings
    cells = narrowed(list(_cells(asked.combinations, settings)), only)
    measured, refused = _sorted_out(cells, asked, Here(installed, environment))
    places = {combination_of(cell): place for place, cell in enumerate(measured)}
    comparisons = _comparisons(asked, places)
    repeated, controls = repetitions(measured, places, settings.baseline)
    return Plan(
        title=settings.title,
        cells=(*measured, *repeated),
        refusals=tuple(refused),
        # Where nothing is left to be decided, there is nothing to go on for.
        blocks=settings.blocks if comparisons else settings.min_blocks,
        min_blocks=settings.min_blocks,
        seed=settings.seed,
        limits=settings.limits,
        load=settings.load,
        variants=_variants(cells, repeated, asked.variants),
        practical_difference=settings.practical_difference,
        baseline=settings.baseline,
        controls=controls,
        comparisons=comparisons,
        thresholds=thresholds.planned(settings.thresholds, places, comparisons),
        profile=profile,
        only=tuple(only),
        matrix=text,
        uncompared=len(asked.compared) - len(comparisons),
        apps=_apps(cells, settings.apps),
        database=settings.database,
    )


def requirements(plan: Plan) -> list[str]:
    """What pip has to install for every server and style that the plan names, whether or not it can be measured."""
    servers = {each for variant in plan.variants.values() for each in server_catalog()[variant.server].requires}
    cells = [*plan.cells, *(refusal.cell for refusal in plan.refusals)]
    named = {(cell.launch.scenario, cell.style) for cell in cells}
    asked_for = [needs(scenario, style, plan.apps) for scenario, style in named]
    asked_for += [services_need(scenario, plan.database, os.environ) for scenario, _ in named]
    return sorted(servers.union(*(map(for_pip, each) for each in asked_for)))


def needs(scenario: str, style: str, apps: Mapping[str, OwnApp]) -> tuple[str, ...]:
    """What pip has to install for a style of a scenario, or for one of the user's own apps."""
    if scenario in apps:
        return apps[scenario].requires
    known = scenario_catalog()[scenario]
    return (*known.requires, *(known.styles[style].requires if style in known.styles else ()))


def services_need(scenario: str, database_url: str | None, environment: Mapping[str, str]) -> tuple[str, ...]:
    """What pip has to install for what the harness starts beside a scenario."""
    is_private = database.uses_one(scenario) and database.template_of(database_url, environment) is None
    return database.PRIVATE_REQUIRES if is_private else ()


def _not_installed(missing: Iterable[str], needed: Iterable[str]) -> str:
    several = tuple(missing)
    wanted = " ".join(each if option_and_place(each)[0] else f'"{each}"' for each in needed)
    are = "is" if len(several) == 1 else "are"
    return f"{' and '.join(several)} {are} not installed; python -m pip install {wanted}"


def _comparisons(asked: Span, places: Mapping[Combination, int]) -> tuple[Pair, ...]:
    """The pairs whose sides are both measured, by the places of their cells."""
    measured = [places.get(combination) for combination in asked.combinations] if asked.compared else []
    sides = ((measured[first], measured[second]) for first, second in asked.compared)
    return tuple(Pair(cell, against) for cell, against in sides if cell is not None and against is not None)


def _apps(cells: Iterable[Cell], apps: Mapping[str, OwnApp]) -> dict[str, OwnApp]:
    """The apps that cells ask."""
    named = dict.fromkeys(cell.launch.scenario for cell in cells)
    return {name: apps[name] for name in named if name in apps}


def _variants(cells: Iterable[Cell], repeated: Iterable[Cell], variants: Mapping[str, Variant]) -> dict[str, Variant]:
    """The servers of all cells by their names; one of the A/A control is the one that it repeats."""
    named = dict.fromkeys(cell.launch.server for cell in cells)
    again = dict.fromkeys(cell.launch.server for cell in repeated)
    return {name: variants[name.removesuffix(SUFFIX)] for name in (*named, *again)}


def _cells(combinations: Iterable[Combination], settings: Settings) -> Iterator[Cell]:
    """A cell for each combination; cells of the same launch share it."""

    @cache
    def launch(of_launch: tuple[Any, ...]) -> Launch:
        scenario, server, thread_limit, workers, loop, pool_size = of_launch
        return Launch(
            scenario=scenario,
            server=server,
            thread_limit=thread_limit,
            workers=workers,
            loop=loop,
            delay_s=delay_of(scenario, settings.delay_s),
            pool_size=pool_size,
            parameters=parameters_of(scenario, settings.parameters),
        )

    for *of_launch, client, style, concurrency, rate in combinations:
        yield Cell(launch(tuple(of_launch)), style, settings.executor, client, int(concurrency), rate)


def _sorted_out(cells: Iterable[Cell], asked: Span, here: Here) -> tuple[list[Cell], list[Refusal]]:
    """The cells that can be measured, and those that cannot, with the reason."""
    settings, apps = asked.settings, asked.settings.apps

    @cache
    def unsupported(scenario: str, style: str, name: str, workers: int, loop: str) -> str | None:
        styles = apps[scenario].endpoints if scenario in apps else scenario_catalog()[scenario].styles
        if style not in styles:
            return f"scenario {scenario} has no style {style}; it has {', '.join(styles)}"
        server = server_catalog()[asked.variants[name].server]
        if not here.installed(server.distribution):
            return _not_installed((server.distribution,), server.requires)
        needed = needs(scenario, style, apps) + services_need(scenario, settings.database, here.environment)
        if missing := [each for each in distributions(needed) if not here.installed(each)]:
            return _not_installed(missing, needed)
        own = database.template_of(settings.database, here.environment) if database.uses_one(scenario) else None
        if own and (trouble := database.trouble(own, here.environment)):
            return trouble
        if scenario in apps and (unset := _unset(apps[scenario].endpoints[style], here.environment)):
            return unset
        return server.refusal(workers, loop)

    measured, refused = [], []
    for cell in cells:
        launch = cell.launch
        reason = unsupported(launch.scenario, cell.style, launch.server, launch.workers, launch.loop)
        if reason := reason or executors.refusal(cell, settings.load):
            refused.append(Refusal(cell, Status.UNSUPPORTED, reason))
        elif reason := _too_long(cell, settings):
            refused.append(Refusal(cell, Status.SKIPPED, reason))
        else:
            measured.append(cell)
    return measured, refused


def _unset(endpoint: OwnEndpoint, environment: Mapping[str, str]) -> str | None:
    """Which variables a request takes that the environment does not have, or None where it has them all."""
    missing = not_set(endpoint.variables, environment)
    return f"its request takes {missing}" if missing else None


def _too_long(cell: Cell, settings: Settings) -> str | None:
    """Why a cell would take longer than a cell may, or None where it would not."""
    predicted_s, deadline_s = cell_s(cell, settings.load), settings.limits.cell_s
    if predicted_s <= deadline_s:
        return None
    shorten = "shorten `duration`, " if cell.executor in STEADY else ""
    reason = f"should take {predicted_s:.2f} s, beyond the deadline of {deadline_s:g} s"
    return f"{reason}; raise `deadline`, {shorten}lower the concurrency or exclude it"
