"""What is found of single cells, of the launches that served them, and of what their model expects."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.analysis.findings.judgements import KeepsUp
from harness.model.flags import Flag, bound_by
from harness.model.journal import InForce
from harness.model.outcomes import Status
from harness.model.plan import Cell, Launch, ThreadLimit


@dataclass(frozen=True, slots=True)
class Percentiles:
    """The median and the tails of a time over all requests, in milliseconds; a tail is None with too few requests."""

    p50_ms: float
    p95_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True, slots=True)
class Split:
    """Where the time of the requests went.

    Waiting to be handled (for a thread, or for the loop), working, and all that lies outside the app: the server, the
    wire and the client. Of the user's own app there is no evidence of handlers: `wait` is None, and `work` the time in
    the app, until it began to answer.
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
    """How an open loop kept to its schedule, over all blocks.

    The 99th percentile of how late the client itself was with its sends, how many requests were sent only after waiting
    for a free connection (`late`), and how many others still waited for one when the window ended (`dropped`).
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
    """The health checks made meanwhile, by the style of their route; None where none was answered.

    `unanswered` counts those that had no answer in the end.
    """

    in_async: Checks | None
    in_def: Checks | None
    unanswered: int


@dataclass(frozen=True, slots=True)
class ServerCosts:
    """What the whole process tree of the server spent: shares of a core, and the most memory and threads seen."""

    cpu: float | None
    cpu_us_per_request: float | None
    peak_memory_mb: float
    threads: int


@dataclass(frozen=True, slots=True)
class ClientCosts:
    """What the load processes spent: the median over blocks of CPU seconds, and the share of a core that they used.

    `send_span_ms` is the median over blocks of the time until the last request of a burst was sent.
    """

    cpu_s: float
    cpu: float
    cpu_us_per_request: float | None
    peak_memory_mb: float | None
    send_span_ms: float | None = None


@dataclass(frozen=True, slots=True)
class UpstreamFinding:
    """How well the upstream of a cell kept up.

    It `answered` so many requests, at most `peak` of them under way at once. How late its answers were sent: over all
    blocks, and the most of all. `cpu` is the share of a core that it used in the block in which that was most.
    """

    answered: int
    peak: int
    late: Percentiles
    late_max_ms: float
    cpu: float


@dataclass(frozen=True, slots=True)
class CellFinding:
    """One cell over all its blocks. What there is nothing to say of is None.

    `blocks` counts the blocks that gave a figure, `blocks_failed` those that did not, `measured_again` those in which
    there was reason to doubt a first sample; `flagged_blocks` counts for each flag those whose sample carries it. `ok`
    and `errors` count requests, `gave_up` those whose answer said that it waited for something in vain, which is a
    result and no error; `outcomes` counts all of them by what became of them. `requests_per_process` counts the
    requests that each worker process answered, busiest first, summed over blocks.

    Of a burst, `median_s` is the median over blocks of the time until the last answer, `low_s` and `high_s` the bounds
    of its exact 95% interval, None below six blocks; `model_s` is what the scenario's model expects, `vs_model` the
    measured share of it. `rps` is checked answers over measured time; of a steady executor, `rps_low` and `rps_high`
    are the bounds of the exact 95% interval of its median over blocks. `by_block` is what each block gave that gave a
    figure: the seconds of a burst, the answers a second of a steady executor; `typical_block` is the one nearest to the
    median, the first of those that are equally near. `keeps_up` is None where nothing may be claimed of that.

    `bodies_vary` says that an endpoint of the user's own app answered two calls with two bodies, so that the answers
    under load were checked for their status and what is expected of their JSON alone; None where the cell asks no such
    app. There is then no `peak_handlers`, since nobody has seen a handler.
    """

    cell: Cell
    status: Status
    reason: str | None
    version: str | None = None
    blocks: int = 0
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
    by_block: Mapping[int, float] = field(default_factory=dict)
    typical_block: int | None = None
    flagged_blocks: Mapping[Flag, int] = field(default_factory=dict)
    bodies_vary: bool | None = None

    @property
    def flags(self) -> tuple[Flag, ...]:
        """The reasons to doubt this cell."""
        return tuple(self.flagged_blocks)

    @property
    def bound(self) -> Flag | None:
        """The flag by which it says more about the client, or the upstream, than about the server."""
        return bound_by(self.flagged_blocks)


@dataclass(frozen=True, slots=True)
class LaunchFinding:
    """What was in force in all launches of one kind, as read back from inside the server.

    `peak_handlers` is the most handlers of styles bound by the thread limit seen at once in one process. `launches`
    counts the starts that got ready; times are medians over them, in seconds.
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
    """What the model of a style expects of bursts on one kind of launch.

    `points` are (simultaneous requests, seconds), ascending, where the curve begins, bends and ends; between two of
    them it is straight.
    """

    launch: Launch
    style: str
    points: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One way to write an endpoint, and what a burst of so many requests takes then.

    `thread_limit` is as it was asked for, None where the style does not depend on it, and `threads` how many there are
    of these for each worker. `took_s` are the medians over blocks of the servers on which this was measured, ascending;
    `model_s` is what the model expects, measured or not.
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
    """What the threads of `def` let through of calls that take `delay_s` each, at the highest rate that was asked for.

    `threads` are those of all workers, `most_rps` is what they can answer by the model, `needed` how many it takes for
    the `rate`, `answered_rps` what the servers answered of it, ascending.
    """

    delay_s: float
    rate: int
    threads: int
    most_rps: float
    needed: int
    answered_rps: tuple[float, ...]
