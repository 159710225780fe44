"""Conditions without quotes in `{...}` or `[...]`, where YAML takes the comma between two bounds for its own."""

from collections.abc import Iterator
from itertools import pairwise

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from harness.matrix.nodes import Problems, shown


def without_torn(node: Node, problems: Problems) -> Node:
    """A mapping less its torn conditions, each of which is a problem; any other node as it is."""
    if not isinstance(node, MappingNode):
        return node
    torn: set[int] = set()
    for numbers, text, rest in _neighbours(node):
        if _is_torn(text, rest):
            whole = shown(f"{text.value},{rest.value}")
            problems.add(text, f"YAML splits {whole} at its comma; put the condition in quotes")
            torn |= numbers
    kept = [pair for number, pair in enumerate(node.value) if number not in torn]
    return MappingNode(node.tag, kept, node.start_mark, node.end_mark, node.flow_style)


def _neighbours(node: MappingNode) -> Iterator[tuple[set[int], Node, Node]]:
    """What a comma stands between: two items of a list, or a value and a key without a value.

    With them the numbers of the pairs of the mapping that they are part of.
    """
    for number, (_, value) in enumerate(node.value):
        if isinstance(value, SequenceNode) and value.flow_style:
            yield from (({number}, text, rest) for text, rest in pairwise(value.value))
    if node.flow_style:
        for number, ((_, value), (rest, nothing)) in enumerate(pairwise(node.value)):
            if isinstance(nothing, ScalarNode) and not nothing.value:
                yield {number, number + 1}, value, rest


def _is_torn(text: Node, rest: Node) -> bool:
    """Whether one opens a parenthesis that the other closes, both without quotes."""
    is_plain = all(isinstance(node, ScalarNode) and node.style is None for node in (text, rest))
    return is_plain and "(" in text.value and ")" not in text.value and rest.value.endswith(")")
