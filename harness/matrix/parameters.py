"""The parameters of scenarios: what a matrix may say of them, and what is in force where it says nothing."""

from collections.abc import Mapping
from functools import cache

from harness.matrix.catalog import scenario_catalog
from harness.matrix.containers import Key, Keys
from harness.matrix.kinds import Duration, Whole
from scenarios.kit import DELAY, POOL_SIZE, Parameter

MOST = 2**30
"""The most that a parameter which is a number may be."""


@cache
def declared() -> dict[str, Parameter]:
    """The parameters of all scenarios by name; what is said of them stands under the key `parameters`."""
    return {
        parameter.name: parameter
        for scenario in scenario_catalog().values()
        for parameter in scenario.parameters
        if parameter.name not in (DELAY, POOL_SIZE)
    }


def parameter_keys() -> Keys:
    """What may stand under the key `parameters`."""
    return Keys({name: _key(parameter) for name, parameter in declared().items()})


def takers(parameter: str) -> list[str]:
    """The scenarios that take a parameter."""
    return [name for name, scenario in scenario_catalog().items() if scenario.default(parameter) is not None]


def delay_of(scenario: str, asked_s: float | None) -> float | None:
    """The delay of a scenario in seconds, its default where none is asked for, None where it takes none."""
    default_s = _default(scenario, DELAY)
    return None if default_s is None else asked_s or default_s


def pool_size_of(scenario: str, asked: int | None) -> int | None:
    """The size of a scenario's pool, its default where none is asked for, None where it has no pool."""
    default = _default(scenario, POOL_SIZE)
    return None if default is None else asked or int(default)


def parameters_of(scenario: str, asked: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """All other parameters of a scenario, each as asked for or by default."""
    return tuple(
        (each.name, asked.get(each.name, each.default))
        for each in (scenario_catalog()[scenario].parameters if scenario in scenario_catalog() else ())
        if each.name not in (DELAY, POOL_SIZE)
    )


def _default(scenario: str, parameter: str) -> float | None:
    """The default of a parameter, None where a scenario does not take it; an app of the user's takes none."""
    known = scenario_catalog().get(scenario)
    return known.default(parameter) if known else None


def _key(parameter: Parameter) -> Key:
    if parameter.unit == "s":
        ms = f"{parameter.default * 1000:g}ms"
        return Key(Duration(), parameter.says, (ms,), ms)
    default = int(parameter.default)
    return Key(Whole(1, MOST), f"{parameter.says} In {parameter.unit}.", (default,), default)
