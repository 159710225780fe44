"""From the settings of a matrix file to the cells that it asks for, and the pairs of them that it compares."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from harness.matrix.catalog import delay_of, parameters_of, pool_size_of, server_catalog
from harness.matrix.checks import check_blocks, check_executor, check_load, check_names, check_required
from harness.matrix.compare import PairOfRows, find_pairs
from harness.matrix.control import agrees
from harness.matrix.expand import INDEX, AxisRow, Listed, ListedEntry, change, expand, replace_around_knees
from harness.matrix.positions import KEY, PathSteps, Problems, locate, quote
from harness.matrix.reader import Settings
from harness.matrix.thresholds import check_control, check_thresholds
from harness.model.axes import AUTO, MATRIX_AXES, Scope, Value
from harness.model.executors import EXECUTORS
from harness.model.plan import Cell, Launch, Variant


@dataclass(frozen=True, slots=True)
class Asked:
    """What a matrix asks for: `compared` has pairs of indexes in `cells`."""

    settings: Settings
    cells: Sequence[Cell]
    compared: Sequence[PairOfRows]


def find_cells(settings: Settings, profile: str | None, problems: Problems) -> Asked:
    """Return what settings ask for; note what is wrong with them, unless it is as wrong without the profile."""
    asked = _find_cells(settings)
    suffix = "" if profile is None else f" (with profile {quote(profile)})"
    known = set(problems)
    for problem in settings.problems:
        if problem not in known:
            problems.add(problem.place, problem.text + suffix)
    return asked


def _find_cells(settings: Settings) -> Asked:
    keys, own, unreadable = settings.keys, settings.own, settings.unreadable
    note_threshold = partial(_note_threshold, settings)
    strange = check_names(settings) | check_executor(settings)
    if "blocks" in own:
        check_blocks(settings)
    if "thresholds" in own and "baseline" not in settings.tree:
        check_control(keys.thresholds, note_threshold)
    if not check_required(settings):
        return Asked(settings, (), ())
    written = _combinations(settings, strange)
    in_force = list(_in_force(written, settings.variants))
    rows = list(dict.fromkeys(in_force))
    cells = list(_make_cells(rows, settings))
    if not rows:
        return Asked(settings, (), ())
    if "baseline" in own and "baseline" not in unreadable and strange.isdisjoint(settings.baseline.values()):
        _check_baseline(settings, cells)
    compared = find_pairs(
        keys.compare,
        list(zip(written, in_force, strict=True)),
        rows,
        None if "baseline" in unreadable else settings.baseline,
        strange,
        partial(_note_comparison, settings),
    )
    if "thresholds" in own:
        is_explained = "compare" in unreadable or ("compare" in own and keys.compare)
        firsts = frozenset(cells[first] for first, _ in compared) if compared or not is_explained else None
        check_thresholds(keys.thresholds, cells, firsts, keys.executor, note_threshold)
    return Asked(settings, cells, compared)


def _note_threshold(settings: Settings, key: str, text: str) -> None:
    settings.note(("thresholds", key, KEY), text)


def _note_comparison(settings: Settings, steps: PathSteps, text: str) -> None:
    """Note what is wrong with an entry of `compare`, unless it is merely inherited."""
    if "compare" in settings.own:
        settings.note(("compare", *steps), text)


def _check_baseline(settings: Settings, cells: Iterable[Cell]) -> None:
    if not any(agrees(cell, settings.baseline) for cell in cells):
        named = ", ".join(f"{name} {quote(str(value))}" for name, value in settings.baseline.items())
        settings.note(("baseline", KEY), f"no combination has {named}; name values that are measured together")


def _combinations(settings: Settings, strange: AbstractSet[Value]) -> Sequence[AxisRow]:
    """Return the combinations that a file lists, with `auto` for a loop that is left to the server."""
    values, matrix, problems = settings.listed(), settings.keys.matrix, settings.problems
    assert matrix is not None, "a required key"
    entries = {
        part: [
            ListedEntry(locate(settings.tree, ("matrix", part, number)), entry.by_axis())
            for number, entry in enumerate(getattr(matrix, part))
        ]
        for part in ("exclude", "include")
    }
    listed = Listed(
        place=locate(settings.tree, ("matrix", KEY)),
        values={axis.name: values.get(axis.name, (axis.default,)) for axis in MATRIX_AXES},
        written=values.keys(),
        exclude=entries["exclude"],
        include=entries["include"],
        styles=settings.styles,
        own=settings.own.get("matrix", ()),
        strange=strange,
    )
    rows, kept = expand(listed, problems)
    if EXECUTORS[settings.keys.executor].is_open_loop:
        check_load(settings, rows)
    else:
        rows = [row if row[INDEX["rate"]] is None else change(row, "rate", None) for row in rows]
    return replace_around_knees(rows, kept, locate(settings.tree, ("matrix", "concurrency", KEY)), problems)


def _in_force(rows: Iterable[AxisRow], variants: Mapping[str, Variant]) -> Iterator[AxisRow]:
    """Yield each combination with the loop that its server prefers for `auto`, and the size of its scenario's pool."""
    loop, pool_size, server, scenario = (INDEX[name] for name in ("loop", "pool_size", "server", "scenario"))
    catalog = server_catalog()
    preferred = {name: catalog[variant.server].loops[0] for name, variant in variants.items()}
    pools = cache(pool_size_of)
    for row in rows:
        size = pools(str(row[scenario]), row[pool_size])
        sized = row if size == row[pool_size] else change(row, "pool_size", size)
        yield change(sized, "loop", preferred.get(str(row[server]), AUTO)) if row[loop] == AUTO else sized


def _make_cells(rows: Iterable[AxisRow], settings: Settings) -> Iterator[Cell]:
    """Yield a cell for each combination; cells of the same launch share it."""
    of_launch = [axis.name for axis in MATRIX_AXES if axis.scope is Scope.LAUNCH]
    of_cell = [axis.name for axis in MATRIX_AXES if axis.scope is not Scope.LAUNCH]

    @cache
    def launch(values: AxisRow) -> Launch:
        scenario = str(values[of_launch.index("scenario")])
        fields: dict[str, Any] = dict(zip(of_launch, values, strict=True))
        return Launch(
            **fields,
            delay_s=delay_of(scenario, settings.keys.delay),
            parameters=parameters_of(scenario, settings.parameters),
        )

    launch_indexes, cell_indexes = ([INDEX[name] for name in names] for names in (of_launch, of_cell))
    for row in rows:
        fields: dict[str, Any] = dict(zip(of_cell, (row[index] for index in cell_indexes), strict=True))
        yield Cell(launch(tuple(row[index] for index in launch_indexes)), executor=settings.keys.executor, **fields)
