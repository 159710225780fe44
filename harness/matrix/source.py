"""Reads a matrix file into a tree of values with their places.

Nothing here knows the keys: it refuses broken YAML, endless aliases, tags, merge keys and repeated keys.
"""

import re
import unicodedata
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import Resolver

from harness.matrix.positions import Entries, Items, Place, Problems, Scalar, describe, quote, refuse_file

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

_TORN = re.compile(r"within\([^,()]*,\s*(?P<rest>[^,:()\[\]{}'\"\n]*\))")
"""A condition that YAML splits at its comma if it stands between braces or brackets."""

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
"""Part of an error of PyYAML, and better words for the author of the file."""

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
    tree = _Builder(text, problems).build(root)
    return Items((), _place_of(root)) if tree is None else tree


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
        composer = _Composer(path, text)
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
        # PyYAML does not check the arguments of chr() and int(): an escape beyond Unicode, a version without end.
        refuse_file(path, None, f"not readable as YAML: {error}")
    return root


def _in_plain_words(error: yaml.MarkedYAMLError) -> tuple[Place | None, str]:
    """Return the place of a syntax error, and words that tell how to fix it."""
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

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(text)
        self._path = path
        self._open_levels = 0
        # The values and the levels of each complete node with all aliases written out, by its id.
        self._sizes: dict[int, int] = {}
        self._levels: dict[int, int] = {}

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        self._open_levels += 1
        if len(self._sizes) + self._open_levels > MOST_NODES:
            raise ComposerError(None, None, f"more than {MOST_NODES:,} values", self.next_mark())
        if self._open_levels > MOST_LEVELS:
            raise ComposerError(None, None, f"more than {MOST_LEVELS} levels deep", self.next_mark())
        is_alias = self.check_event(yaml.AliasEvent)
        node: Node | None = super().compose_node(parent, index)
        self._open_levels -= 1
        assert node is not None
        if id(node) not in self._sizes:
            if is_alias:
                refuse_file(self._path, _place_of(node), "an anchor contains its own alias; write the values out")
            self._measure(node)
        return node

    def _measure(self, node: Node) -> None:
        children: list[Node] = node.value if isinstance(node, SequenceNode) else []
        if isinstance(node, MappingNode):
            children = [part for pair in node.value for part in pair]
        size = self._sizes[id(node)] = 1 + sum(self._sizes[id(child)] for child in children)
        levels = self._levels[id(node)] = 1 + max((self._levels[id(child)] for child in children), default=0)
        for is_too_much, amount in (
            (size > MOST_NODES, f"has more than {MOST_NODES:,} values"),
            (levels > MOST_LEVELS, f"is more than {MOST_LEVELS} levels deep"),
        ):
            if is_too_much:
                text = f"with its aliases written out, this {amount}; use fewer aliases"
                refuse_file(self._path, _place_of(node), text)

    def next_mark(self) -> yaml.Mark:
        """Return where the next event begins."""
        mark: yaml.Mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # the stubs leave it untyped
        return mark


class _Builder:
    """Builds the tree of a text from its nodes, noting tags, keys and split conditions that no matrix may hold.

    It skips a condition such as `within(40,41)` that YAML split at its comma; `_rests` are the starts of second halves.
    """

    def __init__(self, text: str, problems: Problems) -> None:
        self._text = text
        self._problems = problems
        self._rests: set[int] = set()

    def build(self, node: Node) -> Any:
        """Return the tree of a node, None if there is nothing left of it."""
        self._check_tag(node)
        if isinstance(node, ScalarNode):
            return None if self._is_torn(node) else _scalar_of(node)
        if isinstance(node, SequenceNode):
            items = [item for each in node.value if (item := self.build(each)) is not None]
            return Items(items, _place_of(node)) if items or not node.value else None
        section = Entries(_place_of(node))
        for key_node, value_node in node.value:
            key = self._read_key(key_node, section)
            value = self.build(value_node)
            if key is not None and value is not None:
                section[key], section.key_places[key] = value, _place_of(key_node)
        return section

    def _check_tag(self, node: Node) -> None:
        if node.tag != _implicit_tag(node):
            tag = node.tag.replace(_STANDARD_TAG, "!!")
            self._problems.add(_place_of(node), f"expected no tag, found {tag!r}; leave it out")

    def _is_torn(self, node: ScalarNode) -> bool:
        """Return whether a scalar is half a condition, after noting its first half."""
        start = node.start_mark.index
        torn = _TORN.match(self._text, start) if node.style is None and node.value.startswith("within(") else None
        if torn and ")" not in node.value:
            self._rests.add(torn.start("rest"))
            whole = quote(f"{node.value},{torn['rest']}")
            text = f"YAML splits {whole} at its comma; put the condition in quotes"
            self._problems.add(_place_of(node), text)
            return True
        return start in self._rests

    def _read_key(self, node: Node, section: Entries) -> str | None:
        """Return a key that the mapping does not have yet, or None after noting a problem."""
        self._check_tag(node)
        if not isinstance(node, ScalarNode):
            problem = f"expected text, found {'a list' if isinstance(node, SequenceNode) else 'a mapping'}"
        elif self._is_torn(node):
            return None
        elif (scalar := _scalar_of(node)).meaning == "a merge key":
            problem = "expected a key, found the merge key '<<'; write the keys out"
        elif scalar.text in section:
            line = section.key_places[scalar.text].line
            problem = f"the key {quote(scalar.text)} was given on line {line} already; keep one of them"
        elif (wrong := wrong_text(scalar)) is None:
            return scalar.text
        else:
            problem = wrong
        self._problems.add(_place_of(node), problem)
        return None


def _scalar_of(node: ScalarNode) -> Scalar:
    return Scalar(node.value, _place_of(node), node.style is not None, _meaning_of(node))


def _meaning_of(node: ScalarNode) -> str | None:
    """Return the meaning of a scalar in YAML, or None if it is text."""
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
