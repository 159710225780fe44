"""Values of axes: in mappings of a matrix file, whose keys follow from the table of axes, and in combinations."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from harness.matrix.catalog import axis_names
from harness.matrix.kinds import Key, Kind, hinted, mapping, name, several, whole
from harness.matrix.positions import Entries, Place, items_of
from harness.model.axes import MATRIX_AXES, Axis, Catalog, Value, Whole

AxisRow = tuple[Value, ...]
"""A combination: a value for each axis of MATRIX_AXES, perhaps a word that stands for others."""

NAMES = tuple(axis.name for axis in MATRIX_AXES)
INDEX: Mapping[str, int] = {name: index for index, name in enumerate(NAMES)}

Test = Sequence[tuple[int, AbstractSet[Value]]]
"""Indexes of some axes in a combination, each with the values that pass."""

_OPEN_CATALOGS = (Catalog.SCENARIOS, Catalog.SERVERS, Catalog.STYLES)
"""The catalogs to which a matrix file adds names of its own, so that names are checked once all of it is read."""

_NAMESAKES = {"client": "the engine's settings are not an axis: write them under `client` at the top level"}
"""A hint for people who give an axis the mapping that belongs to a top-level key of the same name."""


@dataclass(frozen=True, slots=True)
class AxisValues:
    """The values that a mapping of the file gives to some axes, in the order of the axes."""

    section: Entries
    values: Mapping[str, tuple[Value, ...]]

    def places(self, axis: str) -> Iterator[tuple[Place, Value]]:
        """Yield each value of an axis with its place."""
        if axis in self.values:
            items = items_of(self.section[axis])
            yield from ((item.place, value) for item, value in zip(items, self.values[axis], strict=True))


def make_test(values: Mapping[str, Iterable[Value]]) -> Test:
    """Return the test whether a combination has one of the values of each of these axes."""
    return [(INDEX[name], frozenset(passing)) for name, passing in values.items()]


def passes(row: AxisRow, test: Test) -> bool:
    """Return whether a combination passes a test."""
    return all(row[index] in passing for index, passing in test)


def change(row: AxisRow, name: str, value: Value) -> AxisRow:
    """Return a combination that has another value for one axis."""
    index = INDEX[name]
    return (*row[:index], value, *row[index + 1 :])


def one_value(axis: Axis, *, may_stand_in: bool = False) -> Kind:
    """Return the kind of one value that a cell can have for an axis, perhaps also of words that stand for others."""
    described = axis.kind
    assert described is not None, f"{axis.name} is not an axis of the matrix"
    words = (described.stand_in,) if described.stand_in and may_stand_in else ()
    if isinstance(described, Whole):
        kind = whole(described.minimum, described.maximum, *filter(None, (described.word, *words)))
    elif described.names in _OPEN_CATALOGS:
        kind = name(axis.name, axis_names(described.names), is_open=True)
    else:
        names = axis_names(described.names) if isinstance(described.names, Catalog) else described.names
        kind = name(axis.name, (*words, *names))
    return hinted(kind, (Entries,), _NAMESAKES[axis.name]) if axis.name in _NAMESAKES else kind


def some_values(axis: Axis) -> Kind:
    """Return the kind of one or several values that a cell can have for an axis."""
    return several(one_value(axis))


def listed_values(axis: Axis) -> Kind:
    """Return the kind of the values that a matrix may list for an axis, words that stand for others included."""
    return several(one_value(axis, may_stand_in=True))


def axis_keys(kind: Callable[[Axis], Kind], description: str = "{0.description}") -> dict[str, Key]:
    """Return a key for every axis; its description is a format of the axis."""
    return {axis.name: Key(kind(axis), description.format(axis)) for axis in MATRIX_AXES}


def axis_values(name: str, keys: Mapping[str, Key]) -> Kind:
    """Return the kind of a mapping from some axes to values, read as AxisValues."""

    def make(section: Entries, found: dict[str, Any]) -> AxisValues:
        values = {axis: value if isinstance(value, tuple) else (value,) for axis, value in found.items()}
        return AxisValues(section, values)

    return mapping(name, keys, make, may_be_empty=False)
