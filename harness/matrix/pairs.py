"""The pairs of combinations that the entries of `compare` hold against each other.

Rule 1: two combinations are a pair where they have the values of one axis that an entry names, and agree in all others.
Rule 2: servers that are left to the loop that they prefer (`loop: auto`) agree in it, whichever it is: what is compared
is then each server as it wants to be run. Otherwise, and for every other axis, the loops in force count.
Rule 3: against the baseline, the second side has its value of the axis that is compared, and both sides have its value
of each other axis that it names.
Rule 4: an entry has to compare something that no entry before it does, the other way round included: all comparisons
share what may be missed.
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from harness.matrix.axes import AXES, Combination, Value, passes, test_of, values_of
from harness.matrix.compare import Comparing
from harness.matrix.nodes import Problems, Written, nearest, shown
from harness.matrix.reserved import BASELINE

Compared = tuple[int, int]
"""A pair, by the places of its combinations: the first is held against the second."""

Row = tuple[Combination, Combination, int]
"""A combination as it is written and as it is in force, and its place."""


def pairs(
    entries: Sequence[Written],
    rows: Iterable[tuple[Combination, Combination]],
    combinations: Sequence[Combination],
    baseline: Mapping[str, Value],
    strangers: AbstractSet[Value],
    problems: Problems,
) -> list[Compared]:
    """Every pair of the entries, once, in their order, and within an entry in that of the combinations.

    `rows` have a combination as it is written, with `auto` for a loop that is left to the server, beside what that is
    in `combinations`, which have the loops in force. `strangers` are values that are a problem already.
    """
    if not entries:
        return []
    there = values_of(combinations)
    places = {combination: place for place, combination in enumerate(combinations)}
    placed = [(written, combination, places[combination]) for written, combination in rows]
    found: dict[Compared, None] = {}
    for entry in entries:
        comparing: Comparing = entry.value
        both = _both(comparing, baseline, problems)
        if both is None:
            continue
        wrong = _check_values(comparing, there, strangers, problems)
        those = dict.fromkeys(_pairs(comparing, both, placed))
        if not those and not wrong:
            against = f"{comparing.axis} {shown(str(both[comparing.axis]))}"
            text = f"this compares nothing: no combination that it names differs from one with {against} in that alone"
            problems.add(entry.place, f"{text}; mend it or take it out")
        elif those and (repeated := _nothing_new(those, found)):
            problems.add(entry.place, f"{repeated}; take one of them out")
        found |= those
    return list(found)


def _nothing_new(those: Collection[Compared], found: Container[Compared]) -> str | None:
    """What is wrong with an entry all of whose pairs were found already, perhaps with their sides exchanged."""
    if all(pair in found for pair in those):
        return "this compares nothing new: entries before it hold the same cells against each other"
    if all(pair in found or pair[::-1] in found for pair in those):
        return "this compares the same cells as entries before it, the other way round"
    return None


def _both(comparing: Comparing, baseline: Mapping[str, Value], problems: Problems) -> Mapping[str, Value] | None:
    """The second side's value for the compared axis, with what both sides have in others; None after a problem."""
    if comparing.against.value != BASELINE:
        return {comparing.axis: comparing.against.value}
    if comparing.axis not in baseline:
        there_is = "the baseline names no" if baseline else "there is no `baseline` that names a"
        problems.add(comparing.against.place, f"{there_is} {comparing.axis}; name it there, or write a value here")
        return None
    return None if None in baseline.values() else baseline


def _check_values(
    comparing: Comparing,
    there: Mapping[str, Mapping[Value, None]],
    strangers: AbstractSet[Value],
    problems: Problems,
) -> bool:
    """Whether something is wrong with the values that an entry names."""
    never = [(axis, told) for axis in AXES for told in comparing.named(axis) if told.value not in there[axis]]
    for axis, told in never:
        if told.value not in strangers:
            advice = nearest(str(told.value), [str(value) for value in there[axis] if value is not None])
            problems.add(told.place, f"no combination has {axis} {shown(str(told.value))}; {advice}")
    return bool(never)


def _pairs(comparing: Comparing, both: Mapping[str, Value], rows: Iterable[Row]) -> Iterator[Compared]:
    axis, against = AXES.index(comparing.axis), both[comparing.axis]
    firsts = None if comparing.values is None else {value.value for value in comparing.values}
    agrees = [
        *test_of({name: [value.value for value in told.value] for name, told in comparing.where.items()}),
        *test_of({name: (value,) for name, value in both.items() if name != comparing.axis}),
    ]
    chosen = [
        (combination[axis], like[:axis] + like[axis + 1 :], place)
        for written, combination, place in rows
        if passes(combination, agrees)
        for like in [written if comparing.axis == "server" else combination]
    ]
    others = {rest: place for value, rest, place in chosen if value == against}
    for value, rest, place in chosen:
        if value != against and (firsts is None or value in firsts) and rest in others:
            yield place, others[rest]
