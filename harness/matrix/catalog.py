"""The servers and scenarios that this project has, one file each, and the parameters that scenarios take."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import TypeVar

import scenarios
import servers
from harness.model.axes import Catalog
from harness.model.plan import Launch
from harness.model.scenarios import BurstModel, Facts, ParameterFacts, ScenarioFacts, Shape, StyleFacts
from scenarios.kit import DELAY, POOL_SIZE, Crowd, Model, Parameter, Scenario, at_once, first_paragraph, in_waves
from servers.adapter import Server

Kind = TypeVar("Kind")

_SHAPES: Mapping[Model, Shape] = {at_once: Shape.AT_ONCE, in_waves: Shape.LIMIT_WAVES}


@cache
def server_catalog() -> dict[str, Server]:
    """Return every server by its name in the matrix, in alphabetical order."""
    return _load(servers, "server", Server)


@cache
def scenario_catalog() -> dict[str, Scenario]:
    """Return every scenario by its name in the matrix, in alphabetical order."""
    return _load(scenarios, "scenario", Scenario)


@cache
def read_facts() -> Facts:
    """Return the facts of all scenarios and servers."""
    catalog = scenario_catalog()
    return Facts(
        scenarios={name: _describe(name, scenario) for name, scenario in catalog.items()},
        models={
            (name, style_name): _adapt(style.model)
            for name, scenario in catalog.items()
            for style_name, style in scenario.styles.items()
            if style.model is not None
        },
        distributions={name: server.distribution for name, server in server_catalog().items()},
    )


def _describe(name: str, scenario: Scenario) -> ScenarioFacts:
    """Return a scenario in the words of its file; a model explains itself in the first paragraph of its docstring."""
    return ScenarioFacts(
        name=name,
        shows=scenario.shows,
        parameters=tuple(ParameterFacts(each.name, (), each.unit, each.says) for each in scenario.parameters),
        styles=tuple(
            StyleFacts(style_name, style.says, style.model and first_paragraph(style.model), style.using)
            for style_name, style in scenario.styles.items()
        ),
        reports=dict(scenario.reports),
    )


def _adapt(model: Model) -> BurstModel:
    """Return a model that takes the settings of a launch."""

    def expect_s(launch: Launch, requests: int, thread_limit: int, executor_threads: int) -> float:
        assert launch.delay_s is not None
        parameters = dict(launch.parameters)
        return model(Crowd(requests, thread_limit, executor_threads, launch.delay_s, launch.pool_size, parameters))

    return BurstModel(_SHAPES.get(model, Shape.OTHER), expect_s)


def axis_names(catalog: Catalog) -> Sequence[str]:
    """Return the names that an axis may have from a catalog."""
    match catalog:
        case Catalog.SERVERS:
            return list(server_catalog())
        case Catalog.SCENARIOS:
            return list(scenario_catalog())
        case Catalog.LOOPS:
            return sorted({loop for server in server_catalog().values() for loop in server.loops})
        case Catalog.STYLES:
            return sorted({style for scenario in scenario_catalog().values() for style in scenario.styles})


@cache
def other_parameters() -> dict[str, Parameter]:
    """Return the parameters of all scenarios that stand under the key `parameters`, by name."""
    return {
        parameter.name: parameter
        for scenario in scenario_catalog().values()
        for parameter in scenario.parameters
        if parameter.name not in (DELAY, POOL_SIZE)
    }


def takers(parameter: str) -> list[str]:
    """Return the scenarios that take a parameter."""
    return [name for name, scenario in scenario_catalog().items() if scenario.default(parameter) is not None]


def delay_of(scenario: str, asked_s: float | None) -> float | None:
    """Return the delay of a scenario in seconds, its default if none is asked for, None if it takes none."""
    default_s = _default(scenario, DELAY)
    return None if default_s is None else asked_s or default_s


def pool_size_of(scenario: str, asked: int | None) -> int | None:
    """Return the size of a scenario's pool, its default if none is asked for, None if it has no pool."""
    default = _default(scenario, POOL_SIZE)
    return None if default is None else asked or int(default)


def parameters_of(scenario: str, asked: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Return all other parameters of a scenario, each as asked for or its default."""
    known = scenario_catalog().get(scenario)
    return tuple(
        (each.name, asked.get(each.name, each.default))
        for each in (known.parameters if known else ())
        if each.name not in (DELAY, POOL_SIZE)
    )


def _default(scenario: str, parameter: str) -> float | None:
    """Return the default of a parameter, None if a scenario does not take it; an app of the user's takes none."""
    known = scenario_catalog().get(scenario)
    return known.default(parameter) if known else None


def _load(package: ModuleType, attribute: str, kind: type[Kind]) -> dict[str, Kind]:
    """Return the objects of one kind that the modules of a package hold under one name."""
    names = sorted(name for _, name, is_package in iter_modules(package.__path__) if not is_package)
    held = {
        name.replace("_", "-"): getattr(import_module(f"{package.__name__}.{name}"), attribute, None) for name in names
    }
    return {name: thing for name, thing in held.items() if isinstance(thing, kind)}
