"""What has changed from one environment to another, as far as journals describe them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that is not what it was; a value is None where it is not known."""

    what: str
    before: Any
    now: Any


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """Every fact that is not the same in both, where `versions` holds one for each distribution."""
    facts, others = _facts(before), _facts(now)
    return [
        Change(what, facts.get(what), others.get(what))
        for what in {**facts, **others}
        if facts.get(what) != others.get(what)
    ]


def _facts(environment: Mapping[str, Any]) -> dict[str, Any]:
    versions = environment.get("versions")
    if not isinstance(versions, Mapping):
        return dict(environment)
    return {**{what: value for what, value in environment.items() if what != "versions"}, **versions}
