"""The kind of JSON data in a matrix file: what YAML and JSON both read alike, and nothing else."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from yaml.nodes import Node, ScalarNode, SequenceNode

from harness.matrix.containers import Named
from harness.matrix.kinds import Schema, Text
from harness.matrix.nodes import Problems, found, meaning_of, shown

_WORDS = {"true": True, "false": False, "null": None}
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,15})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,15})\.[0-9]{1,16}")


@dataclass(frozen=True, slots=True)
class JsonData:
    """JSON data but for a bare `null`; `refusal` says what is wrong with a text in it, or None where nothing is."""

    refusal: Callable[[str], str | None] | None = None

    def read(self, node: Node, problems: Problems) -> Any:
        noted = Problems()
        data = self.nested(node, noted)
        if data is None and not list(noted):
            noted.add(node, f"expected JSON, found {found(node)}; write some, or leave the key out")
        for problem in noted:
            problems.add(problem.place, problem.text)
        return None if list(noted) else data

    def schema(self) -> Schema:
        return {"type": ["object", "array", "string", "number", "boolean"]}

    def nested(self, node: Node, problems: Problems) -> Any:
        """What stands within other data, where `null` is as good as anything; None, too, after noting a problem."""
        if isinstance(node, ScalarNode):
            return self._scalar(node, problems)
        if isinstance(node, SequenceNode):
            return [self.nested(item, problems) for item in node.value]
        section = Named(Text(), _Within(self)).read(node, problems) or {}
        return {name: written.value for name, written in section.items()}

    def _scalar(self, node: ScalarNode, problems: Problems) -> Any:
        text: str = node.value
        if meaning_of(node) is not None:
            if text in _WORDS:
                return _WORDS[text]
            if _INTEGER.fullmatch(text):
                return int(text)
            if _NUMBER.fullmatch(text):
                return float(text)
            advice = "write it as JSON has it, or in quotes to make it text"
            problems.add(node, f"expected JSON such as true, null, 1 or 1.5, found {found(node)}; {advice}")
        elif any(unicodedata.category(sign) == "Cs" for sign in text):
            problems.add(node, f"expected text, found half a character in {shown(text)}")
        elif self.refusal and (refusal := self.refusal(text)):
            problems.add(node, refusal)
        return text


@dataclass(frozen=True, slots=True)
class _Within:
    """What stands within JSON data, where `null` is as good as anything."""

    of: JsonData

    def read(self, node: Node, problems: Problems) -> Any:
        return self.of.nested(node, problems)

    def schema(self) -> Schema:
        return self.of.schema()
