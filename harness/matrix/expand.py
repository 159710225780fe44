"""From axes to combinations by the rules of GitHub's matrix: the product, less `exclude`, then `include`.

Rule 1: `exclude` takes out what agrees with an entry in each axis that the entry names. A number that `around-knees`
stands for, or a style that `all` does, is as good as one that is written.
Rule 2: an entry of `include` is added to every combination of rule 1 in which it changes none of the axes that the file
gives values to. It may change what other axes have by default or from an entry before it.
Rule 3: where there is no such combination, the entry is a combination of its own, whatever `exclude` says. Axes that it
does not name have their defaults; the scenarios are then those of the file.

A list in an entry stands for one entry for each of its values.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from harness.matrix.around import one_for_each_size, points
from harness.matrix.axes import (
    AROUND_KNEES,
    AXES,
    REQUIRED_AXES,
    Combination,
    Test,
    Value,
    axis_defaults,
    passes,
    test_of,
)
from harness.matrix.nodes import Problems, shown
from harness.matrix.reader import Axes, Entry
from harness.matrix.reserved import ALL

MOST_COMBINATIONS = 1_000_000


@dataclass(frozen=True, slots=True)
class Expanded:
    """The combinations, perhaps with the word `around-knees` for a concurrency.

    `kept` has what `exclude` leaves of the numbers that the word stands for, by the place of the combination, where it
    takes out any.
    """

    combinations: list[Combination]
    kept: Mapping[int, Sequence[int]]


def expand(axes: Axes, own: Container[str], strangers: AbstractSet[Value], problems: Problems) -> Expanded:
    """The combinations that the axes span.

    `own` holds the keys of the matrix that are judged by themselves: an entry that a profile merely inherits need not
    fit the axes of that profile. `strangers` are values that are a problem already.
    """
    size = prod(map(len, axes.values.values())) + sum(prod(map(len, entry.values.values())) for entry in axes.include)
    if size > MOST_COMBINATIONS:
        problems.add(axes.place, f"the axes span more than {MOST_COMBINATIONS:,} combinations; name fewer values")
        return Expanded([], {})
    excluded = [test_of(entry.values) for entry in axes.exclude]
    combinations = [
        combination for combination in _product(axes) if not any(passes(combination, test) for test in excluded)
    ]
    worded = {place: each for place, each in enumerate(combinations) if each.concurrency == AROUND_KNEES}
    added: list[Combination] = []
    for entry in axes.include:
        added += _include(combinations, axes, entry, problems if "include" in own else Problems())
    if "exclude" in own:
        _check_excludes(axes, [combinations[place] for place in worded], strangers, problems)
    kept = dict(_kept(worded, combinations, excluded))
    if not added and not any(kept.get(place, True) for place in range(len(combinations))):
        problems.add(axes.place, "`exclude` leaves nothing to measure; take out an entry, or name more values")
    return Expanded(combinations + added, kept)


def _product(axes: Axes) -> Iterator[Combination]:
    """Every combination of the values of these axes, with its own styles for a scenario whose style is `all`."""
    values = axes.values
    for scenario in values["scenario"]:
        styles = axes.styles[str(scenario)] if ALL in values["style"] else values["style"]
        yield from map(Combination._make, product(*{**values, "scenario": (scenario,), "style": styles}.values()))


def _kept(
    worded: Mapping[int, Combination], combinations: Sequence[Combination], excluded: Iterable[Test]
) -> Iterator[tuple[int, Sequence[int]]]:
    """What `exclude` leaves of the numbers of every combination of which it takes out any.

    It meets the combinations as they were before `include` changed them, `worded`, each with a number for the word.
    """
    place_of_it = AXES.index("concurrency")
    numbered = [test for test in excluded if any(place == place_of_it for place, _ in test)]
    for place, before in worded.items():
        there = list(points(combinations[place])) if numbered else []
        left = [
            number
            for number in there
            if not any(passes(before._replace(concurrency=number), test) for test in numbered)
        ]
        if len(left) < len(there):
            yield place, left


def _check_excludes(
    axes: Axes, worded: Iterable[Combination], strangers: AbstractSet[Value], problems: Problems
) -> None:
    """Note every entry that names a value which no combination has, the numbers of those with the word included."""
    numbers = {number for each in one_for_each_size(worded) for number in points(each)}
    styles = {each.style for each in _product(axes)} if ALL in axes.values["style"] else set()
    meant: Mapping[str, AbstractSet[Value]] = {"concurrency": numbers, "style": styles}
    for entry in axes.exclude:
        for name, values in entry.values.items():
            there = axes.values[name]
            known = {*there, *strangers, *meant.get(name, ())}
            never = [value for value in values if value not in known]
            if never:
                found = " or ".join(shown(str(value)) for value in never)
                there_is = ", ".join("none" if value is None else str(value) for value in there)
                text = f"this excludes nothing: {name} is never {found}, it is {there_is}; mend it or take it out"
                problems.add(entry.place, text)
                break


def _include(combinations: list[Combination], axes: Axes, entry: Entry, problems: Problems) -> list[Combination]:
    """Add an entry, in place, to the combinations that it fits; the combinations that it makes by itself."""
    fitting = {name: values for name, values in entry.values.items() if name in axes.written}
    setting = {name: values for name, values in entry.values.items() if name not in axes.written}
    changes: dict[str, Any] = {name: values[0] for name, values in setting.items()}
    test = test_of(fitting)
    fitted: set[tuple[Value, ...]] = set()
    for number, combination in enumerate(combinations):
        if passes(combination, test):
            fitted.add(tuple(combination[place] for place, _ in test))
            combinations[number] = combination._replace(**changes)
    for name, values in setting.items():
        if fitted and len(values) > 1:
            text = f"this entry gives {name} {len(values)} values in the same combinations"
            problems.add(entry.place, f"{text}; name one of them here, or all of them under `matrix`")
    left = [values for values in product(*fitting.values()) if values not in fitted]
    missing = [name for name in REQUIRED_AXES if name not in fitting]
    if left and missing:
        text = f"this entry fits no combination, and names no {' and no '.join(missing)} to be one of its own"
        problems.add(entry.place, f"{text}; mend it or take it out")
        return []
    return [combination for values in left for combination in _alone(axes, fitting, values, setting)]


def _alone(
    axes: Axes, fitting: Iterable[str], values: Iterable[Value], setting: Mapping[str, tuple[Value, ...]]
) -> Iterator[Combination]:
    """The combinations that an entry makes by itself, with these values on the axes that the file has, too."""
    spanned = {
        **axis_defaults(),
        "scenario": axes.values["scenario"],
        **{name: (value,) for name, value in zip(fitting, values, strict=True)},
        **setting,
    }
    return map(Combination._make, product(*(spanned[name] for name in AXES)))
