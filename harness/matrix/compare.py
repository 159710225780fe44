"""What an entry of `compare` may say: one axis, some of its values, and what they are held against."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from yaml.nodes import Node, ScalarNode

from harness.matrix.axes import AXES, axes, one_value_each
from harness.matrix.containers import Key, Keys, OneOrMany, Same, Section
from harness.matrix.kinds import Kind, Schema
from harness.matrix.nodes import Problems, Written, place_of, shown
from harness.matrix.reserved import ALL, BASELINE

_VALUE = "#/properties/baseline/properties/{}"


@dataclass(frozen=True, slots=True)
class Comparing:
    """An entry as it was read: values of one axis, None for all, `against` a value of it or the baseline."""

    axis: str
    values: tuple[Written, ...] | None
    against: Written
    where: Section

    def named(self, axis: str) -> Iterator[Written]:
        """Every value that the entry names for an axis."""
        if axis == self.axis:
            yield from self.values or ()
            if self.against.value != BASELINE:
                yield self.against
        if axis in self.where:
            yield from self.where[axis].value


@dataclass(frozen=True, slots=True)
class _Entry:
    """The kind of an entry: exactly one axis, perhaps `against`, perhaps `where`."""

    keys: Keys

    def read(self, node: Node, problems: Problems) -> Comparing | None:
        section = self.keys.read(node, problems)
        if section is None:
            return None
        compared = [name for name in section if name in AXES]
        if len(compared) != 1 and section.keys() <= self.keys.keys.keys():
            there_are = " and ".join(compared) or "none"
            problems.add(node, f"expected one axis that is compared, such as `server: all`, found {there_are}")
        where = (section["where"].value or {}) if "where" in section else {}
        told = [*section.values(), *where.values()]
        if len(compared) != 1 or any(written.value is None for written in told):
            return None
        return _comparing(compared[0], section, node, problems)

    def schema(self) -> Schema:
        return self.keys.schema()


@dataclass(frozen=True, slots=True)
class _AllOr:
    """A kind of values, or the word for all of them."""

    kind: Kind

    def read(self, node: Node, problems: Problems) -> Any:
        return ALL if isinstance(node, ScalarNode) and node.value == ALL else self.kind.read(node, problems)

    def schema(self) -> Schema:
        return {"anyOf": [{"const": ALL}, self.kind.schema()]}


@dataclass(frozen=True, slots=True)
class _AsWritten:
    """A node that is read later, since what it may hold depends on the keys beside it."""

    def read(self, node: Node, _: Problems) -> Node:
        return node

    def schema(self) -> Schema:
        return {"type": ["string", "integer"]}


@cache
def entry() -> Kind:
    """What an entry may say."""
    several = {name: OneOrMany(Same(key.kind, _VALUE.format(name))) for name, key in one_value_each().items()}
    compared = {
        name: Key(
            _AllOr(kind),
            f"Compares {name}: two values, the first against the second, or with `against` one, several or `all`.",
        )
        for name, kind in several.items()
    }
    where = {name: Key(kind, axes()[name].says) for name, kind in several.items()}
    return _Entry(
        Keys(
            {
                **compared,
                "against": Key(
                    _AsWritten(),
                    "The value that the others are held against; `baseline` is the one that the baseline has, and only "
                    "cells count that agree with the baseline in its other axes.",
                    ("baseline", "uvicorn"),
                ),
                "where": Key(
                    Keys(where, may_be_empty=False),
                    "Compares only cells that agree with this in each of its axes.",
                    ({"style": "def", "concurrency": [40, 41]},),
                ),
            },
            may_be_empty=False,
        )
    )


def _comparing(axis: str, section: Section, node: Node, problems: Problems) -> Comparing | None:
    """An entry that compares this axis, where its parts go together."""
    values = None if section[axis].value == ALL else section[axis].value
    where = section["where"].value if "where" in section else {}
    if axis in where:
        problems.add(where[axis].place, f"{axis} is what is compared; leave it out of `where`")
        return None
    if "against" not in section:
        match values:
            case (first, second):
                return Comparing(axis, (first,), second, where)
        found = ALL if values is None else len(values)
        advice = f"name two, or write `against`: a value of {axis}, or {BASELINE}"
        problems.add(node, f"expected two values of {axis} to hold against each other, found {found}; {advice}")
        return None
    told: Node = section["against"].value
    is_baseline = isinstance(told, ScalarNode) and told.value == BASELINE
    against = BASELINE if is_baseline else one_value_each()[axis].kind.read(told, problems)
    if against in [value.value for value in values or ()]:
        problems.add(told, f"{axis} {shown(str(against))} would be held against itself; take it out of one of the two")
        return None
    return None if against is None else Comparing(axis, values, Written(against, place_of(told)), where)
