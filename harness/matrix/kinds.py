"""The kinds of single values in a matrix file: each can be read from a node and described to an editor.

A kind's `read` gives the value, or None after noting what is wrong with the node.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from yaml.nodes import Node, ScalarNode

from harness.matrix.nodes import Problems, found, meaning_of, shown, unknown

Schema = dict[str, Any]

UNITS_US = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000}
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
    """A whole number with a unit, read as seconds; `why` says what is wrong with less than `least_s`."""

    least_s: float = 0.0
    why: str = ""

    def read(self, node: Node, problems: Problems) -> float | None:
        match = DURATION.fullmatch(node.value) if isinstance(node, ScalarNode) else None
        duration_s = int(match[1]) * UNITS_US[match[2]] / 1e6 if match else None
        if duration_s is None or duration_s > LONGEST_S:
            expected = "a duration such as 250us, 100ms, 2s or 1m, at most 60m"
            problems.add(node, f"expected {expected}, found {found(node)}")
            return None
        if duration_s < self.least_s:
            problems.add(node, f"{found(node)} is too short: {self.why}")
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
