"""The findings of a run, in codes and numbers: everything that reports are made from.

A missing figure is None.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.analysis.statistics.staircase import Staircase
from harness.analysis.statistics.verdicts import Verdict
from harness.model.flags import Flag, bound_by
from harness.model.journal import Ceiling, Header, InForce
from harness.model.metrics import TIME
from harness.model.outcomes import Status
from harness.model.plan import Aggregate, Cell, Launch, ThreadLimit, ThresholdMetric
from harness.model.scenarios import ScenarioFacts


class Withheld(StrEnum):
    """Why nothing is claimed, however many blocks there are."""

    CLIENT_BOUND = "client-bound"
    UPSTREAM_BOUND = "upstream-bound"
    LITTLES_LAW = "littles-law"
    GAVE_UP = "gave-up"
    BLOCKS_LOST = "blocks-lost"
    CONTROL_DIFFERS = "control-differs"
    CONTROL_DIFFERS_IN_METRIC = "control-differs-in-metric"
    CONTROL_SILENT = "control-silent"
    TOO_FEW_REQUESTS = "too-few-requests"
    NOT_MEASURED = "not-measured"
    TOO_FEW_BLOCKS = "too-few-blocks"


@dataclass(frozen=True, slots=True)
class Withholding:
    """A reason to withhold a verdict.

    For BLOCKS_LOST, `lost` of `blocks` gave no figure. For TOO_FEW_BLOCKS, one of two runs has only this many `blocks`.
    """

    code: Withheld
    lost: int = 0
    blocks: int = 0


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as much a cell took as another, in the same block: the median over blocks, and its 95% interval.

    It describes; what is claimed is a `Comparison`.
    """

    cell: Cell
    against: Cell
    blocks: int
    ratio: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two cells that the matrix compares by a metric, and the verdict on them.

    `ratio` is how many times as much `cell` took as `against`, the median over `blocks`. The interval from `low` to
    `high` misses the truth with probability `may_miss` at most. `verdict` is None if it is `withheld`; whatever the
    metric, FASTER stands for less of it, and SLOWER for more. `more_blocks` is about how many further blocks would
    decide an undecided one, None if that is out of reach.
    """

    cell: Cell
    against: Cell
    blocks: int
    ratio: float | None
    low: float | None
    high: float | None
    may_miss: float
    verdict: Verdict | None
    withheld: Withholding | None = None
    more_blocks: int | None = None
    metric: str = TIME.name


@dataclass(frozen=True, slots=True)
class Control:
    """The A/A control: the baseline measured twice in each block, under its own name and under another one.

    `cells` are the cells of the baseline. `ratio` is how many times as much the repetition took: in each block the
    geometric mean over these cells, and of that the median over `blocks`; `low` and `high` bound its 95% interval.
    `apart` are the cells that, compared with their repetition alone, are faster or slower.

    `within` is whether the ratio lies within the practical difference and no cell is apart, None with too few blocks.
    `ratio_within` is that of the ratio alone, however few blocks there are, `interval_within` that of its whole
    interval. `by_block` is the ratio of each block.
    """

    cells: tuple[Cell, ...]
    blocks: int
    ratio: float | None
    low: float | None
    high: float | None
    within: bool | None
    apart: tuple[Cell, ...] = ()
    by_block: tuple[float, ...] = ()
    ratio_within: bool | None = None
    interval_within: bool | None = None

    @property
    def differs(self) -> bool:
        """Whether it differs from itself by more than the practical difference, so that nothing is ranked."""
        return self.within is False


class KeepsUp(StrEnum):
    """Whether a server kept up with the rate of an open loop."""

    YES = "yes"
    NO = "no"
    UNDECIDED = "undecided"


class Outcome(StrEnum):
    """The outcome of a threshold, the gravest last."""

    KEPT = "kept"
    NOT_JUDGED = "not judged"
    UNDECIDED = "undecided"
    BROKEN = "broken"


class ThresholdReason(StrEnum):
    """Why a threshold has its outcome."""

    NO_CELL = "no-cell"
    NO_CONTROL = "no-control"
    WITHHELD = "withheld"
    TOO_FEW_BLOCKS = "too-few-blocks"
    INTERVAL_WITHIN = "interval-within"
    INTERVAL_ON_BOTH_SIDES = "interval-on-both-sides"
    UNCONFIRMED = "unconfirmed"
    RERUN_WITHHELD = "rerun-withheld"
    RERUN_DIFFERS = "rerun-differs"
    CONFIRMED = "confirmed"
    NO_KNEE = "no-knee"
    KNEE = "knee"
    KNEE_NOT_CLAIMED = "knee-not-claimed"
    FIGURE = "figure"
    NO_FIGURE = "no-figure"
    TOO_FEW_REQUESTS = "too-few-requests"


@dataclass(frozen=True, slots=True)
class ThresholdFinding:
    """The finding on a threshold.

    `cell` is the one that decided: the worst of the cells that the threshold names, or for a knee (`is_launch`) a cell
    that represents its launch. `figure` is what it was judged by, with its interval if there is one; `count` is how
    many requests or health checks the figure is of. `rerun_low` and `rerun_high` bound the ratio in a rerun. `withheld`
    is why a ratio or a knee, or the ratio of a rerun, may not be judged.
    """

    written: str
    metric: ThresholdMetric
    outcome: Outcome
    reason: ThresholdReason
    cell: Cell | None = None
    is_launch: bool = False
    figure: float | None = None
    low: float | None = None
    high: float | None = None
    aggregate: Aggregate | None = None
    count: int | None = None
    rerun_low: float | None = None
    rerun_high: float | None = None
    withheld: Withholding | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """How well the bursts of `def` follow a staircase, and how well a line.

    `fit` is the staircase fitted to the medians over blocks, `line_misfit` the misfit of a line through the same
    points. `ratio` is how many times as far off the line is, each block fitted by itself: the median over blocks, with
    its 95% interval.
    """

    fit: Staircase
    line_misfit: float
    ratio: float
    low: float | None
    high: float | None


class Placement(StrEnum):
    """How a knee lies to where the model expects it."""

    UNDECIDED = "undecided"
    LIMIT_UNKNOWN = "limit-unknown"
    SOONER = "sooner"
    LATER = "later"
    NOT_REACHED = "not-reached"
    UNDECIDED_BETWEEN = "undecided-between"
    AS_EXPECTED = "as-expected"

    @property
    def contradicts_the_model(self) -> bool:
        """Whether the knee cannot be where the model expects it."""
        return self in (Placement.SOONER, Placement.LATER)


class Explanation(StrEnum):
    """Why a knee that is not limit x workers agrees with the model all the same."""

    UNEVEN_WORKERS = "uneven-workers"


@dataclass(frozen=True, slots=True)
class Knee:
    """Where `def` falls behind `async`: above `low` simultaneous requests and no later than at `high`.

    `low` is None if `def` was not clearly level with `async` at any lower concurrency, `high` if it never fell clearly
    behind. `blocks` measured its bounds. `expected` is limit x workers, None if the limit in force is not known.
    `placement` is how the knee lies to where the model expects it of the requests that the busiest worker had;
    `explanation` is why that is not `expected`. `unevenness` is how many times an even share that worker had at the
    knee, the median over blocks, None for one worker. `claimed` says that there were enough blocks for an interval and
    nothing is `withheld`; otherwise the bounds rest on point medians and only describe. `ratios` is how many times as
    long `def` took at each concurrency, in the same block: the median over blocks. `waves` is how many waves of threads
    `def` took at `high`, None if the model and the ratio disagree, or agree on one. `steps` is how the bursts of `def`
    fit the model, None with too few of them.
    """

    launch: Launch
    client: str
    low: int | None
    high: int | None
    expected: int | None
    claimed: bool
    placement: Placement
    ratios: Mapping[int, float]
    waves: int | None = None
    steps: Steps | None = None
    withheld: Withholding | None = None
    unevenness: float | None = None
    explanation: Explanation | None = None
    blocks: int = 0

    @property
    def ratios_up_to_low(self) -> list[float]:
        """How many times as long `def` took at each concurrency up to `low`."""
        return [ratio for concurrency, ratio in self.ratios.items() if self.low is not None and concurrency <= self.low]

    def is_apart_from(self, other: "Knee") -> bool:
        """Return whether the two cannot be at the same number of requests, rather than one interval being wider."""
        return self.claimed and other.claimed and (self._is_above(other) or other._is_above(self))

    def _is_above(self, other: "Knee") -> bool:
        return self.low is not None and other.high is not None and self.low >= other.high


@dataclass(frozen=True, slots=True)
class Percentiles:
    """The median and the tails of a time over all requests, in milliseconds; a tail is None with too few requests."""

    p50_ms: float
    p95_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True, slots=True)
class Split:
    """Where the time of the requests went: waiting for a thread or the loop, working, and outside the app.

    Outside are the server, the wire and the client. The user's own app does not say when a handler starts: `wait` is
    None, and `work` is the time in the app until it began to answer.
    """

    wait: Percentiles | None
    work: Percentiles
    wire: Percentiles


@dataclass(frozen=True, slots=True)
class ClassFinding:
    """One class of the requests of a style: how many were answered, their latency, and the slowest of them."""

    requests: int
    latency: Percentiles
    max_ms: float


@dataclass(frozen=True, slots=True)
class Punctuality:
    """How an open loop kept its schedule, over all blocks.

    `lag_p99_ms` is how late the client itself sent. `late` counts the requests that first waited for a free connection,
    `dropped` the requests that still waited when the window ended.
    """

    lag_p99_ms: float | None
    late: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Checks:
    """The health checks that one route answered: how many, their median and the slowest of them."""

    checks: int
    p50_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class HealthFinding:
    """The health checks made during a cell, by the style of their route; None if none was answered."""

    in_async: Checks | None
    in_def: Checks | None
    unanswered: int


@dataclass(frozen=True, slots=True)
class ServerCosts:
    """The costs of the whole process tree of the server: shares of a core, and the most memory and threads seen.

    Pages that processes share count once, where the system tells (PSS).
    """

    cpu: float | None
    cpu_us_per_request: float | None
    peak_memory_mb: float
    threads: int


@dataclass(frozen=True, slots=True)
class ClientCosts:
    """The costs of the load generator: the median over blocks of the CPU seconds of a window, and its share of a core.

    `send_span_ms` is the time until the last request of a burst was sent, the median over blocks.
    """

    cpu_s: float
    cpu: float
    cpu_us_per_request: float | None
    peak_memory_mb: float | None
    send_span_ms: float | None = None


@dataclass(frozen=True, slots=True)
class UpstreamFinding:
    """How well the upstream of a cell kept up.

    It `answered` requests, at most `peak` of them concurrently. `late` is how long after their time answers were sent,
    over all blocks. `cpu` is the share of a core that it used in its busiest block.
    """

    answered: int
    peak: int
    late: Percentiles
    late_max_ms: float
    cpu: float


@dataclass(frozen=True, slots=True)
class CellFinding:
    """One cell over all its blocks.

    `blocks` counts the blocks that gave a figure, `windows` the windows in them, `blocks_failed` the other blocks;
    `reason` is why the first of these failed. `measured_again` counts blocks whose first sample was in doubt,
    `flagged_blocks` the blocks with each flag.
    `ok`, `errors`, `gave_up` and `outcomes` count requests; giving up is a result, not an error.
    `requests_per_process` counts the answers of each worker process, busiest first, summed over blocks. `unevenness` is
    how many times an even share the busiest of several workers had: the median over blocks, None for one worker.

    For a burst, `median_s` is the median over blocks of the time until the last answer, with its exact 95% interval
    from `low_s` to `high_s`; `model_s` is what the model expects, `vs_model` the ratio of the two. `rps` is checked
    answers over measured time; for a steady executor, `rps_low` and `rps_high` bound its median over blocks.
    `by_block` is the headline figure of each block that gave one, `typical_block` the first one nearest to the median.
    `keeps_up` is None if nothing may be claimed about that.

    `bodies_vary` says that an endpoint of the user's own app gave two bodies to the same request, so that answers are
    checked for status and expected JSON only; None for other apps. An own app has no `peak_handlers`.
    `waits_for_limit` says that by its model, requests take their threads from the thread limit.
    """

    cell: Cell
    status: Status
    reason: str | None
    version: str | None = None
    blocks: int = 0
    windows: int = 0
    blocks_failed: int = 0
    measured_again: int = 0
    median_s: float | None = None
    low_s: float | None = None
    high_s: float | None = None
    model_s: float | None = None
    vs_model: float | None = None
    rps: float | None = None
    rps_low: float | None = None
    rps_high: float | None = None
    latency: Percentiles | None = None
    classes: Mapping[str, ClassFinding] = field(default_factory=dict)
    split: Split | None = None
    punctuality: Punctuality | None = None
    keeps_up: KeepsUp | None = None
    ok: int = 0
    errors: int = 0
    gave_up: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    peak_handlers: int | None = None
    limiter_tokens: int | None = None
    health: HealthFinding | None = None
    server: ServerCosts | None = None
    client: ClientCosts | None = None
    upstream: UpstreamFinding | None = None
    requests_per_process: tuple[int, ...] = ()
    unevenness: float | None = None
    by_block: Mapping[int, float] = field(default_factory=dict)
    typical_block: int | None = None
    flagged_blocks: Mapping[Flag, int] = field(default_factory=dict)
    bodies_vary: bool | None = None
    waits_for_limit: bool = False

    @property
    def flags(self) -> tuple[Flag, ...]:
        """Return the reasons to doubt this cell."""
        return tuple(self.flagged_blocks)

    @property
    def threads(self) -> int:
        """Return the threads of all workers, 0 if their limit is not known."""
        return (self.limiter_tokens or 0) * self.cell.launch.workers

    @property
    def bound(self) -> Flag | None:
        """Return the flag that says that the client or the upstream was measured rather than the server."""
        return bound_by(self.flagged_blocks)


@dataclass(frozen=True, slots=True)
class LaunchFinding:
    """All launches of one kind, with the settings in force as read back from inside the server.

    `peak_handlers` is the most concurrent handlers in one process, of styles that the thread limit bounds. `launches`
    counts the launches that got ready; times are medians over them.
    """

    launch: Launch
    version: str | None
    in_force: InForce | None
    peak_handlers: int | None
    launches: int
    ready_s: float | None
    stop_s: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """How long the model of a style expects bursts on one kind of launch to take.

    `points` are (concurrent requests, seconds), ascending, at the ends and bends; between them the curve is straight.
    """

    launch: Launch
    style: str
    points: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One way to write an endpoint, and how long a burst then takes.

    `thread_limit` is as the matrix has it, and None if the style does not depend on it; `threads` is the limit of each
    worker. `took_s` are the medians of the servers on which this was measured, ascending.
    """

    style: str
    thread_limit: ThreadLimit | None
    threads: int | None
    took_s: tuple[float, ...]
    model_s: float


@dataclass(frozen=True, slots=True)
class Choice:
    """All options for a burst of `concurrency` requests, under conditions that one of its launches stands for.

    `knees_agree` says whether every knee that is claimed lies where the model allows it, None if none is claimed.
    `price` is the most times as long as `async` that `def` took with a thread for each request, None if that is within
    the practical difference or not known.
    """

    launch: Launch
    client: str
    concurrency: int
    options: tuple[Option, ...]
    knees_agree: bool | None = None
    price: float | None = None


@dataclass(frozen=True, slots=True)
class Capacity:
    """The limit that the threads of `def` set for calls of `delay_s` each, at the highest rate of the run.

    `threads` are those of all workers. By the model they answer `most_rps`, and the `rate` takes `needed` threads.
    `answered_rps` is what the servers answered, ascending.
    """

    delay_s: float
    rate: int
    threads: int
    most_rps: float
    needed: int
    answered_rps: tuple[float, ...]


class Part(StrEnum):
    """Where the time of a request can go; for an app measured as it is, only the last two are known."""

    WAITING = "waiting"
    WORKING = "working"
    IN_THE_APP = "in the application"
    OUTSIDE = "outside"


class Basis(StrEnum):
    """Why a style is preferred to the first of its rivals."""

    RIVAL_GAVE_UP = "rival-gave-up"
    SHOWN_AHEAD = "shown-ahead"
    NO_DIFFERENCE = "no-difference"
    LOWEST_MEDIAN = "lowest-median"


@dataclass(frozen=True, slots=True)
class Cause:
    """The part of its requests' time in which a style lost most to the preferred one: medians in milliseconds."""

    part: Part
    ms: float
    preferred_ms: float


@dataclass(frozen=True, slots=True)
class Rival(Comparison):
    """A style, compared with the one that is preferred to it under the same conditions and load.

    `gave_up` of its `requests` gave up. `cause` is None if no part of the time got longer.
    """

    gave_up: int = 0
    requests: int = 0
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """The style to prefer for one scenario at one load, and the styles that it is preferred to.

    The first of the rivals is the best that is written the other way (`def` against `async def`), or simply the next
    if all are written one way; the others follow in order of what they took. `basis` is why the style is preferred to
    the first. `blocks` is how many the preferred style was measured in. `is_highest` says that no two styles were
    measured at a higher load.
    """

    preferred: Cell
    blocks: int
    is_highest: bool
    basis: Basis
    rivals: tuple[Rival, ...]

    @property
    def over(self) -> Rival:
        """The first rival."""
        return self.rivals[0]

    @property
    def is_settled(self) -> bool:
        """Whether the preferred style is shown to be ahead of the first rival."""
        return self.basis in (Basis.RIVAL_GAVE_UP, Basis.SHOWN_AHEAD)


class TroubleCode(StrEnum):
    """Why something was not measured."""

    LAUNCH_FAILED = "launch-failed"
    CELL_FAILED = "cell-failed"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that was not measured, with its reason as it was recorded; `count` is how many samples it cost.

    `cells` are the cells that were lost; one of the launch stands for a launch. An interruption has instead the blocks
    that were measured in part, and the number of blocks that were not begun.
    """

    code: TroubleCode
    status: Status
    reason: str | None
    count: int
    cells: tuple[Cell, ...] = ()
    blocks_in_part: tuple[int, ...] = ()
    whole_blocks: int = 0


class WarningCode(StrEnum):
    """A reason to read figures with care."""

    FEW_BLOCKS = "few-blocks"
    MANY_COMPARISONS = "many-comparisons"
    NOT_COMPARED = "not-compared"
    NO_BASELINE = "no-baseline"
    BASELINE_NOT_MEASURED = "baseline-not-measured"
    BLOCK_INTERRUPTED = "block-interrupted"
    LAUNCHES_DIFFER = "launches-differ"
    PORT_KEPT = "port-kept"
    FLAGGED = "flagged"
    FLAGGED_IN_RERUN = "flagged-in-rerun"


@dataclass(frozen=True, slots=True)
class RunWarning:
    """A warning, with the numbers and facts that its code needs; the others are None.

    `blocks` are complete, and it takes `needed` of them. `block` was measured in several `sittings`. A `launch` had
    several `values` of a `fact`, or left its port taken in `launches` of its starts. `cells` and `samples` count those
    that carry the `flag`.
    """

    code: WarningCode
    blocks: int | None = None
    needed: int | None = None
    comparisons: int | None = None
    block: int | None = None
    sittings: int | None = None
    launch: Launch | None = None
    launches: int | None = None
    fact: str | None = None
    values: tuple[str | None, ...] | None = None
    flag: Flag | None = None
    cells: int | None = None
    samples: int | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that a run says.

    `valid` says that the figures are about the servers. `blocks` counts the complete blocks, `rerun` those of a rerun,
    which are not among them. `finished` is False for an interrupted run. `wall_s` is how long the measuring took in all
    completed sittings. `ceiling` is what the engine could do at most, as last measured. `scenarios` omits those that
    were removed since, `curves` the styles that have no model. `is_sequential` says that intervals had to hold at
    every look. `journal_sha256` shows any change to the journal. `extras` is what plug-ins found.
    """

    header: Header
    finished: bool
    valid: bool
    blocks: int
    rerun: int
    wall_s: float
    ceiling: Ceiling | None
    scenarios: tuple[ScenarioFacts, ...]
    cells: tuple[CellFinding, ...]
    comparisons: tuple[Comparison, ...]
    control: Control | None
    ratios: tuple[Ratio, ...]
    thresholds: tuple[ThresholdFinding, ...]
    knees: tuple[Knee, ...]
    launches: tuple[LaunchFinding, ...]
    troubles: tuple[Trouble, ...]
    warnings: tuple[RunWarning, ...]
    curves: tuple[Curve, ...] = ()
    advice: tuple[Advice, ...] = ()
    choice: Choice | None = None
    capacity: Capacity | None = None
    is_sequential: bool = False
    journal_sha256: str | None = None
    extras: tuple[object, ...] = ()

    @property
    def breaks_a_threshold(self) -> bool:
        """Return whether a threshold is broken."""
        return any(each.outcome is Outcome.BROKEN for each in self.thresholds)
