"""From axes to combinations by the rules of GitHub's matrix: the product, less `exclude`, then `include`.

Rule 1: `exclude` takes out the combinations that agree with an entry in each axis that the entry names. A number that
`around-knees` stands for, or a style that `all` does, is as good as one that is written.
Rule 2: an entry of `include` is added to every combination of rule 1 in which it changes none of the axes that the file
gives values to. It may change the values that other axes have by default or from an entry before it.
Rule 3: if there is no such combination, the entry is a combination of its own, even one that `exclude` names. The axes
that it leaves out have their defaults, and the scenarios are those of the file.

A list in an entry stands for one entry for each of its values.

`around-knees` stands for the numbers of requests around the knees that the model puts into a combination. Spread
evenly, k x limit x workers requests take k rounds of all threads, and a single one more takes another round. So each
combination gets these two numbers of its own, for k = 1 and 2.
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import product
from math import prod

from harness.matrix.axes import INDEX, NAMES, AxisRow, AxisValues, Test, change, make_test, passes
from harness.matrix.positions import Place, Problems, quote
from harness.matrix.reader import Settings
from harness.model.axes import ALL, AROUND_KNEES, DEFAULT, DEFAULT_THREADS, MATRIX_AXES, MAX_CONCURRENCY, Value
from harness.model.executors import EXECUTORS

MOST_COMBINATIONS = 1_000_000
ROUNDS = (1, 2)

_REQUIRED = [axis.name for axis in MATRIX_AXES if axis.required and axis.name != "scenario"]
_CONCURRENCY = INDEX["concurrency"]

Listed = Mapping[str, Sequence[Value]]
"""The values of every axis: those that the file lists, or the default."""


def expand(settings: Settings, strange: AbstractSet[Value], problems: Problems) -> Sequence[AxisRow]:
    """Return the combinations of a file, with `auto` for a loop that is left to the server.

    `strange` are values that are a problem already. A profile may inherit entries of `exclude` and `include` that do
    not fit its axes.
    """
    matrix, own, written = settings.keys.matrix, settings.own.get("matrix", ()), settings.listed
    place = settings.tree.place_of("matrix")
    listed: Listed = {axis.name: written.get(axis.name, (axis.default,)) for axis in MATRIX_AXES}
    entries = sum(prod(map(len, entry.values.values())) for entry in matrix.include)
    if prod(map(len, listed.values())) + entries > MOST_COMBINATIONS:
        problems.add(place, f"the axes span more than {MOST_COMBINATIONS:,} combinations; name fewer values")
        return []
    excluded = [make_test(entry.values) for entry in matrix.exclude]
    rows = [row for row in _span(listed, settings.styles) if not any(passes(row, test) for test in excluded)]
    worded = {at: row for at, row in enumerate(rows) if row[_CONCURRENCY] == AROUND_KNEES}
    added: list[AxisRow] = []
    for entry in matrix.include:
        added += _include(rows, listed, written.keys(), entry, problems if "include" in own else Problems())
    if "exclude" in own:
        numbers = {
            number for row in _one_of_each_size(rows[at] for at in worded) for number in numbers_around_knees(row)
        }
        known: dict[str, Iterable[Value]] = {**listed, "concurrency": [*listed["concurrency"], *numbers]}
        if ALL in listed["style"]:
            known["style"] = [style for name in listed["scenario"] for style in (ALL, *settings.styles[str(name)])]
        _check_excludes(matrix.exclude, listed, {name: {*values, *strange} for name, values in known.items()}, problems)
    left = {at: _numbers_left(rows[at], before, excluded) for at, before in worded.items()}
    if matrix.exclude and not added and not any(left.get(at, True) for at in range(len(rows))):
        problems.add(place, "`exclude` leaves nothing to measure; remove an entry, or name more values")
    rows += added
    executor = settings.keys.executor
    if EXECUTORS[executor].is_open_loop:
        _check_load(executor, rows, settings.tree.place_of("executor"), problems)
    else:
        rows = [row if row[INDEX["rate"]] is None else change(row, "rate", None) for row in rows]
    return _replace_around_knees(rows, left, matrix.section.place_of("concurrency"), problems)


def numbers_around_knees(row: AxisRow) -> Iterator[int]:
    """Yield the numbers of requests around the knees of a combination that a client can send."""
    thread_limit, workers = row[INDEX["thread_limit"]], row[INDEX["workers"]]
    limit = DEFAULT_THREADS if thread_limit == DEFAULT else thread_limit
    assert isinstance(limit, int)
    assert isinstance(workers, int)
    for rounds in ROUNDS:
        fit = rounds * limit * workers
        yield from (number for number in (fit, fit + 1) if number <= MAX_CONCURRENCY)


def _span(listed: Listed, styles: Listed) -> Iterator[AxisRow]:
    """Yield every combination of the listed values; `all` stands for the styles of each scenario."""
    for scenario in listed["scenario"]:
        own_styles = styles[str(scenario)] if ALL in listed["style"] else listed["style"]
        values = {**listed, "scenario": (scenario,), "style": own_styles}
        yield from product(*(values[name] for name in NAMES))


def _numbers_left(row: AxisRow, before: AxisRow, excluded: Iterable[Test]) -> list[int]:
    """Return the numbers around the knees of a combination that `exclude` leaves.

    It meets the combination as it was before `include` changed it, with each number in place of the word.
    """
    numbers = {number: change(before, "concurrency", number) for number in numbers_around_knees(row)}
    return [number for number, numbered in numbers.items() if not any(passes(numbered, test) for test in excluded)]


def _check_excludes(
    entries: Iterable[AxisValues], listed: Listed, known: Mapping[str, AbstractSet[Value]], problems: Problems
) -> None:
    """Note every entry with a value that no combination has; `known` also has the values that words stand for."""
    for entry in entries:
        for name, values in entry.values.items():
            never = [quote(str(value)) for value in values if value not in known[name]]
            if never:
                there_is = ", ".join("none" if value is None else str(value) for value in listed[name])
                text = f"this excludes nothing: {name} is never {' or '.join(never)}, it is {there_is}"
                problems.add(entry.section.place, f"{text}; fix it or remove it")
                break


def _include(
    rows: list[AxisRow], listed: Listed, written: Container[str], entry: AxisValues, problems: Problems
) -> Iterable[AxisRow]:
    """Add an entry, in place, to the combinations that it fits; return the combinations that it makes by itself."""
    place = entry.section.place
    fitting = {name: values for name, values in entry.values.items() if name in written}
    setting = {name: values for name, values in entry.values.items() if name not in written}
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
            problems.add(place, f"{text}; name one of them here, or all of them under `matrix`")
    left = [values for values in product(*fitting.values()) if values not in fitted]
    missing = [name for name in _REQUIRED if name not in fitting]
    if left and missing:
        text = f"this entry fits no combination, and lacks a {' and a '.join(missing)} to be one of its own"
        problems.add(place, f"{text}; fix it or remove it")
        return []
    alone = {axis.name: (axis.default,) for axis in MATRIX_AXES} | {"scenario": listed["scenario"]} | setting
    rows_alone: list[AxisRow] = []
    for values in left:
        fixed = alone | {name: (value,) for name, value in zip(fitting, values, strict=True)}
        rows_alone += product(*(fixed[name] for name in NAMES))
    return rows_alone


def _check_load(executor: str, rows: Sequence[AxisRow], place: Place, problems: Problems) -> None:
    """Note combinations whose load no open loop can offer."""
    if any(row[INDEX["rate"]] is None for row in rows):
        advice = "write `rate` under `matrix`, and in an entry of `include` that is a combination of its own"
        text = f"executor {executor} needs a rate, and there are combinations that have none; {advice}"
        problems.add(place, text)
    if any(row[_CONCURRENCY] == AROUND_KNEES for row in rows):
        useless = f"executor {executor} takes no concurrency {quote(AROUND_KNEES)}: there it is the most connections"
        problems.add(place, f"{useless}, and has no knee; name a number")


def _replace_around_knees(
    rows: Sequence[AxisRow], left: Mapping[int, Iterable[int]], place: Place, problems: Problems
) -> Sequence[AxisRow]:
    """Return combinations with numbers in place of `around-knees`, in ascending order within a kind of combination.

    `left` has the numbers that `exclude` leaves, by the index of the combination.
    """
    numbers: dict[AxisRow, set[int]] = {}
    worded = {index: row for index, row in enumerate(rows) if row[_CONCURRENCY] == AROUND_KNEES}
    for index, row in worded.items():
        numbers.setdefault(_without_concurrency(row), set()).update(left.get(index, numbers_around_knees(row)))
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
