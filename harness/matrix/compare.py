"""`compare`: the keys of an entry, and the pairs of combinations that the entries compare.

Rule 1: two combinations are a pair if they have the values of one axis that an entry names, and agree in all others.
Rule 2: servers that are left to the loop that they prefer (`loop: auto`) agree in it: each server is compared as it
wants to be run. Otherwise, and for every other axis, the loops in force count.
Rule 3: against the baseline, the second side has its value of the axis that is compared, and both sides have its value
of each other axis that it names.
Rule 4: an entry has to compare something that no entry before it does, in either direction: all comparisons share one
error budget. Combinations that are started together share what a launch has once: one pair of them stands for all.
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from harness.matrix.axes import (
    INDEX,
    NAMES,
    AxisRow,
    AxisValues,
    axis_keys,
    axis_values,
    make_test,
    one_value,
    passes,
    some_values,
)
from harness.matrix.kinds import Key, Kind, UnreadableError, mapping, name, refuse, several
from harness.matrix.positions import Entries, Place, Problem, Problems, Scalar, items_of, quote, suggest
from harness.model.axes import ALL, BY_NAME, MATRIX_AXES, Axis, Scope, Value
from harness.model.metrics import METRICS, TIME

BASELINE = "baseline"
"""The word that stands for the value of the baseline."""

_OF_LAUNCHES = frozenset(metric.name for metric in METRICS.values() if metric.is_of_launch)

PairOfRows = tuple[int, int, str]
"""The indexes of two combinations, the first compared with the second, and the metric that they are compared by."""


@dataclass(frozen=True, slots=True)
class Comparing:
    """An entry as it was read: values of one axis, None for all, compared with a value of it or with the baseline.

    It compares by each of its `metrics`. `named` has each value that the entry names, with its place and axis.
    """

    section: Entries
    axis: str
    values: tuple[Value, ...] | None
    against: Value
    where: Mapping[str, tuple[Value, ...]]
    metrics: tuple[str, ...]
    named: tuple[tuple[Place, str, Value], ...]


def _values_or_all(axis: Axis) -> Kind:
    """Return the kind of one or several values of an axis, or of the word for all of them, which is read as None."""
    kind = some_values(axis)

    def read(value: Any) -> Any:
        return None if isinstance(value, Scalar) and value.text == ALL else kind.read(value)

    return Kind(read, {"anyOf": [{"const": ALL}, kind.schema]})


def _read_comparison(entry: Entries, found: dict[str, Any]) -> Comparing:
    """Return an entry as it was read. Raises UnreadableError if its keys do not go together."""
    where: AxisValues = found.pop("where", AxisValues(entry, {}))
    written = found.pop("against", None)
    metrics: tuple[str, ...] = found.pop("metric", (TIME.name,))
    if len(found) != 1:
        refuse(entry, f"expected one axis to compare, such as `server: all`, found {' and '.join(found) or 'none'}")
    ((axis, values),) = found.items()
    if axis in where.values:
        text = f"{axis} is the compared axis; leave it out of `where`"
        raise UnreadableError([Problem(where.section.place_of(axis), text)])
    if BY_NAME[axis].scope is not Scope.LAUNCH and (shared := [name for name in metrics if name in _OF_LAUNCHES]):
        text = f"a launch has one {shared[0]} for every {axis}; compare an axis of launches, such as server"
        raise UnreadableError([Problem(entry.place_of("metric"), text)])
    places = [item.place for item in items_of(entry[axis])] if values else []
    named: list[tuple[Place, str, Value]] = [
        (place, axis, value) for place, value in zip(places, values or (), strict=True)
    ]
    if written is None:
        if values is None or len(values) != 2:  # noqa: PLR2004 - the two sides of a comparison
            count = ALL if values is None else str(len(values))
            advice = f"name two, or write `against`: a value of {axis}, or {BASELINE}"
            refuse(entry, f"expected two values of {axis} to compare, found {count}; {advice}")
        first, against = values
        values = (first,)
    elif isinstance(written, Scalar) and written.text == BASELINE:
        against = BASELINE
    else:
        against = one_value(BY_NAME[axis]).read(written)
        if values and against in values:
            refuse(written, f"{axis} {quote(str(against))} would be compared with itself; name another value")
        named.append((written.place, axis, against))
    named += [(place, name, value) for name in where.values for place, value in where.places(name)]
    return Comparing(entry, axis, values, against, where.values, metrics, tuple(named))


_MEANINGS = "; ".join(f"`{each.name}`: {each.description}, in {each.unit}" for each in METRICS.values())
WHERE = axis_values("Where", axis_keys(some_values))
COMPARISON = mapping(
    "Comparison",
    {
        **axis_keys(
            _values_or_all,
            "Compares {0.name}: two values, the first with the second, or with `against` one, several or `all`.",
        ),
        # Its kind is that of the compared axis, which is known when all keys are read.
        "against": Key(
            Kind(lambda value: value, {"type": ["string", "integer"]}),
            "The value that the others are compared with; `baseline` is the one that the baseline has, and only cells "
            "count that agree with the baseline in its other axes.",
            examples=["baseline", "uvicorn"],
        ),
        "where": Key(
            WHERE,
            "Compares only cells that agree with this in each of its axes.",
            examples=[{"style": "def", "concurrency": [40, 41]}],
        ),
        "metric": Key(
            several(name("metric", tuple(METRICS))),
            f"What is compared, less being better. {_MEANINGS}. Each of several is a comparison of its own.",
            TIME.name,
            examples=["cpu", ["time", "cpu"]],
        ),
    },
    _read_comparison,
    may_be_empty=False,
)
"""An entry of `compare`, read as `Comparing`."""


def find_pairs(
    entries: Sequence[Comparing],
    written: Sequence[tuple[AxisRow, AxisRow]],
    rows: Sequence[AxisRow],
    baseline: Mapping[str, Value] | None,
    strange: AbstractSet[Value],
    problems: Problems,
) -> list[PairOfRows]:
    """Return every pair of the entries, once, in their order, and within an entry in that of the combinations.

    `written` has each combination as it is written, with `auto` for a loop that is left to the server, next to the same
    one in `rows`, with the loop in force. `baseline` is None if it could not be read. `strange` are values that
    are a problem already.
    """
    if not entries:
        return []
    there = {name: dict.fromkeys(values) for name, values in zip(NAMES, zip(*rows, strict=True), strict=True)}
    indexes = {row: index for index, row in enumerate(rows)}
    placed = [(before, row, indexes[row]) for before, row in written]
    pairs: dict[PairOfRows, None] = {}
    for entry in entries:
        second = _second_side(entry, baseline, problems)
        if second is None:
            continue
        never = [(place, axis, value) for place, axis, value in entry.named if value not in there[axis]]
        for place, axis, value in never:
            if value not in strange:
                advice = suggest(str(value), [str(each) for each in there[axis] if each is not None])
                problems.add(place, f"no combination has {axis} {quote(str(value))}; {advice}")
        found = dict.fromkeys(_compare_by_metrics(entry, list(_pairs_of(entry, second, placed)), rows))
        if not found and not never:
            against = f"{entry.axis} {quote(str(second[entry.axis]))}"
            text = f"this compares nothing: none of its combinations differs from one with {against} in that axis only"
            problems.add(entry.section.place, f"{text}; fix it or remove it")
        elif found and (repeated := _repeats(found, pairs)):
            problems.add(entry.section.place, f"{repeated}; remove one of them")
        pairs |= found
    return list(pairs)


def _second_side(
    entry: Comparing, baseline: Mapping[str, Value] | None, problems: Problems
) -> Mapping[str, Value] | None:
    """Return the second side's value for the compared axis, with the values of both sides for other axes.

    None stands for a problem, or for a baseline that could not be read.
    """
    if entry.against != BASELINE:
        return {entry.axis: entry.against}
    if baseline is not None and entry.axis not in baseline:
        there_is = "the baseline names no" if baseline else "there is no `baseline` that names a"
        text = f"{there_is} {entry.axis}; name it there, or write a value here"
        problems.add(entry.section["against"].place, text)
        return None
    return baseline


def _repeats(found: Collection[PairOfRows], before: Container[PairOfRows]) -> str | None:
    """Return the problem with an entry whose pairs were all found before, perhaps with their sides exchanged."""
    if all(pair in before for pair in found):
        return "this compares nothing new: entries before it compare the same cells"
    if all(pair in before or (pair[1], pair[0], pair[2]) in before for pair in found):
        return "this compares the same cells as entries before it, the other way round"
    return None


def _compare_by_metrics(
    entry: Comparing, sides: Sequence[tuple[int, int]], rows: Sequence[AxisRow]
) -> Iterator[PairOfRows]:
    """Yield the pairs of an entry by each of its metrics, by one of launches only the first of each two launches."""
    first_of_launches: dict[tuple[AxisRow, AxisRow], tuple[int, int]] = {}
    for first, second in sides:
        first_of_launches.setdefault((_launch_of(rows[first]), _launch_of(rows[second])), (first, second))
    for metric in entry.metrics:
        pairs = first_of_launches.values() if metric in _OF_LAUNCHES else sides
        yield from ((first, second, metric) for first, second in pairs)


def _launch_of(row: AxisRow) -> AxisRow:
    """Return the values of a combination that its launch has."""
    return tuple(value for axis, value in zip(MATRIX_AXES, row, strict=True) if axis.scope is Scope.LAUNCH)


def _pairs_of(
    entry: Comparing, second: Mapping[str, Value], placed: Iterable[tuple[AxisRow, AxisRow, int]]
) -> Iterator[tuple[int, int]]:
    axis, against = INDEX[entry.axis], second[entry.axis]
    agrees = [
        *make_test(entry.where),
        *make_test({name: (value,) for name, value in second.items() if name != entry.axis}),
    ]
    chosen = [
        (row[axis], like[:axis] + like[axis + 1 :], index)
        for written, row, index in placed
        if passes(row, agrees)
        for like in [written if entry.axis == "server" else row]
    ]
    others = {rest: index for value, rest, index in chosen if value == against}
    for value, rest, index in chosen:
        if value != against and (entry.values is None or value in entry.values) and rest in others:
            yield index, others[rest]
