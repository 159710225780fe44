"""Find what sets two runs apart besides their figures: what forbids a ratio between them, and what else has changed."""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from harness.analysis.tally import Tally
from harness.model.journal import Change, list_changes
from harness.model.plan import Cell, Plan

_DECISIVE = ("host", "cpu", "implementation", "python")


def find_decisive_changes(before: Tally, after: Tally) -> list[Change]:
    """Return what keeps two runs from being put into one ratio: other or unknown hosts, other Pythons or methods."""
    facts, others = (
        {**{fact: tally.header.environment.get(fact) for fact in _DECISIVE}, "method": tally.header.method}
        for tally in (before, after)
    )
    found = list_changes(facts, others)
    if facts["host"] is None and others["host"] is None:
        # That neither run knows its host does not make it the same one.
        found.insert(0, Change("host", None, None))
    return found


def find_changes(before: Tally, after: Tally, shared: Iterable[Cell]) -> tuple[Change, ...]:
    """Return what has changed around shared cells: machine, software, settings, and what was read back."""
    launches = dict.fromkeys(cell.launch for cell in shared)
    servers = dict.fromkeys(launch.server for launch in launches)
    found = [
        *list_changes(*_shared_environments(before, after)),
        *list_changes(asdict(before.plan.load), asdict(after.plan.load)),
        *list_changes(_commands(before.plan, servers), _commands(after.plan, servers)),
    ]
    settings = tuple(found)
    for launch in launches:
        in_force, in_force_after = before.starts[launch].in_force, after.starts[launch].in_force
        if in_force and in_force_after:
            for change in list_changes(asdict(in_force[0]), asdict(in_force_after[0])):
                named = replace(change, what=f"{launch.server}: {change.what}")
                if change not in settings and named not in found:
                    found.append(named)
    return tuple(found)


def _shared_environments(before: Tally, after: Tally) -> Iterator[dict[str, Any]]:
    """Yield both environments, without versions that only one of them lists: it has servers that the other has not."""
    environments = (before.header.environment, after.header.environment)
    versions: list[Mapping[str, Any]] = [environment.get("versions") or {} for environment in environments]
    for environment, listed in zip(environments, versions, strict=True):
        shared = {name: version for name, version in listed.items() if all(name in each for each in versions)}
        yield {**environment, "versions": shared}


def _commands(plan: Plan, servers: Iterable[str]) -> dict[str, str]:
    """Return what each of these names stands for in a plan, as a shell would have it."""
    variants = {name: plan.variants[name] for name in servers}
    return {
        name: shlex.join([*(f"{key}={value}" for key, value in (each.env or {}).items()), each.server, *each.args])
        for name, each in variants.items()
    }
