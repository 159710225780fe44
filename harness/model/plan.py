"""What is to be measured: cells, the launches that serve them, and the plan that holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.model.apps import OwnApp
from harness.model.outcomes import Status

ThreadLimit = int | Literal["default"]
Connections = Literal["keep-alive", "per-request"]


@dataclass(frozen=True, slots=True)
class Launch:
    """What one started server is told; all cells that agree in this are measured on the same start.

    `delay_s` and `pool_size` are None where the scenario takes none, `parameters` are all others that it takes.
    """

    scenario: str
    server: str
    thread_limit: ThreadLimit
    workers: int
    loop: str
    delay_s: float | None
    pool_size: int | None = None
    parameters: tuple[tuple[str, float], ...] = ()


BURST, CLOSED_LOOP, CONSTANT_RATE, POISSON_RATE = EXECUTORS = (
    "burst",
    "closed-loop",
    "constant-arrival-rate",
    "poisson-arrival-rate",
)
"""How load can be offered: all at once, so many always in flight, or in an open loop at a given rate."""

STEADY = EXECUTORS[1:]
"""The executors that measure a window of time, after a warm-up."""

OPEN_LOOPS = EXECUTORS[2:]
"""The executors that send when a schedule says so, whatever has become of the requests before."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of axis values.

    `concurrency` is how many requests are in flight, in an open loop the most that may be; `rate` is the requests a
    second of an open loop, None for any other executor.
    """

    launch: Launch
    style: str
    executor: str
    client: str
    concurrency: int
    rate: int | None = None

    @property
    def asked(self) -> int:
        """How much is asked of a server, as a number: requests at once, or in an open loop requests a second."""
        return self.concurrency if self.rate is None else self.rate

    @property
    def connections(self) -> int | None:
        """The connections of an open loop, which limit how many requests are in flight; None for other executors."""
        return None if self.rate is None else self.concurrency


@dataclass(frozen=True, slots=True)
class Load:
    """How the load of every cell is offered.

    `settle_s` lies between the last connection's being open and the first request, `warmup_s` and `duration_s` are
    the times that a steady executor first spends unmeasured and then measures. `processes` share the requests of the
    engine, `connections` says whether a connection of the engine serves one request or many.
    """

    settle_s: float
    warmup_s: float
    duration_s: float
    processes: int
    connections: Connections


@dataclass(frozen=True, slots=True)
class Refusal:
    """A cell that is not measured: it cannot be done here (`unsupported`), or would take too long (`skipped`)."""

    cell: Cell
    status: Literal[Status.SKIPPED, Status.UNSUPPORTED]
    reason: str


@dataclass(frozen=True, slots=True)
class Variant:
    """A server under a name of the matrix: one of `servers/`, perhaps with arguments and environment of its own."""

    server: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait before giving up, in seconds: for a server to be ready, for a cell, for a server to stop."""

    ready_s: float
    cell_s: float
    stop_s: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two cells that are held against each other, by their places in the plan: `cell` against `against`."""

    cell: int
    against: int


Metric = Literal["knee", "ratio", "p99", "errors", "health_async"]
Aggregate = Literal["p50", "max", "share", "count"]
Operator = Literal["<", "<=", ">", ">=", "==", "within"]


@dataclass(frozen=True, slots=True)
class Threshold:
    """What the results must keep to: a condition on a metric of some cells, which are known by their places.

    `written` is how the matrix says it. `bounds` are the two ends of `within`, or the one number that the operator
    compares with: requests for a knee, milliseconds for `p99` and `health_async`, a share or a count of requests for
    `errors`. `aggregate` says which figure of the metric is meant where it has several: the median (`p50`) or the worst
    (`max`) of health checks, the `share` or the `count` of errors. `cells` is empty where the part of the matrix that
    is measured has none that it holds for.
    """

    written: str
    metric: Metric
    cells: tuple[int, ...]
    operator: Operator
    bounds: tuple[float, ...]
    aggregate: Aggregate | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a run needs to know, and all that it takes to run it again.

    A cell is known by its place in `cells`. `blocks` is the most blocks that are measured, `min_blocks` the fewest; in
    between, a run ends once all `comparisons` are decided. `controls` holds every cell of the A/A control against the
    cell of the baseline that it repeats under another name. `variants` holds every server name of the matrix,
    `practical_difference` is a share (0.05 is 5%), `matrix` the text of the matrix file as it was read, `profile` and
    `only` what the command line made of it. `uncompared` counts the pairs that the matrix declares and that are not
    among the `comparisons`, since one of their sides is not among the cells. `apps` are the scenarios that are apps
    of the user's: their endpoints are the styles. `database` is the URL of the user's own PostgreSQL, `$NAME` in place
    of secrets, None where the matrix names none.
    """

    title: str
    cells: tuple[Cell, ...]
    refusals: tuple[Refusal, ...]
    blocks: int
    min_blocks: int
    seed: int
    limits: Limits
    load: Load
    variants: Mapping[str, Variant]
    practical_difference: float
    baseline: Mapping[str, str | int]
    controls: tuple[Pair, ...]
    comparisons: tuple[Pair, ...]
    thresholds: tuple[Threshold, ...]
    profile: str | None
    only: tuple[str, ...]
    matrix: str
    uncompared: int = 0
    apps: Mapping[str, OwnApp] = field(default_factory=dict)
    database: str | None = None

    def own_app(self, cell: Cell) -> OwnApp | None:
        """The user's app that a cell asks, None where it asks an endpoint of scenarios/."""
        return self.apps.get(cell.launch.scenario)

    @property
    def control_names(self) -> frozenset[str]:
        """The names under which the A/A control repeats cells of the baseline."""
        return frozenset(self.cells[pair.cell].launch.server for pair in self.controls)

    @property
    def is_sequential(self) -> bool:
        """Whether what was measured decides when to stop, so that an interval has to hold at every look."""
        return self.min_blocks < self.blocks


@dataclass(frozen=True, slots=True)
class Course:
    """How a run goes on: `until` which block, and whether the blocks that are still missing are a `rerun`."""

    until: int
    rerun: bool = False
