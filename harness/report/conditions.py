"""The conditions that figures were taken under: which of them a run varies, and how to name and group by them.

A condition is any axis but server, style and load. In an open loop the load is the rate, and the number of connections
is a condition.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from harness.analysis.findings import Findings
from harness.model.axes import BY_NAME, CONDITION_AXES, Axis, Scope
from harness.model.executors import format_load
from harness.model.plan import Cell, Launch
from harness.model.words import one_line
from harness.report.document import Line, as_line, code, enumerate_words, join, line
from harness.report.numbers import seconds

Item = TypeVar("Item")
Axes = frozenset[str]
"""Axes by their names."""

ALWAYS_SHOWN = ("server", "style", "thread_limit")
"""The axes that tables of cells show, whether or not a run varies them."""

FILTER_AXES = (
    *(BY_NAME[name] for name in ALWAYS_SHOWN),
    *(axis for axis in CONDITION_AXES if axis.name not in (*ALWAYS_SHOWN, "parameters", "connections")),
)
"""The axes that the cells of a page can be filtered by: one plain value each, and no load."""

Conditions = Mapping[str, Any]
"""The value of each axis by its name; None, or no value at all, where an axis does not apply."""


def write_axis_value(axis: Axis, value: Any) -> str:
    """Return a value as tables and filters of the page have it: seconds as figures, which can be sorted by."""
    return seconds(value) if axis.name.endswith("_s") else one_line(axis.format_value(value))


def cell_conditions(cell: Cell) -> Conditions:
    """Return the conditions of a cell."""
    return {axis.name: axis.value(cell) for axis in CONDITION_AXES}


def launch_conditions(launch: Launch, client: str | None = None) -> Conditions:
    """Return the conditions of all cells of a launch, and of one client where it is given."""
    of_launch = {axis.name: axis.launch_value(launch) for axis in CONDITION_AXES if axis.scope is Scope.LAUNCH}
    return {**of_launch, "client": client}


def run_axes(findings: Findings) -> Axes:
    """Return the conditions that a run varies."""
    return varied_axes([finding.cell for finding in findings.cells])


def varied_axes(cells: Sequence[Cell]) -> Axes:
    """Return the conditions in which these cells differ.

    An axis that counts `within` another must differ between cells that agree in the other.
    """
    return frozenset(axis.name for axis in CONDITION_AXES if _varies(axis, cells))


def _varies(axis: Axis, cells: Sequence[Cell]) -> bool:
    within = BY_NAME[axis.within] if axis.within else None
    values = {(within and within.value(cell), axis.value(cell)) for cell in cells}
    return len(values) > len({outer for outer, _ in values})


def name_conditions(under: Cell | Conditions, axes: Axes) -> str:
    """Return these axes of the conditions as words for a heading or brackets: `sleep, thread limit 40, 2 workers`."""
    conditions = cell_conditions(under) if isinstance(under, Cell) else under
    values = [(axis, conditions.get(axis.name)) for axis in CONDITION_AXES if axis.name in axes]
    return ", ".join(axis.phrase(value) for axis, value in values if value not in (None, ()))


def group_by_conditions(
    items: Iterable[Item], conditions_of: Callable[[Item], Cell | Conditions], axes: Axes
) -> list[tuple[str, list[Item]]]:
    """Return items grouped by the name of their conditions in these axes, in the order in which they first appear."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(name_conditions(conditions_of(item), axes), []).append(item)
    return list(groups.items())


@dataclass(frozen=True, slots=True)
class Contrast:
    """The names of the two sides of a comparison, and what they share; a field is empty where they differ."""

    first: Line
    second: Line
    server: str
    style: str
    load: str
    conditions: str

    @property
    def sides(self) -> Line:
        """Return the two sides: `def against async`."""
        return line("{} against {}", self.first, self.second)

    @property
    def common(self) -> Line:
        """Return what both sides share, as in `uvicorn at 41 (thread limit 40)`."""
        at = [f"at {self.load}"] if self.load else []
        shared = join([*([self.server] if self.server else []), *([code(self.style)] if self.style else []), *at])
        return line("{} ({})", shared, self.conditions) if self.conditions else shared


def contrast(cell: Cell, against: Cell, axes: Axes) -> Contrast:
    """Return the contrast of two cells of a run that varies these axes."""
    differing = varied_axes([cell, against])
    parts: Mapping[str, Callable[[Cell], str]] = {
        "server": lambda one: one.launch.server,
        "style": lambda one: one.style,
        "load": format_load,
    }
    shared = {name: "" if write(cell) != write(against) else write(cell) for name, write in parts.items()}

    def name_side(one: Cell) -> Line:
        words = [
            code(write(one)) if name == "style" else write(one) for name, write in parts.items() if not shared[name]
        ]
        if conditions := name_conditions(one, differing):
            words.append(conditions)
        return enumerate_words([as_line(each) for each in words])

    return Contrast(name_side(cell), name_side(against), **shared, conditions=name_conditions(cell, axes - differing))
