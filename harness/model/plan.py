"""What to measure: cells, the launches that serve them, and the plan that holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.model.apps import OwnApp
from harness.model.metrics import TIME
from harness.model.outcomes import Status

ThreadLimit = int | Literal["default"]
Connections = Literal["keep-alive", "per-request"]


@dataclass(frozen=True, slots=True)
class Launch:
    """The settings of one started server; all cells that agree in them are measured on the same start.

    `delay_s` and `pool_size` are None if the scenario takes none, `parameters` are its other settings.
    """

    scenario: str
    server: str
    thread_limit: ThreadLimit
    workers: int
    loop: str
    delay_s: float | None
    pool_size: int | None = None
    parameters: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of axis values.

    `concurrency` is the number of concurrent requests, in an open loop at most; `rate` is the requests per second of an
    open loop, None for other executors.
    """

    launch: Launch
    style: str
    executor: str
    client: str
    concurrency: int
    rate: int | None = None

    @property
    def connections(self) -> int | None:
        """Return the connections of an open loop, which limit the concurrent requests; None for other executors."""
        return None if self.rate is None else self.concurrency


@dataclass(frozen=True, slots=True)
class Load:
    """How the load of every cell is offered.

    `settle_s` passes between opening the last connection and the first request. A steady executor sends for `warmup_s`
    before it measures for `duration_s`, in one window a block or in several. `processes` share the requests of the
    engine, `connections` says whether a connection of the engine serves one request or many.
    """

    settle_s: float
    warmup_s: float
    duration_s: float
    processes: int
    connections: Connections


@dataclass(frozen=True, slots=True)
class Refusal:
    """A cell that is not measured: it cannot be done here (UNSUPPORTED), or would take too long (SKIPPED)."""

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
    """Two cells to compare by a metric (one of METRICS), by their indices in the plan: `cell` with `against`."""

    cell: int
    against: int
    metric: str = TIME.name


ThresholdMetric = Literal["knee", "ratio", "p99", "errors", "health_async"]
Aggregate = Literal["p50", "max", "share", "count"]
Operator = Literal["<", "<=", ">", ">=", "==", "within"]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A condition on a metric of some cells, given by their indices in the plan.

    `written` is how the matrix says it. `bounds` are the two ends of `within`, or the one number that the operator
    compares with: requests for a knee, milliseconds for `p99` and `health_async`, a share or a count of requests for
    `errors`. `aggregate` chooses among several figures of the metric: the median (`p50`) or the worst (`max`) of health
    checks, the `share` or the `count` of errors. `compares` is the metric of a ratio. `cells` is empty if it holds for
    no cell that is measured.
    """

    written: str
    metric: ThresholdMetric
    cells: tuple[int, ...]
    operator: Operator
    bounds: tuple[float, ...]
    aggregate: Aggregate | None = None
    compares: str = TIME.name


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a run needs, and everything that it takes to run it again.

    A cell is known by its index in `cells`. At most `blocks` and at least `min_blocks` blocks are measured; in between,
    a run ends once all `comparisons` are decided. `controls` pairs every cell of the A/A control with the cell of the
    baseline that it repeats under another name. `variants` has every server name of the matrix.
    `practical_difference` is a share (0.05 is 5%). The cells in `focus` are those that a question is about: each is
    measured in `rounds` windows a block, every other cell in one. At most `alive` launches are alive at once, None for
    as many as fit. After the fewest blocks, no block begins that would end later than `budget_s` after the start, None
    for no such limit. `matrix` is the text of the matrix file, `profile` and `only` are from the command line.
    `uncompared` counts the declared pairs that are not among the `comparisons`, since one of
    their cells is not measured. `apps` are the scenarios that are apps of the user's own: their endpoints are the
    styles. `database` is the URL of the user's own PostgreSQL, with `$NAME` for secrets, None if the matrix has none.
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
    controls: tuple[Pair, ...] = ()
    comparisons: tuple[Pair, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    profile: str | None = None
    only: tuple[str, ...] = ()
    matrix: str = ""
    uncompared: int = 0
    apps: Mapping[str, OwnApp] = field(default_factory=dict)
    database: str | None = None
    rounds: int = 1
    focus: frozenset[int] = frozenset()
    alive: int | None = None
    budget_s: float | None = None

    def own_app(self, cell: Cell) -> OwnApp | None:
        """Return the user's app that a cell asks, None if it asks an endpoint of scenarios/."""
        return self.apps.get(cell.launch.scenario)

    @property
    def control_names(self) -> frozenset[str]:
        """Return the names under which the A/A control repeats cells of the baseline."""
        return frozenset(self.cells[pair.cell].launch.server for pair in self.controls)

    @property
    def is_sequential(self) -> bool:
        """Return whether the figures decide when to stop, so that an interval has to hold at every look."""
        return self.min_blocks < self.blocks


@dataclass(frozen=True, slots=True)
class Course:
    """How a run continues: `until` which block, whether the missing blocks are a `rerun`, and with which `cells`.

    `cells` are indices in the plan, None for all of them.
    """

    until: int
    rerun: bool = False
    cells: frozenset[int] | None = None
