"""What cells and launches are called in a sentence: by their server, and by what tells them apart in their plan."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from harness.model.plan import Cell, Plan
from harness.model.words import counted, load

_MOST_VALUES = 6
"""A longer list of values is read by nobody: beyond it cells are counted, not named."""


@dataclass(frozen=True, slots=True)
class _Axis:
    """One axis of a matrix: what a cell has for it, if anything, and the words around one or several values of it."""

    value: Callable[[Cell], Any]
    words: str

    def values(self, cells: Iterable[Cell]) -> dict[Any, None]:
        """The different values of these cells, as they come."""
        return dict.fromkeys(map(self.value, cells))

    def named(self, values: Iterable[Any]) -> str:
        return self.words.format(", ".join(map(str, values)))


def _connections(cell: Cell) -> int | None:
    """The concurrency of an open loop, which bounds how much is in flight and does not say how much is."""
    return None if cell.rate is None else cell.concurrency


_OF_LAUNCHES = (
    _Axis(attrgetter("launch.scenario"), "{}"),
    _Axis(attrgetter("launch.delay_s"), "delay {} s"),
    _Axis(attrgetter("launch.pool_size"), "pool of {}"),
    _Axis(attrgetter("launch.thread_limit"), "thread limit {}"),
    _Axis(attrgetter("launch.workers"), "workers {}"),
    _Axis(attrgetter("launch.loop"), "{}"),
)
_OF_LOAD = (
    _Axis(attrgetter("executor"), "{}"),
    _Axis(attrgetter("client"), "client {}"),
    _Axis(_connections, "{} connections"),
)
_OF_POINTS = (_Axis(attrgetter("style"), "{}"), _Axis(load, "at {}"))


class Names:
    """The names of all that one plan holds; an axis that has one value for a server goes without saying."""

    def __init__(self, plan: Plan) -> None:
        self._by_server = _by_server([*plan.cells, *(refusal.cell for refusal in plan.refusals)])
        # Not every scenario has a delay, nor every executor connections to spare: its own name tells that it has none.
        self._varying = {
            server: {axis for axis in (*_OF_LAUNCHES, *_OF_LOAD) if len(axis.values(planned).keys() - {None}) > 1}
            for server, planned in self._by_server.items()
        }

    def launch_of(self, cell: Cell) -> str:
        """The launch that serves a cell, as in `uvicorn (thread limit 40, uvloop)`."""
        return cell.launch.server + _described(self._circumstances(cell, _OF_LAUNCHES), [])

    def series_of(self, cell: Cell) -> str:
        """All cells under the conditions of this one, as in `uvicorn (thread limit 40, client aiohttp)`."""
        return cell.launch.server + _described(self._circumstances(cell, (*_OF_LAUNCHES, *_OF_LOAD)), [])

    def cell(self, cell: Cell) -> str:
        """One cell, as in `uvicorn (thread limit 40) async at 80`."""
        return self.series_of(cell) + _described([], [axis.named(axis.values([cell])) for axis in _OF_POINTS])

    def group(self, cells: Iterable[Cell]) -> str:
        """Many cells in few words, as in `uvicorn, granian async-blocking at 80, 120; daphne: 12 cells`."""
        alike: dict[str, list[str]] = {}
        for server, theirs in _by_server(cells).items():
            alike.setdefault(self._what_singles_out(theirs, self._by_server[server]), []).append(server)
        return "; ".join(
            f"{', '.join(servers)}{what}{' each' if len(servers) > 1 and what.startswith(':') else ''}"
            for what, servers in alike.items()
        )

    def _circumstances(self, cell: Cell, axes: Iterable[_Axis]) -> list[str]:
        varying = self._varying[cell.launch.server]
        named = [(axis, axis.values([cell])) for axis in axes if axis in varying]
        return [axis.named(values) for axis, values in named if None not in values]

    def _what_singles_out(self, cells: Sequence[Cell], planned: Sequence[Cell]) -> str:
        """The values that these cells have among all that are planned for their server.

        Their number where they are all of them, or where no short lists of values single them out.
        """
        meant = planned
        singled_out: dict[_Axis, dict[Any, None]] = {}
        for axis in (*_OF_LAUNCHES, *_OF_LOAD, *_OF_POINTS):
            values = axis.values(cells)
            if len(values) < len(axis.values(meant)):
                singled_out[axis] = values
                meant = [cell for cell in meant if axis.value(cell) in values]
        if not singled_out or len(meant) > len(cells) or max(map(len, singled_out.values())) > _MOST_VALUES:
            return f": {counted(len(cells), 'cell')}"
        return _described(
            [axis.named(values) for axis, values in singled_out.items() if axis not in _OF_POINTS],
            [axis.named(values) for axis, values in singled_out.items() if axis in _OF_POINTS],
        )


def _described(circumstances: Sequence[str], points: Sequence[str]) -> str:
    return "".join([f" ({', '.join(circumstances)})" if circumstances else "", *(f" {point}" for point in points)])


def _by_server(cells: Iterable[Cell]) -> dict[str, list[Cell]]:
    servers: dict[str, list[Cell]] = {}
    for cell in cells:
        servers.setdefault(cell.launch.server, []).append(cell)
    return servers
