"""The axes, one record each: everything that handles axes derives from this table.

To add an axis, add a record here, a field of that name to `Launch` or `Cell`, and the code that acts on its value: a
server file finds it in `settings.axes`, a scenario in `launch_settings().axes`. The matrix reader, the JSON Schema, the
planner, `--only`, results.json, CSV, tables, filters and labels follow.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.model.plan import Cell, Launch

Value = str | int | None
"""The value of a cell for an axis of the matrix; None if the axis does not apply."""

DEFAULT = "default"
"""The thread limit that leaves the framework's own in place."""

DEFAULT_THREADS = 40
"""The thread limit then: `total_tokens` of anyio's default limiter, which Starlette uses."""

ALL = "all"
"""The style that stands for every style of a scenario."""

AUTO = "auto"
"""The loop that stands for the one a server prefers."""

AROUND_KNEES = "around-knees"
"""The concurrency that stands for the numbers next to the expected knees."""

MAX_CONCURRENCY = 5_000


class Scope(StrEnum):
    """Where an axis acts.

    A launch has one value of each axis of its scope; axes of the other scopes may vary from cell to cell on one launch.
    `LOAD` says how much load is offered, which is what the x axis of a chart shows.
    """

    LAUNCH = "launch"
    CELL = "cell"
    LOAD = "load"


class Catalog(StrEnum):
    """The lists of names that only the matrix room knows."""

    SCENARIOS = "scenario"
    SERVERS = "server"
    LOOPS = "loop"
    STYLES = "style"


@dataclass(frozen=True, slots=True)
class Whole:
    """Whole numbers from `minimum` to `maximum`.

    `word` is one more value of the axis. `stand_in` is a word of the matrix file that stands for other values; no cell
    has it.
    """

    minimum: int
    maximum: int
    word: str | None = None
    stand_in: str | None = None


@dataclass(frozen=True, slots=True)
class Name:
    """Names: these, or those of a catalog. `stand_in` is a word that stands for others; no cell has it."""

    names: tuple[str, ...] | Catalog
    stand_in: str | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis.

    `name` is its key in matrix.yaml, `--only`, results.json and CSV, and the field of `Launch` or `Cell` that holds it.
    `kind` is None for a fact that the file sets once for all cells. `words` put a value into a title or brackets, after
    the label if there are none; `{s}` is the ending of a plural. `default_words` take the place of the default.
    `default` counts if a matrix leaves the axis out, `own_app_default` if that matrix measures only apps of the user's.
    `within` names the axis inside of which this one counts as varying: each scenario has a delay of its own, and that
    two scenarios differ in it is not a variation.
    """

    name: str
    scope: Scope
    label: str
    kind: Whole | Name | None
    description: str
    default: Value = None
    required: bool = False
    own_app_default: Value = None
    examples: tuple[Any, ...] = ()
    format_value: Callable[[Any], str] = str
    words: str = ""
    default_words: str = ""
    within: str | None = None

    def phrase(self, value: Any) -> str:
        """Return a value with its words: `thread limit 40`, `2 workers`."""
        if value == self.default and self.default_words:
            return self.default_words
        words = self.words or f"{self.label} {{}}"
        return words.format(self.format_value(value), s="" if value == 1 else "s")

    def value(self, cell: Cell) -> Any:
        """Return the value of this axis in a cell."""
        return self.launch_value(cell.launch) if self.scope is Scope.LAUNCH else getattr(cell, self.name)

    def launch_value(self, launch: Launch) -> Any:
        """Return the value of this axis, which must be of scope LAUNCH, in a launch."""
        return getattr(launch, self.name)


def format_delay(delay_s: float) -> str:
    """Return a delay with its unit, as a matrix writes it: 250 us, 100 ms, 2 s."""
    for unit, in_seconds in (("s", 1), ("ms", 1e-3)):
        if delay_s >= in_seconds:
            return f"{delay_s / in_seconds:g} {unit}"
    return f"{delay_s / 1e-6:g} us"


def _format_parameters(parameters: tuple[tuple[str, float], ...]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in parameters)


AXES = (
    Axis(
        "scenario",
        Scope.LAUNCH,
        "scenario",
        Name(Catalog.SCENARIOS),
        "The work that every request does: a file of scenarios/, an app of your own, or several of these.",
        words="{}",
        required=True,
        examples=(
            "sleep",
            ["sleep", "noop"],
            {"app": "mypackage.main:app", "path": "../mypackage", "endpoints": {"sync": {"get": "/items/sync"}}},
        ),
    ),
    Axis(
        "delay_s",
        Scope.LAUNCH,
        "delay",
        None,
        "How long a request waits, in scenarios that take a delay.",
        format_value=format_delay,
        within="scenario",
    ),
    Axis(
        "parameters",
        Scope.LAUNCH,
        "parameters",
        None,
        "The other settings of a scenario.",
        words="{}",
        format_value=_format_parameters,
        within="scenario",
    ),
    Axis(
        "server",
        Scope.LAUNCH,
        "server",
        Name(Catalog.SERVERS),
        "The ASGI servers to measure: files of servers/, or variants from the key `servers`.",
        words="{}",
        required=True,
        examples=(["uvicorn", "hypercorn", "granian"],),
    ),
    Axis(
        "thread_limit",
        Scope.LAUNCH,
        "thread limit",
        Whole(1, 10_000, word=DEFAULT),
        "How many threads each worker process has for `def` endpoints; `default` leaves the framework's own limit.",
        default=DEFAULT,
        default_words="default thread limit",
        examples=([40, 100],),
    ),
    Axis(
        "workers",
        Scope.LAUNCH,
        "workers",
        Whole(1, 64),
        "How many worker processes a server has.",
        words="{} worker{s}",
        default=1,
        examples=(1, [1, 2]),
    ),
    Axis(
        "loop",
        Scope.LAUNCH,
        "loop",
        Name(Catalog.LOOPS, stand_in=AUTO),
        "The event loop that a server is told to use; `auto` is the one it prefers.",
        default=AUTO,
        examples=("uvloop", ["asyncio", "uvloop"]),
        within="server",
    ),
    Axis(
        "pool_size",
        Scope.LAUNCH,
        "pool size",
        Whole(1, 1_000),
        "How many connections the pool of a scenario holds in each worker process; each scenario with a pool has its "
        "own default.",
        words="pool of {}",
        examples=(10, [5, 40]),
        within="scenario",
    ),
    Axis("executor", Scope.CELL, "executor", None, "How the load is offered."),
    Axis(
        "client",
        Scope.CELL,
        "client",
        Name(("engine", "aiohttp", "article")),
        "The client that sends the requests: `engine` is the harness's own load generator, `aiohttp` shares one "
        "session whose connections are open beforehand, `article` opens a session for every request. A list compares "
        "clients. "
        "Settings of the engine go under the other `client`, next to `matrix`.",
        default="engine",
        examples=("engine", ["engine", "aiohttp"]),
    ),
    Axis(
        "style",
        Scope.CELL,
        "style",
        Name(Catalog.STYLES, stand_in=ALL),
        "How the endpoint is written: one of the scenario's styles, or the name of an endpoint of your own app. Under "
        "`matrix`, `all` stands for all of them; left out, it is `all` for your own apps.",
        words="{}",
        required=True,
        own_app_default=ALL,
        examples=(["def", "async"], ALL),
    ),
    Axis(
        "concurrency",
        Scope.LOAD,
        "concurrent requests",
        Whole(1, MAX_CONCURRENCY, stand_in=AROUND_KNEES),
        "Concurrent requests; in an open loop, the most there may be (the connections of its pool). "
        "`around-knees` stands for k x thread limit x workers and one more, for k = 1 and 2, in every "
        f"combination by its own limit (`default` counts as 40); numbers beyond {MAX_CONCURRENCY:,} are left out. An "
        "open loop does not take that word.",
        words="{} concurrent requests",
        required=True,
        examples=([20, 40, 41, 80], [1, 10, AROUND_KNEES]),
    ),
    Axis(
        "rate",
        Scope.LOAD,
        "rate",
        Whole(1, 100_000),
        "How many requests per second an open loop sends. Executors with an arrival rate need it; others take none.",
        words="{}/s",
        examples=(200, [100, 200]),
    ),
)
"""In the order in which a plan varies them, the last one fastest, and in which results list them."""

BY_NAME: Mapping[str, Axis] = {axis.name: axis for axis in AXES}
MATRIX_AXES = tuple(axis for axis in AXES if axis.kind is not None)
"""The axes that a matrix may list values for."""

LAUNCH_AXES = tuple(axis for axis in AXES if axis.scope is Scope.LAUNCH)
LOAD_AXES = tuple(axis for axis in AXES if axis.scope is Scope.LOAD)

CONNECTIONS = Axis(
    "connections",
    Scope.CELL,
    "connections",
    None,
    "How many connections an open loop has: its concurrency, under the name that tells what it bounds.",
    words="{} connection{s}",
    within="executor",
)
"""Not in `AXES`, since results.json has it as `concurrency`."""

_CONDITIONS = [axis for axis in AXES if axis.scope is not Scope.LOAD and axis.name not in ("server", "style")]
CONDITION_AXES = (
    *sorted(_CONDITIONS, key=lambda axis: "scenario" not in (axis.name, axis.within)),
    CONNECTIONS,
)
"""Everything else that a figure depends on, apart from server, style and load."""


def identify_launch(launch: Launch) -> dict[str, Any]:
    """Return all that tells a launch apart from the others of its run, by axis."""
    return {axis.name: axis.launch_value(launch) for axis in LAUNCH_AXES}


def identify_cell(cell: Cell) -> dict[str, Any]:
    """Return all that tells a cell apart from the others of its run, by axis."""
    return {axis.name: axis.value(cell) for axis in AXES}
