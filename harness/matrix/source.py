"""Reads a matrix file into a tree of values with their places, and refuses what no matrix may hold.

Nothing here knows what the file means: it refuses broken YAML, endless aliases, tags, merge keys and repeated keys.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import Resolver

from harness.matrix.positions import (
    Items,
    Place,
    Problems,
    Scalar,
    Section,
    describe,
    quote,
    refuse_file,
)

MOST_BYTES = 1_000_000
MOST_NODES = 10_000
MOST_LEVELS = 20

_STANDARD_TAG = "tag:yaml.org,2002:"
_MEANINGS = {
    "bool": "true or false",
    "float": "a number",
    "int": "a number",
    "merge": "a merge key",
    "null": "nothing",
    "timestamp": "a date",
    "value": "a default value",
}

# PyYAML knows YAML 1.1. A number of YAML 1.2 is no text either: editors would read another file.
_NUMBER_OF_YAML_1_2 = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+")

_UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories that neither a line of a report nor an argument of a process can hold."""

_MISALIGNED = "this is indented differently from its neighbours; line them up"
_BLOCK_OF_TEXT = "'>' and '|' begin a block of text here; put a condition such as '> 0.8' in quotes"
_IN_PLAIN_WORDS = {
    r"'\t'": "found a tab; indent with spaces",
    "mapping values are not allowed": "a colon is out of place here; check the indentation, or use quotes",
    "block mapping": _MISALIGNED,
    "block collection": _MISALIGNED,
    "block scalar": _BLOCK_OF_TEXT,
    "'>' that cannot start": _BLOCK_OF_TEXT,
    "'|' that cannot start": _BLOCK_OF_TEXT,
}
"""Part of an error of PyYAML, and what to tell the author of the file instead."""

_resolver = Resolver()


def read_text(path: Path) -> str:
    """Return the text of a file. Raises InputError if it cannot be read, is too large or is not UTF-8."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        refuse_file(path, None, f"cannot read the matrix: {error.strerror}; name a matrix file")
    if len(content) > MOST_BYTES:
        refuse_file(path, None, f"the file is larger than {MOST_BYTES:,} bytes; a matrix is a page or two")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        refuse_file(path, _end_of(before), "the file is not UTF-8 from here on; save it as UTF-8")


def compose(path: Path, text: str, problems: Problems) -> Any:
    """Return the tree of the one document in a text. Raises InputError if it is not a single, sound document."""
    root = _compose(path, text)
    sizes: dict[int, int] = {}
    levels: dict[int, int] = {}
    if circular := _contains_itself(root, set(), sizes, levels):
        refuse_file(path, _place_of(circular), "an anchor contains its own alias; write out what is meant")
    if exploding := [node for node in _all_nodes(root) if sizes[id(node)] > MOST_NODES]:
        innermost = min(exploding, key=lambda node: sizes[id(node)])
        text = f"with its aliases written out, this has more than {MOST_NODES:,} values; use fewer aliases"
        refuse_file(path, _place_of(innermost), text)
    if levels[id(root)] > MOST_LEVELS:
        text = f"with its aliases written out, this is more than {MOST_LEVELS} levels deep; use fewer aliases"
        refuse_file(path, _place_of(root), text)
    for node in _all_nodes(root):
        if node.tag != _implicit_tag(node):
            tag = node.tag.replace(_STANDARD_TAG, "!!")
            problems.add(_place_of(node), f"expected no tag, found {tag!r}; leave it out")
    return _build_tree(root, problems)


def wrong_text(scalar: Scalar) -> str | None:
    """Return why a value is not one line of text, or None if it is."""
    if scalar.meaning == "nothing" or not scalar.text.strip():
        return "expected text, found nothing; write it, or leave the key out"
    if scalar.meaning:
        return f"expected text, found {describe(scalar)}; put it in quotes to make it text"
    if any(unicodedata.category(character) in _UNSEEN for character in scalar.text):
        return f"expected text on one line without control characters, found {quote(scalar.text)}"
    return None


def _compose(path: Path, text: str) -> Node:
    try:
        composer = _Composer(text)
        root = composer.get_node() if composer.check_node() else None
        if root is None:
            refuse_file(path, None, "the file is empty; it needs a scenario and a matrix")
        if composer.check_node():
            place = _place_at(composer.next_mark())
            refuse_file(path, place, "a second document starts here; a file holds one matrix")
    except yaml.MarkedYAMLError as error:
        refuse_file(path, *_in_plain_words(error))
    except yaml.reader.ReaderError as error:
        character = f"U+{ord(text[error.position]):04X}"
        place = _end_of(text[: error.position])
        refuse_file(path, place, f"the control character {character} is not allowed; remove it")
    except (ValueError, OverflowError) as error:
        # PyYAML does not check what it hands to chr() and int(): an escape beyond Unicode, a version without end.
        refuse_file(path, None, f"not readable as YAML: {error}")
    return root


def _in_plain_words(error: yaml.MarkedYAMLError) -> tuple[Place | None, str]:
    """Return where a syntax error is, and what it is, in words that tell how to fix it."""
    mark = error.problem_mark or error.context_mark
    place = _place_at(mark) if mark else None
    problem = str(error.problem)
    opened = _place_at(error.context_mark) if error.context_mark else None
    if "could not find expected ':'" in problem:
        return opened, "not readable as YAML: this is neither a key nor a value; a key has a colon and a space after it"
    for part, text in _IN_PLAIN_WORDS.items():
        if part in f"{problem} {error.context}":
            return place, f"not readable as YAML: {text}"
    if "flow" in str(error.context) and opened:
        bracket = f"the bracket opened at {opened.line}:{opened.column}"
        return place, f"not readable as YAML: {bracket} is not closed before this, or a comma is missing"
    context = f" ({error.context})" if error.context else ""
    return place, f"not readable as YAML: {problem}{context}"


class _Composer(yaml.SafeLoader):
    """PyYAML's own, in pure Python for its exact marks, but giving up on files that no person wrote."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._nodes = 0
        self._levels = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        self._nodes += 1
        self._levels += 1
        if self._nodes > MOST_NODES:
            raise ComposerError(None, None, f"more than {MOST_NODES:,} values", self.next_mark())
        if self._levels > MOST_LEVELS:
            raise ComposerError(None, None, f"more than {MOST_LEVELS} levels deep", self.next_mark())
        node: Node | None = super().compose_node(parent, index)
        self._levels -= 1
        return node

    def next_mark(self) -> yaml.Mark:
        """Return where the next event begins."""
        mark: yaml.Mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # the stubs leave it untyped
        return mark


def _contains_itself(node: Node, above: set[int], sizes: dict[int, int], levels: dict[int, int]) -> Node | None:
    """Return the first node that contains itself.

    If there is none, notes the size of every node, and how many levels it has, with all aliases written out.
    """
    if id(node) in above:
        return node
    if id(node) in sizes:
        return None
    children = _children(node)
    for child in children:
        if circular := _contains_itself(child, above | {id(node)}, sizes, levels):
            return circular
    sizes[id(node)] = 1 + sum(sizes[id(child)] for child in children)
    levels[id(node)] = 1 + max((levels[id(child)] for child in children), default=0)
    return None


def _all_nodes(root: Node) -> Iterator[Node]:
    """Yield every node once, however many aliases it has."""
    seen: set[int] = set()
    ahead = [root]
    while ahead:
        node = ahead.pop()
        if id(node) not in seen:
            seen.add(id(node))
            ahead.extend(_children(node))
            yield node


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, CollectionNode) else []


def _build_tree(node: Node, problems: Problems) -> Any:
    if isinstance(node, ScalarNode):
        return Scalar(node.value, _place_of(node), node.style is not None, _meaning_of(node))
    if isinstance(node, SequenceNode):
        return Items([_build_tree(item, problems) for item in node.value], _place_of(node))
    assert isinstance(node, MappingNode)
    section = Section(_place_of(node))
    torn = _torn_pairs(node, problems)
    for number, (key_node, value_node) in enumerate(node.value):
        if number not in torn and (key := _read_key(key_node, section, problems)) is not None:
            section.put(key, _build_tree(value_node, problems), _place_of(key_node))
    return section


def _read_key(node: Node, section: Section, problems: Problems) -> str | None:
    """Return a key that the mapping does not have yet, or None after noting a problem."""
    place = _place_of(node)
    if not isinstance(node, ScalarNode):
        kind = "a list" if isinstance(node, SequenceNode) else "a mapping"
        problems.add(place, f"expected text, found {kind}")
        return None
    meaning = _meaning_of(node)
    if meaning == "a merge key":
        problems.add(place, "expected a key, found the merge key '<<'; write the keys out")
        return None
    if problem := wrong_text(Scalar(node.value, place, node.style is not None, meaning)):
        problems.add(place, problem)
        return None
    key: str = node.value
    if key in section:
        line = section.key_places[key].line
        problems.add(place, f"the key {quote(key)} was given on line {line} already; keep one of them")
        return None
    return key


def _torn_pairs(node: MappingNode, problems: Problems) -> set[int]:
    """Return the numbers of the pairs that hold a condition such as `within(40,41)` which YAML split at its comma."""
    torn: set[int] = set()
    for numbers, text, rest in _neighbours(node):
        if _is_torn(text, rest):
            whole = quote(f"{text.value},{rest.value}")
            problems.add(_place_of(text), f"YAML splits {whole} at its comma; put the condition in quotes")
            torn |= numbers
    return torn


def _neighbours(node: MappingNode) -> Iterator[tuple[set[int], Node, Node]]:
    """Yield what a comma stands between, with the numbers of the pairs that it is part of.

    That is two items of a list, or a value and a key without a value.
    """
    for number, (_, value) in enumerate(node.value):
        if isinstance(value, SequenceNode) and value.flow_style:
            yield from (({number}, text, rest) for text, rest in pairwise(value.value))
    if node.flow_style:
        for number, ((_, value), (rest, nothing)) in enumerate(pairwise(node.value)):
            if isinstance(nothing, ScalarNode) and not nothing.value:
                yield {number, number + 1}, value, rest


def _is_torn(text: Node, rest: Node) -> bool:
    """Return whether one opens the parenthesis of a condition that the other closes, both without quotes."""
    is_plain = all(isinstance(node, ScalarNode) and node.style is None for node in (text, rest))
    return is_plain and text.value.startswith("within(") and ")" not in text.value and rest.value.endswith(")")


def _meaning_of(node: ScalarNode) -> str | None:
    """Return what YAML takes a scalar for, or None if it is text."""
    if node.style is not None:
        return None
    tag = _implicit_tag(node).removeprefix(_STANDARD_TAG)
    return _MEANINGS.get(tag) or ("a number" if _NUMBER_OF_YAML_1_2.fullmatch(node.value) else None)


def _implicit_tag(node: Node) -> str:
    """Return the tag that PyYAML gives a node which has none of its own."""
    plain = isinstance(node, ScalarNode) and node.style is None
    tag: str = _resolver.resolve(  # type: ignore[no-untyped-call]  # the stubs leave it untyped
        type(node), node.value, (plain, not plain)
    )
    return tag


def _place_of(node: Node) -> Place:
    return _place_at(node.start_mark)


def _place_at(mark: yaml.Mark) -> Place:
    # PyYAML counts from 0.
    return Place(mark.line + 1, mark.column + 1)


def _end_of(text: str) -> Place:
    lines = text.split("\n")
    return Place(len(lines), len(lines[-1]) + 1)
