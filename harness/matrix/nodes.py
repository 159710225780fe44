"""What stands where in a matrix file, said in words: places, problems, and what a YAML node holds."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode
from yaml.resolver import Resolver

from harness.model.errors import InputError

STANDARD_TAG = "tag:yaml.org,2002:"
MEANINGS = {
    "bool": "true or false",
    "float": "a number",
    "int": "a number",
    "merge": "a merge key",
    "null": "nothing",
    "timestamp": "a date",
    "value": "a default value",
}

# PyYAML knows YAML 1.1. What only YAML 1.2 takes for a number is no text either: editors would read another file.
NUMBER_OF_YAML_1_2 = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+")

LONGEST_SHOWN = 60

OTHER_WORDS = {"sync": "def", "blocking": "async-blocking", "thread": "def", "threads": "thread_limit"}
"""What people call things that have another name here, however little alike the two look."""

_resolver = Resolver()


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line and a column, both counted from 1."""

    line: int
    column: int

    @staticmethod
    def of(mark: yaml.Mark) -> "Place":
        """Where a mark of PyYAML, which counts from 0, stands."""
        return Place(mark.line + 1, mark.column + 1)


@dataclass(frozen=True, slots=True)
class Written:
    """A value as it was read and where it stands; None where it could not be read and a problem says so."""

    value: Any
    place: Place


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, in a sentence, and where; None where it is the file as a whole."""

    place: Place | None
    text: str


class Problems:
    """Collects what is wrong with one file, each thing once, so that all of it can be told at once."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._found)

    def add(self, at: Node | Place | None, text: str) -> None:
        place = place_of(at) if isinstance(at, Node) else at
        self._found[Problem(place, text)] = None

    def raise_any(self, path: Path) -> None:
        """Raise InputError with a line for each problem, in the order of the file; return where there is none."""
        if self._found:
            in_order = sorted(self._found, key=lambda problem: problem.place or Place(0, 0))
            raise InputError("\n".join(_line(path, problem) for problem in in_order))


def refuse(path: Path, at: Place | None, text: str) -> NoReturn:
    """Raise InputError for a problem that hides all others."""
    raise InputError(_line(path, Problem(at, text)))


def _line(path: Path, problem: Problem) -> str:
    where = f":{problem.place.line}:{problem.place.column}" if problem.place else ""
    return f"{path}{where}: {problem.text}"


def place_of(node: Node) -> Place:
    """Where a node begins."""
    return Place.of(node.start_mark)


def found(node: Node) -> str:
    """What a node holds, for the end of a sentence that says what was expected of it."""
    if not isinstance(node, ScalarNode):
        return "a mapping" if isinstance(node, MappingNode) else "a list"
    if node.style is not None:
        return f"{shown(node.value)} in quotes, which make it text"
    meaning = meaning_of(node)
    if meaning == "nothing":
        return f"nothing ({node.value})" if node.value else "nothing"
    return f"{shown(node.value)}, which YAML reads as {meaning}" if meaning else shown(node.value)


def meaning_of(node: ScalarNode) -> str | None:
    """What YAML takes a scalar for, or None where it is text."""
    if node.style is not None:
        return None
    tag = implicit_tag(node).removeprefix(STANDARD_TAG)
    return MEANINGS.get(tag) or ("a number" if NUMBER_OF_YAML_1_2.fullmatch(node.value) else None)


def implicit_tag(node: Node) -> str:
    """The tag that PyYAML gives a node which has none of its own."""
    plain = isinstance(node, ScalarNode) and node.style is None
    tag: str = _resolver.resolve(  # type: ignore[no-untyped-call]  # the stubs leave it untyped
        type(node), node.value, (plain, not plain)
    )
    return tag


def shown(text: str) -> str:
    """A text in quotes, on one line and not endless, whatever it holds."""
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}...")


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Says that a name is not known, and which one may be meant."""
    return f"unknown {what} {shown(name)}; {nearest(name, known)}"


def nearest(name: str, known: Iterable[str]) -> str:
    """Suggests the known name that is most like another, or else names them all."""
    known = list(known)
    alike = (
        [OTHER_WORDS[name]] if OTHER_WORDS.get(name) in known else get_close_matches(name[:LONGEST_SHOWN], known, n=1)
    )
    if alike:
        return f"did you mean {shown(alike[0])}?"
    return f"choose from {', '.join(known)}" if known else "there is none"
