"""The axes of a matrix: what each may hold and means, and what a combination and a cell have for it."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from operator import attrgetter
from typing import NamedTuple

from yaml.nodes import MappingNode

from harness.matrix.apps import Scenarios
from harness.matrix.catalog import scenario_catalog, server_catalog
from harness.matrix.containers import Advised, Key, OneOrMany
from harness.matrix.forecast import DEFAULT_THREADS
from harness.matrix.kinds import Name, Whole
from harness.matrix.reserved import ALL
from harness.model.plan import Cell, ThreadLimit

Value = str | int | None
"""What a combination has for an axis; None for an axis that is left out and has no default."""


class Combination(NamedTuple):
    """A value for every axis, in the order in which a plan varies them, the last one fastest.

    The words that stand for values, `auto` for a loop, `all` for the styles of a scenario and `around-knees` for
    concurrencies, are replaced in time. `pool_size` is None in a scenario that has no pool.
    """

    scenario: str
    server: str
    thread_limit: ThreadLimit
    workers: int
    loop: str
    pool_size: int | None
    client: str
    style: str
    concurrency: int | str
    rate: int | None


AXES = Combination._fields
REQUIRED_AXES = ("server", "style", "concurrency")

MOST_CONCURRENCY = 5_000
AROUND_KNEES = "around-knees"
"""What a concurrency may say for the numbers around the knees of a combination."""

Test = Sequence[tuple[int, AbstractSet[Value]]]
"""The places of some axes in a combination, each with the values that pass."""

_of_cell = attrgetter(*(name if name in Cell.__slots__ else f"launch.{name}" for name in AXES))


def test_of(values: Mapping[str, Iterable[Value]]) -> Test:
    """The test whether a combination has one of the values of each of these axes."""
    return [(AXES.index(name), frozenset(passing)) for name, passing in values.items()]


def passes(combination: Combination, test: Test) -> bool:
    """Whether a combination passes a test."""
    return all(combination[place] in passing for place, passing in test)


def values_of(combinations: Iterable[Combination]) -> dict[str, dict[Value, None]]:
    """The different values that combinations have for every axis, in the order in which they come."""
    return dict(zip(AXES, map(dict.fromkeys, zip(*combinations, strict=True)), strict=True))


def combination_of(cell: Cell) -> Combination:
    """The combination that a cell was made from."""
    return Combination._make(_of_cell(cell))


@cache
def axes() -> dict[str, Key]:
    """Every axis: what it may hold, and what it means."""
    return {
        "scenario": Key(
            Scenarios(tuple(scenario_catalog())),
            "The work that every request does: a file of scenarios/, an app of your own, or several of these.",
            (
                "sleep",
                ["sleep", "noop"],
                {"app": "mypackage.main:app", "path": "../mypackage", "endpoints": {"sync": {"get": "/items/sync"}}},
            ),
        ),
        "server": Key(
            OneOrMany(Name("server", tuple(server_catalog()), is_open=True)),
            "The ASGI servers to measure: files of servers/, or variants from the key `servers`.",
            (["uvicorn", "hypercorn", "granian"],),
        ),
        "thread_limit": Key(
            OneOrMany(Whole(1, 10_000, word="default")),
            "How many threads a worker process has for `def` endpoints; `default` leaves it as the framework sets it.",
            ([40, 100],),
            "default",
        ),
        "workers": Key(OneOrMany(Whole(1, 64)), "How many worker processes a server has.", (1, [1, 2]), 1),
        "loop": Key(
            OneOrMany(Name("loop", ("auto", *_loops()))),
            "The event loop that a server is told to use; `auto` is the one that it prefers.",
            ("uvloop", ["asyncio", "uvloop"]),
            "auto",
        ),
        "pool_size": Key(
            OneOrMany(Whole(1, 1_000)),
            "How many connections the pool of a scenario that has one holds in each worker process; each such scenario "
            "has a default of its own.",
            (10, [5, 40]),
        ),
        "client": Key(
            OneOrMany(_client()),
            "Who sends the requests: `engine` is the load engine of the harness, `aiohttp` shares one session with its "
            "connections open beforehand, `article` opens a session for every request; a list puts clients side by "
            "side. What the engine is told stands under another `client`, beside `matrix`.",
            ("engine", ["engine", "aiohttp"]),
            "engine",
        ),
        "style": Key(
            OneOrMany(Name("style", _styles(), is_open=True)),
            "How the endpoint is written: one of the styles of the scenario; `all` stands under `matrix` for all that "
            "each scenario has.",
            (["def", "async"], ALL),
        ),
        "concurrency": Key(
            OneOrMany(Whole(1, MOST_CONCURRENCY, word=AROUND_KNEES)),
            "How many requests are in flight at the same time; in an open loop, the most that may be (the connections "
            "of its pool). `around-knees`, which no open loop takes, stands for k x thread limit x workers and one "
            f"request more, for k = 1 and 2, in every combination by its own limit (`default` counts as "
            f"{DEFAULT_THREADS}); numbers beyond {MOST_CONCURRENCY:,} are left out.",
            ([20, 40, 41, 80], [1, 10, AROUND_KNEES]),
        ),
        "rate": Key(
            OneOrMany(Whole(1, 100_000)),
            "How many requests a second an open loop sends: `constant-arrival-rate` and `poisson-arrival-rate` need "
            "it, other executors take none.",
            (200, [100, 200]),
        ),
    }


@cache
def axis_defaults() -> dict[str, tuple[Value, ...]]:
    """The values of each axis that is left out."""
    read = {name: key.default_value() for name, key in axes().items()}
    return {name: tuple(each.value for each in values) if values else (None,) for name, values in read.items()}


def one_value_each() -> dict[str, Key]:
    """The axes of what names cells, a baseline for one: no word that stands for other values is among its values."""
    single = {name: key.kind.kind for name, key in axes().items() if isinstance(key.kind, OneOrMany)}
    single["scenario"] = scenario_name()
    single["loop"] = Name("loop", _loops())
    single["concurrency"] = Whole(1, MOST_CONCURRENCY)
    return {name: Key(single[name], axes()[name].says) for name in AXES}


def scenario_name() -> Name:
    """What names a scenario that the file has elsewhere: apps of the user's have names of their own."""
    return Name("scenario", tuple(scenario_catalog()), is_open=True)


def _client() -> Advised:
    """A value of the axis `client`."""
    return Advised(
        Name("client", ("engine", "aiohttp", "article")),
        (MappingNode,),
        "what the engine is told is no axis: write it under `client` at the top level",
    )


def _loops() -> tuple[str, ...]:
    return tuple(sorted({loop for server in server_catalog().values() for loop in server.loops}))


def _styles() -> tuple[str, ...]:
    return tuple(sorted({style for scenario in scenario_catalog().values() for style in scenario.styles}))
