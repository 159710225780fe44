"""Find the changes from one run to another: in machine, software, settings, and facts read back from servers."""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from harness.analysis.tally import Tally
from harness.model.journal import Change, list_changes
from harness.model.plan import Cell, Plan

_DECISIVE = ("host", "cpu", "implementation", "python")
"""The facts of an environment that two runs must share to be put into one ratio."""


def find_decisive_changes(before: Tally, after: Tally) -> tuple[Change, ...]:
    """Return the changes that rule out a ratio of two runs: other or unknown hosts, other Pythons or methods."""
    facts, others = (
        {**{fact: tally.header.environment.get(fact) for fact in _DECISIVE}, "method": tally.header.method}
        for tally in (before, after)
    )
    # That neither run knows its host does not make it the same one.
    unknown = [Change("host", None, None)] if facts["host"] is None and others["host"] is None else []
    return (*unknown, *list_changes(facts, others))


def find_changes(before: Tally, after: Tally, shared: Iterable[Cell]) -> tuple[Change, ...]:
    """Return all changes around shared cells: machine, software, settings, and facts read back from the servers."""
    launches = dict.fromkeys(cell.launch for cell in shared)
    servers = dict.fromkeys(launch.server for launch in launches)
    settings = [
        *list_changes(*_list_environments(before, after)),
        *list_changes(asdict(before.plan.load), asdict(after.plan.load)),
        *list_changes(_list_commands(before.plan, servers), _list_commands(after.plan, servers)),
    ]
    found = list(settings)
    for launch in launches:
        for one, other in zip(before.starts[launch].in_force[:1], after.starts[launch].in_force[:1], strict=False):
            changes = [change for change in list_changes(asdict(one), asdict(other)) if change not in settings]
            named = [replace(change, what=f"{launch.server}: {change.what}") for change in changes]
            found += [change for change in named if change not in found]
    return tuple(found)


def _list_environments(before: Tally, after: Tally) -> Iterator[dict[str, Any]]:
    """Yield both environments, without versions that only one of them lists: it has servers that the other has not."""
    environments = (before.header.environment, after.header.environment)
    versions: list[Mapping[str, Any]] = [environment.get("versions") or {} for environment in environments]
    for environment, listed in zip(environments, versions, strict=True):
        shared = {name: version for name, version in listed.items() if all(name in each for each in versions)}
        yield {**environment, "versions": shared}


def _list_commands(plan: Plan, servers: Iterable[str]) -> dict[str, str]:
    """Return the shell command behind each of these server names of a plan."""
    variants = {name: plan.variants[name] for name in servers}
    return {
        name: shlex.join([*(f"{key}={value}" for key, value in (each.env or {}).items()), each.server, *each.args])
        for name, each in variants.items()
    }
