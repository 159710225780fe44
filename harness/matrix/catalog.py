"""The servers and scenarios that there are: one file each, found by looking."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import TypeVar

import scenarios
import servers
from scenarios.kit import Scenario
from servers.adapter import Server

Kind = TypeVar("Kind")


@cache
def server_catalog() -> dict[str, Server]:
    """Every server by its name in the matrix, in alphabetical order."""
    return _find(servers, "server", Server)


@cache
def scenario_catalog() -> dict[str, Scenario]:
    """Every scenario by its name in the matrix, in alphabetical order."""
    return _find(scenarios, "scenario", Scenario)


def _find(package: ModuleType, attribute: str, kind: type[Kind]) -> dict[str, Kind]:
    """Whatever the modules of a package hold under one name, if it is of that kind."""
    names = sorted(name for _, name, is_package in iter_modules(package.__path__) if not is_package)
    held = {
        name.replace("_", "-"): getattr(import_module(f"{package.__name__}.{name}"), attribute, None) for name in names
    }
    return {name: thing for name, thing in held.items() if isinstance(thing, kind)}
