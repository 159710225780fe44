"""The conditions that figures were taken under: what they are called, and which of them a run varies."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from harness.model.plan import Cell, Launch, ThreadLimit
from harness.model.words import counted
from harness.report.writing.markdown import MARKDOWN, Voice
from harness.report.writing.numbers import delay

Item = TypeVar("Item")
Axes = frozenset[str]


@dataclass(frozen=True, slots=True)
class Conditions:
    """All that a figure depends on, but for server, style and load. None is what does not apply.

    In an open loop the load is the rate; how many connections there are for it is a condition.
    """

    scenario: str
    delay_s: float | None
    pool_size: int | None
    parameters: tuple[tuple[str, float], ...]
    thread_limit: ThreadLimit
    workers: int
    loop: str
    executor: str | None
    client: str | None
    connections: int | None


def of_launch(
    launch: Launch, executor: str | None = None, client: str | None = None, connections: int | None = None
) -> Conditions:
    """The conditions of all that one kind of launch serves."""
    return Conditions(
        scenario=launch.scenario,
        delay_s=launch.delay_s,
        pool_size=launch.pool_size,
        parameters=launch.parameters,
        thread_limit=launch.thread_limit,
        workers=launch.workers,
        loop=launch.loop,
        executor=executor,
        client=client,
        connections=connections,
    )


def of_cell(cell: Cell) -> Conditions:
    """The conditions of a cell."""
    return of_launch(cell.launch, cell.executor, cell.client, None if cell.rate is None else cell.concurrency)


def varied(cells: Sequence[Cell]) -> Axes:
    """The axes that have more than one value in these cells.

    What a scenario may be told varies within it, connections within an executor. A loop varies within a server: that
    each server runs on the loop that it can is no reason to keep servers apart.
    """
    found = [(cell.launch.server, of_cell(cell)) for cell in cells]
    values: dict[str, set[tuple[str | None, object]]] = {
        "scenario": {(None, one.scenario) for _, one in found},
        "delay": {(one.scenario, one.delay_s) for _, one in found},
        "pool size": {(one.scenario, one.pool_size) for _, one in found},
        "parameters": {(one.scenario, one.parameters) for _, one in found},
        "thread limit": {(None, one.thread_limit) for _, one in found},
        "workers": {(None, one.workers) for _, one in found},
        "loop": {(server, one.loop) for server, one in found},
        "executor": {(None, one.executor) for _, one in found},
        "client": {(None, one.client) for _, one in found},
        "connections": {(one.executor, one.connections) for _, one in found},
    }
    return frozenset(axis for axis, pairs in values.items() if len(pairs) > len({within for within, _ in pairs}))


def named(conditions: Conditions, axes: Axes, voice: Voice = MARKDOWN) -> str:
    """The conditions in a heading or in brackets, as far as these axes go: `sleep, thread limit 40, 2 workers`."""
    names = {
        "scenario": voice.text(conditions.scenario),
        "delay": None if conditions.delay_s is None else f"delay {delay(conditions.delay_s)}",
        "pool size": None if conditions.pool_size is None else f"pool of {conditions.pool_size}",
        "parameters": ", ".join(f"{voice.text(name)} {value:g}" for name, value in conditions.parameters) or None,
        "thread limit": f"thread limit {thread_limit(conditions.thread_limit)}",
        "workers": counted(conditions.workers, "worker"),
        "loop": f"loop {voice.text(conditions.loop)}",
        "executor": None if conditions.executor is None else f"executor {voice.text(conditions.executor)}",
        "client": None if conditions.client is None else f"client {voice.text(conditions.client)}",
        "connections": None if conditions.connections is None else counted(conditions.connections, "connection"),
    }
    return ", ".join(name for axis, name in names.items() if axis in axes and name is not None)


def thread_limit(asked: ThreadLimit) -> str:
    """A thread limit as it was asked for."""
    return "left unset" if asked == "default" else str(asked)


def grouped(
    items: Iterable[Item], conditions: Callable[[Item], Conditions], axes: Axes, voice: Voice = MARKDOWN
) -> list[tuple[str, list[Item]]]:
    """Items under the same name as far as these axes go, with that name, in the order in which they first appear."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(named(conditions(item), axes, voice), []).append(item)
    return list(groups.items())
