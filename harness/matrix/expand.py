"""From axes to combinations by the rules of GitHub's matrix: the product, less `exclude`, then `include`.

Rule 1: `exclude` takes out what agrees with an entry in each axis that the entry names.
Rule 2: an entry of `include` is added to every combination of rule 1 in which it changes none of the axes that the file
gives values to. It may change what other axes have by default or from an entry before it.
Rule 3: where there is no such combination, the entry is a combination of its own, whatever `exclude` says. Axes that it
does not name have their defaults; the scenarios are then those of the file.

A list in an entry stands for one entry for each of its values.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import product
from math import prod
from typing import Any

from harness.matrix.axes import AXES, REQUIRED_AXES, Combination, Value, axis_defaults, passes, test_of
from harness.matrix.nodes import Problems, shown
from harness.matrix.reader import Axes, Entry

MOST_COMBINATIONS = 1_000_000


def expand(axes: Axes, own: Container[str], strangers: AbstractSet[Value], problems: Problems) -> list[Combination]:
    """The combinations that the axes span.

    `own` holds the keys of the matrix that are judged by themselves: an entry that a profile merely inherits need not
    fit the axes of that profile. `strangers` are values that are a problem already.
    """
    size = prod(map(len, axes.values.values())) + sum(prod(map(len, entry.values.values())) for entry in axes.include)
    if size > MOST_COMBINATIONS:
        problems.add(axes.place, f"the axes span more than {MOST_COMBINATIONS:,} combinations; name fewer values")
        return []
    if "exclude" in own:
        _check_excludes(axes, strangers, problems)
    excluded = [test_of(entry.values) for entry in axes.exclude]
    combinations = [
        combination
        for combination in map(Combination._make, product(*axes.values.values()))
        if not any(passes(combination, test) for test in excluded)
    ]
    added: list[Combination] = []
    for entry in axes.include:
        added += _include(combinations, axes, entry, problems if "include" in own else Problems())
    if not combinations and not added:
        problems.add(axes.place, "`exclude` leaves nothing to measure; take out an entry, or name more values")
    return combinations + added


def _check_excludes(axes: Axes, strangers: AbstractSet[Value], problems: Problems) -> None:
    for entry in axes.exclude:
        for name, values in entry.values.items():
            never = [value for value in values if value not in strangers and value not in axes.values[name]]
            if never:
                found = " or ".join(shown(str(value)) for value in never)
                there_is = ", ".join("none" if value is None else str(value) for value in axes.values[name])
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
