"""The kinds of values that a matrix file is made of: each can be read from a node and described to an editor.

A kind's `read` gives the value, or None after noting what is wrong with the node.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from harness.matrix.nodes import Problems, Written, found, meaning_of, place_of, shown, unknown

Schema = dict[str, Any]
Section = dict[str, Written]
"""A mapping of the file: what was written under each key."""

UNITS_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
DURATION = re.compile(r"([1-9][0-9]{0,5})(us|ms|s|m)")
LONGEST_S = 3600.0
SHARE = re.compile(r"((?:0|[1-9][0-9]?)(?:\.[0-9]{1,3})?)%")
DIGITS = re.compile(r"0|[1-9][0-9]*")
UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories that neither a line of a report nor an argument of a process can hold."""


class Kind(Protocol):
    """One kind of value."""

    def read(self, node: Node, problems: Problems) -> Any: ...

    def schema(self) -> Schema: ...


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number in plain decimal digits, or one word instead."""

    least: int
    most: int
    word: str | None = None

    def read(self, node: Node, problems: Problems) -> int | str | None:
        if isinstance(node, ScalarNode) and node.value == self.word:
            return self.word
        there_is = found(node)
        if isinstance(node, ScalarNode) and node.style is None and DIGITS.fullmatch(node.value):
            there_is = shown(node.value)
            # The length first: Python refuses to turn endless digits into a number.
            if len(node.value) <= len(str(self.most)) and self.least <= int(node.value) <= self.most:
                return int(node.value)
        alternative = f" or {self.word!r}" if self.word else ""
        expected = f"a whole number from {self.least} to {self.most} in plain digits{alternative}"
        problems.add(node, f"expected {expected}, found {there_is}")
        return None

    def schema(self) -> Schema:
        number = {"type": "integer", "minimum": self.least, "maximum": self.most}
        return {"anyOf": [number, {"const": self.word}]} if self.word else number


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; `refusal` says what is wrong with it, or None where nothing is."""

    refusal: Callable[[str], str | None] | None = None

    def read(self, node: Node, problems: Problems) -> str | None:
        if not isinstance(node, ScalarNode):
            problems.add(node, f"expected text, found {found(node)}")
            return None
        meaning = meaning_of(node)
        text: str = node.value
        if meaning == "nothing" or not text.strip():
            problems.add(node, "expected text, found nothing; write it, or leave the key out")
        elif meaning:
            problems.add(node, f"expected text, found {found(node)}; put it in quotes to make it text")
        elif any(unicodedata.category(character) in UNSEEN for character in text):
            problems.add(node, f"expected text on one line without control characters, found {shown(text)}")
        elif self.refusal and (refusal := self.refusal(text)):
            problems.add(node, refusal)
        else:
            return text
        return None

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class Name:
    """One of the names that there are; an open one may be known to the rest of the file only, and is checked later."""

    what: str
    names: tuple[str, ...]
    is_open: bool = False

    def read(self, node: Node, problems: Problems) -> str | None:
        if isinstance(node, ScalarNode) and meaning_of(node) is None and node.value:
            name = Text().read(node, problems)
            if name is None or self.is_open or name in self.names:
                return name
            problems.add(node, unknown(self.what, name, self.names))
            return None
        problems.add(node, f"expected {' or '.join(self.names)}, found {found(node)}")
        return None

    def schema(self) -> Schema:
        names = {"enum": list(self.names)}
        return {"anyOf": [names, Text().schema()]} if self.is_open else names


@dataclass(frozen=True, slots=True)
class Duration:
    """A whole number with a unit, read as seconds."""

    def read(self, node: Node, problems: Problems) -> float | None:
        match = DURATION.fullmatch(node.value) if isinstance(node, ScalarNode) else None
        duration_s = int(match[1]) * UNITS_S[match[2]] if match else None
        if duration_s is None or duration_s > LONGEST_S:
            expected = "a duration such as 250us, 100ms, 2s or 1m, at most 60m"
            problems.add(node, f"expected {expected}, found {found(node)}")
            return None
        return duration_s

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{DURATION.pattern}$"}


@dataclass(frozen=True, slots=True)
class Share:
    """A percentage between 0% and 100%, read as a fraction of 1."""

    def read(self, node: Node, problems: Problems) -> float | None:
        match = SHARE.fullmatch(node.value) if isinstance(node, ScalarNode) else None
        if match is None or float(match[1]) == 0:
            problems.add(node, f"expected a share such as 5% or 2.5%, below 100%, found {found(node)}")
            return None
        return float(match[1]) / 100

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{SHARE.pattern}$"}


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
