"""What cells and launches are called in a sentence: by their server, and by the axes in which their plan varies."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from harness.model.axes import BY_NAME, CONDITION_AXES, LAUNCH_AXES, Axis, Scope
from harness.model.executors import format_load
from harness.model.plan import Cell, Launch, Plan
from harness.model.words import counted

_MOST_VALUES = 6
"""Nobody reads a longer list of values: beyond it cells are counted, not named."""

_STYLE = BY_NAME["style"]
_LOAD = Axis("load", Scope.LOAD, "load", None, "Concurrent requests, or requests per second.", words="at {}")
_POINT_AXES = (_STYLE, _LOAD)
"""The axes that are named after the brackets."""


def _value(axis: Axis, cell: Cell) -> Any:
    """Return what a cell has for an axis; None if the axis does not apply."""
    return format_load(cell) if axis is _LOAD else axis.value(cell) or None


def _values(axis: Axis, cells: Iterable[Cell]) -> list[Any]:
    """Return the different values of these cells, in the order in which they first appear."""
    return list(dict.fromkeys(_value(axis, cell) for cell in cells))


def _phrase(axis: Axis, values: Sequence[Any]) -> str:
    """Return several values in words: `thread limit 10, 40`, `1 worker, 2 workers`."""
    first, *others = values
    phrase = axis.phrase(first)
    repeats = not phrase.endswith(axis.format_value(first))
    return ", ".join([phrase, *map(axis.phrase if repeats else axis.format_value, others)])


class Names:
    """The names of all cells and launches of one plan; an axis with one value per server goes without saying."""

    def __init__(self, plan: Plan) -> None:
        self._by_server = _group_by_server([*plan.cells, *(refusal.cell for refusal in plan.refusals)])
        # Not every scenario has a delay: the name of one without says that it has none.
        self._varying = {
            server: [axis for axis in CONDITION_AXES if len({*_values(axis, planned)} - {None}) > 1]
            for server, planned in self._by_server.items()
        }

    def name_launch(self, launch: Launch) -> str:
        """Return the name of a launch: `uvicorn (thread limit 40, loop uvloop)`."""
        axes = [axis for axis in self._varying[launch.server] if axis in LAUNCH_AXES]
        return launch.server + _in_brackets(axes, lambda axis: axis.launch_value(launch) or None)

    def name_series(self, cell: Cell) -> str:
        """Return the name of all cells under this one's conditions: `uvicorn (client aiohttp)`."""
        return cell.launch.server + _in_brackets(self._varying[cell.launch.server], lambda axis: _value(axis, cell))

    def name_cell(self, cell: Cell) -> str:
        """Return the name of one cell: `uvicorn (thread limit 40) async at 80`."""
        return " ".join([self.name_series(cell), *(axis.phrase(_value(axis, cell)) for axis in _POINT_AXES)])

    def name_group(self, cells: Iterable[Cell]) -> str:
        """Return a short name of many cells: `uvicorn, granian async-blocking at 80, 120; daphne: 12 cells`."""
        alike: dict[str, list[str]] = {}
        for server, own in _group_by_server(cells).items():
            alike.setdefault(_single_out(own, self._by_server[server]), []).append(server)
        return "; ".join(
            f"{', '.join(servers)}{rest}{' each' if len(servers) > 1 and rest.startswith(':') else ''}"
            for rest, servers in alike.items()
        )


def _in_brackets(axes: Iterable[Axis], value_of: Callable[[Axis], Any]) -> str:
    phrases = [axis.phrase(value) for axis in axes if (value := value_of(axis)) is not None]
    return f" ({', '.join(phrases)})" if phrases else ""


def _single_out(cells: Sequence[Cell], planned: Sequence[Cell]) -> str:
    """Return the values that only these cells have among all that are planned for their server.

    Returns their number if they are all, or if no short lists of values single them out.
    """
    meant = planned
    chosen: list[tuple[Axis, list[Any]]] = []
    for axis in (*CONDITION_AXES, *_POINT_AXES):
        values = _values(axis, cells)
        if None not in values and len(values) < len(_values(axis, meant)):
            chosen.append((axis, values))
            meant = [cell for cell in meant if _value(axis, cell) in values]
    if not chosen or len(meant) > len(cells) or max(len(values) for _, values in chosen) > _MOST_VALUES:
        return f": {counted(len(cells), 'cell')}"
    circumstances = [_phrase(axis, values) for axis, values in chosen if axis not in _POINT_AXES]
    points = [_phrase(axis, values) for axis, values in chosen if axis in _POINT_AXES]
    return "".join([f" ({', '.join(circumstances)})" if circumstances else "", *(f" {point}" for point in points)])


def _group_by_server(cells: Iterable[Cell]) -> dict[str, list[Cell]]:
    servers: dict[str, list[Cell]] = {}
    for cell in cells:
        servers.setdefault(cell.launch.server, []).append(cell)
    return servers
