"""What sets two runs apart beside their figures: what forbids to put them into one ratio, and what else has changed."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from harness.analysis.tally import Tally
from harness.model.environment import Change, changes
from harness.model.plan import Cell, Launch, Plan

_DECISIVE = ("host", "cpu", "implementation", "python")


def decisive(before: Tally, now: Tally) -> list[Change]:
    """What keeps the figures of two runs from being put into one ratio: other hosts, or such as are not known,
    other Pythons or other methods.
    """
    one, other = (
        {**{fact: tally.header.environment.get(fact) for fact in _DECISIVE}, "method": tally.header.method}
        for tally in (before, now)
    )
    found = changes(one, other)
    if one["host"] is None and other["host"] is None:
        # That neither run knows its host does not make it the same one.
        found.insert(0, Change("host", None, None))
    return found


def changed(before: Tally, now: Tally, common: Iterable[Cell]) -> tuple[Change, ...]:
    """All that is not the same around these cells of both runs: machine, software, settings, and what was in force."""
    launches = list(dict.fromkeys(cell.launch for cell in common))
    servers = dict.fromkeys(launch.server for launch in launches)
    found = [
        *changes(*_environments(before, now)),
        *changes(asdict(before.plan.load), asdict(now.plan.load)),
        *changes(_commands(before.plan, servers), _commands(now.plan, servers)),
    ]
    return (*found, *_read_back(before, now, launches, found))


def _environments(before: Tally, now: Tally) -> Iterator[dict[str, Any]]:
    """Both environments, without the versions that only one of them lists: it has servers that the other has not."""
    one, other = before.header.environment, now.header.environment
    versions: tuple[Mapping[str, Any], ...] = (one.get("versions") or {}, other.get("versions") or {})
    for environment, listed in zip((one, other), versions, strict=True):
        shared = {name: version for name, version in listed.items() if all(name in each for each in versions)}
        yield {**environment, "versions": shared}


def _commands(plan: Plan, servers: Iterable[str]) -> dict[str, str]:
    """What each of these names stands for in a plan, as a shell would have it."""
    told = {}
    for name in servers:
        variant = plan.variants[name]
        settings = [f"{variable}={value}" for variable, value in (variant.env or {}).items()]
        told[name] = shlex.join([*settings, variant.server, *variant.args])
    return told


def _read_back(before: Tally, now: Tally, launches: Sequence[Launch], told: Sequence[Change]) -> list[Change]:
    """What servers said of themselves in one run and not in the other, each thing once."""
    found: list[Change] = []
    for launch in launches:
        one, other = before.starts[launch].in_force, now.starts[launch].in_force
        if one and other:
            for change in changes(asdict(one[0]), asdict(other[0])):
                named = replace(change, what=f"{launch.server}: {change.what}")
                if change not in told and named not in found:
                    found.append(named)
    return found
