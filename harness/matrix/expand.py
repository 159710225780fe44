"""From axes to combinations by the rules of GitHub's matrix: the product, less `exclude`, then `include`.

Rule 1: `exclude` takes out what agrees with an entry in each axis that the entry names. A number that `around-knees`
stands for, or a style that `all` does, is as good as one that is written.
Rule 2: an entry of `include` is added to every combination of rule 1 in which it changes none of the axes that the file
gives values to. It may change what other axes have by default or from an entry before it.
Rule 3: if there is no such combination, the entry is a combination of its own, even one that `exclude` names. The axes
that it leaves out have their defaults, and the scenarios are those of the file.

A list in an entry stands for one entry for each of its values.

`around-knees` stands for the numbers of requests around the knees that the model puts into a combination. Spread
evenly, k x limit x workers requests take k rounds of all threads, and a single one more takes another round. So each
combination gets these two numbers of its own, for k = 1 and 2.
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import product
from math import prod

from harness.matrix.positions import Place, Problems, quote
from harness.model.axes import ALL, AROUND_KNEES, DEFAULT, DEFAULT_THREADS, MATRIX_AXES, MAX_CONCURRENCY, Value

MOST_COMBINATIONS = 1_000_000
ROUNDS = (1, 2)

AxisRow = tuple[Value, ...]
"""A combination: a value for each axis of MATRIX_AXES, perhaps a word that stands for others."""

NAMES = tuple(axis.name for axis in MATRIX_AXES)
INDEX: Mapping[str, int] = {name: index for index, name in enumerate(NAMES)}
_REQUIRED = [axis.name for axis in MATRIX_AXES if axis.required and axis.name != "scenario"]
_CONCURRENCY = INDEX["concurrency"]

Test = Sequence[tuple[int, AbstractSet[Value]]]
"""Indexes of some axes in a combination, each with the values that pass."""


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


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An entry of `exclude` or `include`: the values that it names for some of the axes."""

    place: Place
    values: Mapping[str, tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class Listed:
    """What a matrix lists: values for every axis, and what is then taken out and added.

    `written` are the axes that the file itself gives values to, `styles` those of every known scenario. `is_own` says
    which of `exclude` and `include` have to fit: a profile may inherit entries that do not fit its axes. `strange` are
    values that are a problem already.
    """

    place: Place
    values: Mapping[str, tuple[Value, ...]]
    written: AbstractSet[str]
    exclude: Sequence[ListedEntry]
    include: Sequence[ListedEntry]
    styles: Mapping[str, Sequence[str]]
    own: Container[str]
    strange: AbstractSet[Value]


def expand(listed: Listed, problems: Problems) -> tuple[Sequence[AxisRow], Mapping[int, Sequence[int]]]:
    """Return the combinations that a matrix lists, perhaps with `around-knees` for a concurrency.

    `auto` stands for a loop that is left to the server, None for the default of a pool. The mapping has what `exclude`
    leaves of the numbers that `around-knees` stands for, by the index of the combination, if it takes out any.
    """
    entries = sum(prod(map(len, entry.values.values())) for entry in listed.include)
    if prod(map(len, listed.values.values())) + entries > MOST_COMBINATIONS:
        problems.add(listed.place, f"the axes span more than {MOST_COMBINATIONS:,} combinations; name fewer values")
        return [], {}
    excluded = [make_test(entry.values) for entry in listed.exclude]
    rows = [row for row in _product(listed) if not any(passes(row, test) for test in excluded)]
    worded = {number: row for number, row in enumerate(rows) if row[_CONCURRENCY] == AROUND_KNEES}
    added: list[AxisRow] = []
    for entry in listed.include:
        added += _include(rows, listed, entry, problems if "include" in listed.own else Problems())
    if "exclude" in listed.own:
        _check_excludes(listed, [rows[number] for number in worded], problems)
    kept = dict(_kept_numbers(worded, rows, excluded))
    if not added and not any(kept.get(number, True) for number in range(len(rows))):
        problems.add(listed.place, "`exclude` leaves nothing to measure; remove an entry, or name more values")
    return rows + added, kept


def numbers_around_knees(row: AxisRow) -> Iterator[int]:
    """Yield the numbers of requests around the knees of a combination that a client can send."""
    thread_limit, workers = row[INDEX["thread_limit"]], row[INDEX["workers"]]
    limit = DEFAULT_THREADS if thread_limit == DEFAULT else thread_limit
    assert isinstance(limit, int)
    assert isinstance(workers, int)
    for rounds in ROUNDS:
        fit = rounds * limit * workers
        yield from (number for number in (fit, fit + 1) if number <= MAX_CONCURRENCY)


def _product(listed: Listed) -> Iterator[AxisRow]:
    """Yield every combination of the listed values; `all` stands for the styles of each scenario."""
    for scenario in listed.values["scenario"]:
        styles = listed.styles[str(scenario)] if ALL in listed.values["style"] else listed.values["style"]
        values = {**listed.values, "scenario": (scenario,), "style": styles}
        yield from product(*(values[name] for name in NAMES))


def _kept_numbers(
    worded: Mapping[int, AxisRow], rows: Sequence[AxisRow], excluded: Iterable[Test]
) -> Iterator[tuple[int, Sequence[int]]]:
    """Yield what `exclude` leaves of the numbers of every combination of which it takes out any.

    It meets the combinations as they were before `include` changed them, `worded`, each with a number for the word.
    """
    numbered = [test for test in excluded if any(index == _CONCURRENCY for index, _ in test)]
    for index, before in worded.items():
        numbers = list(numbers_around_knees(rows[index])) if numbered else []
        left = [
            number
            for number in numbers
            if not any(passes(change(before, "concurrency", number), test) for test in numbered)
        ]
        if len(left) < len(numbers):
            yield index, left


def _check_excludes(listed: Listed, worded: Iterable[AxisRow], problems: Problems) -> None:
    """Note every entry with a value that no combination has, counting the numbers that a word stands for."""
    numbers = {number for row in _one_of_each_size(worded) for number in numbers_around_knees(row)}
    styles = {row[INDEX["style"]] for row in _product(listed)} if ALL in listed.values["style"] else set()
    stood_for: Mapping[str, AbstractSet[Value]] = {"concurrency": numbers, "style": styles}
    for entry in listed.exclude:
        for name, values in entry.values.items():
            known = {*listed.values[name], *listed.strange, *stood_for.get(name, ())}
            never = [value for value in values if value not in known]
            if never:
                found = " or ".join(quote(str(value)) for value in never)
                there_is = ", ".join("none" if value is None else str(value) for value in listed.values[name])
                text = f"this excludes nothing: {name} is never {found}, it is {there_is}; fix it or remove it"
                problems.add(entry.place, text)
                break


def _include(rows: list[AxisRow], listed: Listed, entry: ListedEntry, problems: Problems) -> Iterable[AxisRow]:
    """Add an entry, in place, to the combinations that it fits; return the combinations that it makes by itself."""
    fitting = {name: values for name, values in entry.values.items() if name in listed.written}
    setting = {name: values for name, values in entry.values.items() if name not in listed.written}
    test = make_test(fitting)
    fitted: set[AxisRow] = set()
    for number, row in enumerate(rows):
        if passes(row, test):
            fitted.add(tuple(row[index] for index, _ in test))
            for name, values in setting.items():
                rows[number] = change(rows[number], name, values[0])
    for name, values in setting.items():
        if fitted and len(values) > 1:
            text = f"this entry gives {name} {len(values)} values in the same combinations"
            problems.add(entry.place, f"{text}; name one of them here, or all of them under `matrix`")
    left = [values for values in product(*fitting.values()) if values not in fitted]
    missing = [name for name in _REQUIRED if name not in fitting]
    if left and missing:
        text = f"this entry fits no combination, and lacks a {' and a '.join(missing)} to be one of its own"
        problems.add(entry.place, f"{text}; fix it or remove it")
        return []
    spanned = {
        **{axis.name: (axis.default,) for axis in MATRIX_AXES},
        "scenario": listed.values["scenario"],
        **setting,
    }
    return [
        row
        for values in left
        for fixed in [{name: (value,) for name, value in zip(fitting, values, strict=True)}]
        for row in product(*({**spanned, **fixed}[name] for name in NAMES))
    ]


def replace_around_knees(
    rows: Sequence[AxisRow], kept: Mapping[int, Iterable[int]], place: Place, problems: Problems
) -> Sequence[AxisRow]:
    """Return combinations with numbers in place of `around-knees`, in ascending order within a kind of combination.

    `kept` has what `exclude` leaves of the numbers, by the index of the combination, if it takes out any.
    """
    numbers: dict[AxisRow, set[int]] = {}
    worded = {index: row for index, row in enumerate(rows) if row[_CONCURRENCY] == AROUND_KNEES}
    for index, row in worded.items():
        numbers.setdefault(_without_concurrency(row), set()).update(kept.get(index, numbers_around_knees(row)))
    for row in _one_of_each_size(worded.values()):
        if not any(numbers_around_knees(row)):
            text = f"'{AROUND_KNEES}' stands for no number up to {MAX_CONCURRENCY} where thread_limit is"
            sizes = f"{row[INDEX['thread_limit']]} and workers is {row[INDEX['workers']]}"
            problems.add(place, f"{text} {sizes}; exclude it there, or lower them")
    for row in rows:
        alike, concurrency = _without_concurrency(row), row[_CONCURRENCY]
        if alike in numbers and isinstance(concurrency, int):
            numbers[alike].add(concurrency)
    in_order = {alike: [change(alike, "concurrency", number) for number in sorted(numbers[alike])] for alike in numbers}
    # All numbers stand where the first combination of their kind stood.
    return list(dict.fromkeys(each for row in rows for each in in_order.get(_without_concurrency(row), (row,))))


def _one_of_each_size(rows: Iterable[AxisRow]) -> Collection[AxisRow]:
    """Return a combination for each thread limit and number of workers, which decide the numbers around knees."""
    return {(row[INDEX["thread_limit"]], row[INDEX["workers"]]): row for row in rows}.values()


def _without_concurrency(row: AxisRow) -> AxisRow:
    return change(row, "concurrency", None)
