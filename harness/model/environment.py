"""Compare two environments, as far as journals describe them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that differs between two environments; a value is None if it is not known."""

    what: str
    before: Any
    now: Any


def list_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """Return the facts that differ; each distribution under `versions` is a fact of its own."""
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
