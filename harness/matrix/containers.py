"""The kinds of lists and mappings in a matrix file, made of other kinds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from harness.matrix.kinds import Kind, Schema, Text, Whole
from harness.matrix.nodes import Problems, Written, found, meaning_of, place_of, shown, unknown

Section = dict[str, Written]
"""A mapping of the file: what was written under each key."""


def value_of(section: Section, name: str) -> Any:
    """What a key was read as, None where it is not there or could not be read."""
    return section[name].value if name in section else None


@dataclass(frozen=True, slots=True)
class OneOrMany:
    """A value, or a list of different ones; read as a tuple either way."""

    kind: Kind

    def read(self, node: Node, problems: Problems) -> tuple[Written, ...] | None:
        items = node.value if isinstance(node, SequenceNode) else [node]
        if not items:
            problems.add(node, "expected at least one value, found an empty list")
            return None
        values = [self.kind.read(item, problems) for item in items]
        for number, (item, value) in enumerate(zip(items, values, strict=True)):
            if value is not None and value in values[:number]:
                problems.add(item, f"{shown(str(value))} is in the list already; name it once")
        if None in values or len(set(values)) < len(values):
            return None
        return tuple(Written(value, place_of(item)) for item, value in zip(items, values, strict=True))

    def schema(self) -> Schema:
        one = self.kind.schema()
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1, "uniqueItems": True}]}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list, perhaps empty."""

    kind: Kind

    def read(self, node: Node, problems: Problems) -> tuple[Written, ...] | None:
        if not isinstance(node, SequenceNode):
            problems.add(node, f"expected a list, found {found(node)}")
            return None
        items = [Written(self.kind.read(item, problems), place_of(item)) for item in node.value]
        return None if any(item.value is None for item in items) else tuple(items)

    def schema(self) -> Schema:
        return {"type": "array", "items": self.kind.schema()}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a mapping: its kind, what it means, and what counts where it is left out (as it would be written)."""

    kind: Kind
    says: str
    examples: tuple[Any, ...] = ()
    default: str | int | None = None

    def default_value(self) -> Any:
        """The default as it is read; None where there is none."""
        if self.default is None:
            return None
        node = yaml.compose(str(self.default), Loader=yaml.SafeLoader)
        assert node is not None
        return self.kind.read(node, Problems())

    def schema(self) -> Schema:
        described: Schema = {"description": self.says, **self.kind.schema()}
        if self.default is not None:
            described["default"] = self.default
        if self.examples:
            described["examples"] = list(self.examples)
        return described


@dataclass(frozen=True, slots=True)
class Keys:
    """A mapping with known keys, some of them required; an unknown one is kept, without a value, after a problem."""

    keys: Mapping[str, Key]
    required: tuple[str, ...] = ()
    may_be_empty: bool = True

    def read(self, node: Node, problems: Problems) -> Section | None:
        if not isinstance(node, MappingNode):
            problems.add(node, f"expected a mapping with keys such as {next(iter(self.keys))!r}, found {found(node)}")
            return None
        section: Section = {}
        for name, key_node, value_node in _pairs(node, Text(), problems):
            key = self.keys.get(name)
            if key is None:
                problems.add(key_node, unknown("key", name, self.keys))
            value = key.kind.read(value_node, problems) if key else None
            section[name] = Written(value, place_of(key_node))
        for name in self.required:
            if name not in section:
                problems.add(node, f"the key {name!r} is missing: {self.keys[name].says}")
        if not node.value and not self.may_be_empty:
            problems.add(node, f"expected at least one of {', '.join(self.keys)}, found none")
            return None
        return section

    def schema(self) -> Schema:
        return {
            "type": "object",
            "properties": {name: key.schema() for name, key in self.keys.items()},
            "additionalProperties": False,
            **({"required": list(self.required)} if self.required else {}),
            **({} if self.may_be_empty else {"minProperties": 1}),
        }


@dataclass(frozen=True, slots=True)
class Named:
    """A mapping whose keys are names that the author of the file makes up."""

    name: Kind
    kind: Kind

    def read(self, node: Node, problems: Problems) -> Section | None:
        if not isinstance(node, MappingNode):
            problems.add(node, f"expected a mapping, found {found(node)}")
            return None
        return {
            name: Written(self.kind.read(value_node, problems), place_of(key_node))
            for name, key_node, value_node in _pairs(node, self.name, problems)
        }

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": self.kind.schema()}


@dataclass(frozen=True, slots=True)
class Range:
    """A number, or a mapping of the fewest (`min`) and the most (`max`); read as these two either way."""

    kind: Whole
    says: tuple[str, str]

    def read(self, node: Node, problems: Problems) -> tuple[Any, Any] | None:
        if not isinstance(node, MappingNode):
            number = self.kind.read(node, problems)
            return None if number is None else (number, number)
        ends = self._ends().read(node, problems) or {}
        least, most = (ends[name].value if name in ends else None for name in ("min", "max"))
        if least is None or most is None:
            return None
        if least > most:
            problems.add(node, f"expected min to be at most max, found min {least} and max {most}")
            return None
        return least, most

    def schema(self) -> Schema:
        return {"anyOf": [self.kind.schema(), self._ends().schema()]}

    def _ends(self) -> Keys:
        least, most = (Key(self.kind, says) for says in self.says)
        return Keys({"min": least, "max": most}, required=("min", "max"))


@dataclass(frozen=True, slots=True)
class Advised:
    """A kind whose key has a namesake elsewhere: a node of a `mistaken` type is told where it belongs."""

    kind: Kind
    mistaken: tuple[type[Node], ...]
    advice: str

    def read(self, node: Node, problems: Problems) -> Any:
        if not isinstance(node, self.mistaken):
            return self.kind.read(node, problems)
        noted = Problems()
        self.kind.read(node, noted)
        for problem in noted:
            problems.add(problem.place, f"{problem.text}; {self.advice}")
        return None

    def schema(self) -> Schema:
        return self.kind.schema()


@dataclass(frozen=True, slots=True)
class Same:
    """A kind that the schema spells out elsewhere already."""

    kind: Kind
    at: str

    def read(self, node: Node, problems: Problems) -> Any:
        return self.kind.read(node, problems)

    def schema(self) -> Schema:
        return {"$ref": self.at}


def _pairs(node: MappingNode, kind: Kind, problems: Problems) -> Iterator[tuple[str, Node, Node]]:
    """The names, their nodes and the nodes of their values, without keys that cannot be read or come again."""
    first: dict[str, int] = {}
    for key_node, value_node in node.value:
        if isinstance(key_node, ScalarNode) and meaning_of(key_node) == "a merge key":
            problems.add(key_node, "expected a key, found the merge key '<<'; write the keys out")
            continue
        name = kind.read(key_node, problems)
        if name in first:
            problems.add(key_node, f"the key {shown(name)} was given on line {first[name]} already; keep one of them")
        elif name is not None:
            first[name] = place_of(key_node).line
            yield name, key_node, value_node
