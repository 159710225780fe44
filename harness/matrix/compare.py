"""`compare`: what an entry may say, and the pairs of combinations that the entries compare.

Rule 1: two combinations are a pair if they have the values of one axis that an entry names, and agree in all others.
Rule 2: servers that are left to the loop that they prefer (`loop: auto`) agree in it, whichever it is: each server is
compared as it wants to be run. Otherwise, and for every other axis, the loops in force count.
Rule 3: against the baseline, the second side has its value of the axis that is compared, and both sides have its value
of each other axis that it names.
Rule 4: an entry has to compare something that no entry before it does, in either direction: all comparisons share one
error budget.
"""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, create_model

from harness.matrix.axes import AxisValues, Where, axis_fields, one_value, some_values
from harness.matrix.expand import INDEX, NAMES, AxisRow, make_test, passes
from harness.matrix.kinds import Kind, UnreadableError, model_kind, one_or_all, problems_in, refuse, unread
from harness.matrix.positions import PathSteps, Scalar, quote, suggest
from harness.model.axes import ALL, BY_NAME, Value

BASELINE = "baseline"
"""The word that stands for the value of the baseline."""

PairOfRows = tuple[int, int]
"""The indexes of two combinations: the first is compared with the second."""

AddProblem = Callable[[PathSteps, str], None]
"""Notes what is wrong, at some steps from `compare`."""

ComparisonKeys = create_model(
    "ComparisonKeys",
    __base__=AxisValues,
    **axis_fields(
        lambda axis: one_or_all(some_values(axis), ALL),
        "Compares {0.name}: two values, the first with the second, or with `against` one, several or `all`.",
    ),
    against=(
        Annotated[Any, unread()],
        Field(
            None,
            description="The value that the others are compared with; `baseline` is the one that the baseline has, and "
            "only cells count that agree with the baseline in its other axes.",
            examples=["baseline", "uvicorn"],
        ),
    ),
    where=(
        Annotated[Any, model_kind(Where)],
        Field(
            None,
            description="Compares only cells that agree with this in each of its axes.",
            examples=[{"style": "def", "concurrency": [40, 41]}],
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Comparing:
    """An entry as it was read: values of one axis, None for all, compared with a value of it or with the baseline.

    `steps` lead from the entry to each value that it names, with the axis of the value.
    """

    axis: str
    values: tuple[Value, ...] | None
    against: Value
    where: Mapping[str, tuple[Value, ...]]
    steps: tuple[tuple[PathSteps, str, Value], ...]


def comparison_kind() -> Kind:
    """Return the kind of an entry of `compare`, read as `Comparing`."""
    keys = model_kind(ComparisonKeys)
    return Kind(lambda value: _read_comparison(keys.read(value)), keys.schema)


def _read_comparison(entry: Any) -> Comparing:
    """Return what an entry compares. Raises UnreadableError if its keys do not go together."""
    compared: dict[str, tuple[Value, ...] | None] = entry.by_axis()
    if len(compared) != 1:
        found = " and ".join(compared) or "none"
        refuse(f"expected one axis to compare, such as `server: all`, found {found}")
    ((axis, values),) = compared.items()
    where = entry.where.by_axis() if entry.where else {}
    if axis in where:
        refuse(f"{axis} is the compared axis; leave it out of `where`", "where", axis, "[key]")
    named: list[tuple[PathSteps, str, Value]] = [
        ((axis, index), axis, value) for index, value in enumerate(values or ())
    ]
    if entry.against is None:
        match values:
            case (first, second):
                values, against = (first,), second
            case _:
                found = ALL if values is None else str(len(values))
                advice = f"name two, or write `against`: a value of {axis}, or {BASELINE}"
                refuse(f"expected two values of {axis} to compare, found {found}; {advice}")
    else:
        against = _read_against(axis, entry.against)
        if values and against in values:
            refuse(f"{axis} {quote(str(against))} would be compared with itself; name another value", "against")
        if against != BASELINE:
            named.append((("against",), axis, against))
    named += [
        (("where", name, index), name, value) for name, several in where.items() for index, value in enumerate(several)
    ]
    return Comparing(axis, values, against, where, tuple(named))


def _read_against(axis: str, written: Any) -> Value:
    if isinstance(written, Scalar) and written.text == BASELINE:
        return BASELINE
    try:
        value: Value = one_value(BY_NAME[axis]).read(written)
    except UnreadableError as error:
        raise UnreadableError(*((("against", *steps), text) for steps, text in problems_in(error))) from None
    return value


def find_pairs(
    entries: Sequence[Comparing],
    written: Sequence[tuple[AxisRow, AxisRow]],
    rows: Sequence[AxisRow],
    baseline: Mapping[str, Value] | None,
    strange: AbstractSet[Value],
    note: AddProblem,
) -> list[PairOfRows]:
    """Return every pair of the entries, once, in their order, and within an entry in that of the combinations.

    `written` has each combination as it is written, with `auto` for a loop that is left to the server, next to what it
    is in `rows`, which have the loops in force. `baseline` is None if it could not be read. `strange` are values that
    are a problem already.
    """
    if not entries:
        return []
    there = {name: dict.fromkeys(values) for name, values in zip(NAMES, zip(*rows, strict=True), strict=True)}
    indexes = {row: index for index, row in enumerate(rows)}
    placed = [(before, row, indexes[row]) for before, row in written]
    pairs: dict[PairOfRows, None] = {}
    for number, entry in enumerate(entries):
        second = _second_side(number, entry, baseline, note)
        if second is None:
            continue
        never = [(steps, axis, value) for steps, axis, value in entry.steps if value not in there[axis]]
        for steps, axis, value in never:
            if value not in strange:
                advice = suggest(str(value), [str(each) for each in there[axis] if each is not None])
                note((number, *steps), f"no combination has {axis} {quote(str(value))}; {advice}")
        found = dict.fromkeys(_pairs_of(entry, second, placed))
        if not found and not never:
            against = f"{entry.axis} {quote(str(second[entry.axis]))}"
            text = f"this compares nothing: none of its combinations differs from one with {against} in that axis only"
            note((number,), f"{text}; fix it or remove it")
        elif found and (repeated := _repeats(found, pairs)):
            note((number,), f"{repeated}; remove one of them")
        pairs |= found
    return list(pairs)


def _second_side(
    number: int, entry: Comparing, baseline: Mapping[str, Value] | None, note: AddProblem
) -> Mapping[str, Value] | None:
    """Return the second side's value for the compared axis, with what both sides have in others; None after a
    problem.
    """
    if entry.against != BASELINE:
        return {entry.axis: entry.against}
    if baseline is not None and entry.axis not in baseline:
        there_is = "the baseline names no" if baseline else "there is no `baseline` that names a"
        note((number, "against"), f"{there_is} {entry.axis}; name it there, or write a value here")
        return None
    return baseline


def _repeats(found: Collection[PairOfRows], before: Container[PairOfRows]) -> str | None:
    """Return what is wrong with an entry all of whose pairs were found before, perhaps with their sides exchanged."""
    if all(pair in before for pair in found):
        return "this compares nothing new: entries before it compare the same cells"
    if all(pair in before or pair[::-1] in before for pair in found):
        return "this compares the same cells as entries before it, the other way round"
    return None


def _pairs_of(
    entry: Comparing, second: Mapping[str, Value], placed: Iterable[tuple[AxisRow, AxisRow, int]]
) -> Iterator[PairOfRows]:
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
