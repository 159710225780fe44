"""From a file to its YAML nodes: everything that can be refused before anyone asks what the file means."""

from collections.abc import Iterator
from pathlib import Path

import yaml
from yaml.composer import ComposerError
from yaml.nodes import CollectionNode, MappingNode, Node

from harness.matrix.nodes import Place, Problems, implicit_tag, place_of, refuse

MOST_BYTES = 1_000_000
MOST_NODES = 10_000
MOST_LEVELS = 20

_MISALIGNED = "this is indented differently from what it stands beside; line them up"
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
"""What PyYAML says of an error, in part, and what to tell the author of the file instead."""


def read_text(path: Path) -> str:
    """The text of a file; raises InputError where it cannot be had, is too large or is not UTF-8."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        refuse(path, None, f"cannot read the matrix: {error.strerror}; name a matrix file")
    if len(content) > MOST_BYTES:
        refuse(path, None, f"the file is larger than {MOST_BYTES:,} bytes; a matrix is a page or two")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        refuse(path, _end_of(before), "the file is not UTF-8 from here on; save it as UTF-8")


def compose(path: Path, text: str, problems: Problems) -> Node:
    """The root node of the one document in a text; raises InputError where it is not a single, sound document."""
    root = _compose(path, text)
    sizes: dict[int, int] = {}
    if circular := _contains_itself(root, set(), sizes):
        refuse(path, place_of(circular), "an anchor contains its own alias; write out what is meant")
    if exploding := [node for node in _all_nodes(root) if sizes[id(node)] > MOST_NODES]:
        innermost = min(exploding, key=lambda node: sizes[id(node)])
        text = f"with its aliases written out, this has more than {MOST_NODES:,} values; use fewer aliases"
        refuse(path, place_of(innermost), text)
    for node in _all_nodes(root):
        if node.tag != implicit_tag(node):
            problems.add(node, f"expected no tag, found {_as_written(node.tag)!r}; leave it out")
    return root


def _compose(path: Path, text: str) -> Node:
    try:
        composer = _Composer(text)
        root = composer.get_node() if composer.check_node() else None
        if root is None:
            refuse(path, None, "the file is empty; it needs a scenario and a matrix")
        if composer.check_node():
            refuse(path, Place.of(composer.next_mark()), "a second document starts here; a file holds one matrix")
    except yaml.MarkedYAMLError as error:
        refuse(path, *_said_plainly(error))
    except yaml.reader.ReaderError as error:
        character = f"U+{ord(text[error.position]):04X}"
        refuse(path, _end_of(text[: error.position]), f"the control character {character} is not allowed; remove it")
    except (ValueError, OverflowError) as error:
        # PyYAML does not check what it hands to chr() and int(): an escape beyond Unicode, a version without end.
        refuse(path, None, f"not readable as YAML: {error}")
    return root


def _said_plainly(error: yaml.MarkedYAMLError) -> tuple[Place | None, str]:
    """Where a syntax error is, and what it is, in words that tell what to mend."""
    mark = error.problem_mark or error.context_mark
    place = Place.of(mark) if mark else None
    problem = str(error.problem)
    opened = Place.of(error.context_mark) if error.context_mark else None
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
        """Where whatever comes next begins."""
        mark: yaml.Mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # the stubs leave it untyped
        return mark


def _contains_itself(node: Node, above: set[int], sizes: dict[int, int]) -> Node | None:
    """The first node that contains itself; where there is none, notes the size of every node, aliases written out."""
    if id(node) in above:
        return node
    if id(node) in sizes:
        return None
    for child in _children(node):
        if circular := _contains_itself(child, above | {id(node)}, sizes):
            return circular
    sizes[id(node)] = 1 + sum(sizes[id(child)] for child in _children(node))
    return None


def _all_nodes(root: Node) -> Iterator[Node]:
    """Every node once, however many aliases it has."""
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


def _as_written(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _end_of(text: str) -> Place:
    lines = text.split("\n")
    return Place(len(lines), len(lines[-1]) + 1)
