"""From the settings of a matrix file to its cells, and the pairs of them that it compares."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from harness.matrix.axes import INDEX, AxisRow, change
from harness.matrix.catalog import delay_of, parameters_of, pool_size_of, server_catalog
from harness.matrix.checks import check_blocks, check_executor, check_names, check_required
from harness.matrix.compare import PairOfRows, find_pairs
from harness.matrix.control import agrees
from harness.matrix.expand import expand
from harness.matrix.positions import Problems, quote
from harness.matrix.reader import Settings
from harness.matrix.thresholds import check_control, check_thresholds
from harness.model.axes import AUTO, MATRIX_AXES, Scope
from harness.model.plan import Cell, Launch, Variant

_LAUNCH_AXES = [axis.name for axis in MATRIX_AXES if axis.scope is Scope.LAUNCH]
_CELL_AXES = [axis.name for axis in MATRIX_AXES if axis.scope is not Scope.LAUNCH]


def find_cells(settings: Settings, problems: Problems) -> tuple[Sequence[Cell], Sequence[PairOfRows]]:
    """Return the cells that settings ask for, and the pairs of their indexes to compare; note every problem."""
    keys, own, unreadable = settings.keys, settings.own, settings.unreadable
    strange = check_names(settings, problems) | check_executor(settings, problems)
    if "blocks" in own:
        check_blocks(settings, problems)
    if "thresholds" in own and "baseline" not in settings.tree:
        check_control(keys.thresholds, problems)
    if not check_required(settings, problems):
        return (), ()
    written = expand(settings, strange, problems)
    in_force = list(_in_force(written, settings.variants))
    rows = list(dict.fromkeys(in_force))
    cells = list(_make_cells(rows, settings))
    if not rows:
        return (), ()
    baseline = settings.baseline
    is_checked = "baseline" in own and "baseline" not in unreadable and strange.isdisjoint(baseline.values())
    if is_checked and not any(agrees(cell, baseline) for cell in cells):
        named = ", ".join(f"{name} {quote(str(value))}" for name, value in baseline.items())
        text = f"no combination has {named}; name values that are measured together"
        problems.add(settings.tree.place_of("baseline"), text)
    compared = find_pairs(
        keys.compare,
        list(zip(written, in_force, strict=True)),
        rows,
        None if "baseline" in unreadable else baseline,
        strange,
        # Inherited entries need not fit.
        problems if "compare" in own else Problems(),
    )
    if "thresholds" in own:
        is_explained = "compare" in unreadable or ("compare" in own and keys.compare)
        firsts = {(cells[first], metric) for first, _, metric in compared} if compared or not is_explained else None
        check_thresholds(keys.thresholds, cells, firsts, keys.executor, problems)
    return cells, compared


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
    keys = settings.keys

    @cache
    def launch(*values: Any) -> Launch:
        fields = dict(zip(_LAUNCH_AXES, values, strict=True))
        scenario = fields["scenario"]
        delay_s, parameters = delay_of(scenario, keys.delay), parameters_of(scenario, keys.parameters)
        return Launch(**fields, delay_s=delay_s, parameters=parameters)

    for row in rows:
        fields: dict[str, Any] = {name: row[INDEX[name]] for name in _CELL_AXES}
        yield Cell(launch(*(row[INDEX[name]] for name in _LAUNCH_AXES)), executor=keys.executor, **fields)
