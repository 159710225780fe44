"""What a journal says, in the form that reports are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.analysis.statistics.staircase import Staircase
from harness.analysis.statistics.verdicts import Verdict
from harness.model.journal import Ceiling, Header, InForce
from harness.model.plan import Cell, Launch, Status


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
    wire and the client.
    """

    wait: Percentiles
    work: Percentiles
    wire: Percentiles


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
class CellFinding:
    """One cell over all its blocks. What there is nothing to say of is None.

    `blocks` counts the blocks that gave a figure, `blocks_failed` those that did not, `measured_again` those in which
    there was reason to doubt a first sample; `flagged_blocks` counts for each flag those whose sample carries it. `ok`
    and `errors` count requests, `outcomes` counts them by what became of them. `requests_per_process` counts the
    requests that each worker process answered, busiest first, summed over blocks.

    Of a burst, `median_s` is the median over blocks of the time until the last answer, `low_s` and `high_s` the bounds
    of its exact 95% interval, None below six blocks; `model_s` is what the scenario's model expects, `vs_model` the
    measured share of it. `rps` is checked answers over measured time; of a steady executor, `rps_low` and `rps_high`
    are the bounds of the exact 95% interval of its median over blocks.
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
    split: Split | None = None
    punctuality: Punctuality | None = None
    ok: int = 0
    errors: int = 0
    outcomes: tuple[tuple[str, int], ...] = ()
    peak_handlers: int | None = None
    limiter_tokens: int | None = None
    health: HealthFinding | None = None
    server: ServerCosts | None = None
    client: ClientCosts | None = None
    requests_per_process: tuple[int, ...] = ()
    flagged_blocks: Mapping[str, int] = field(default_factory=dict)

    @property
    def flags(self) -> tuple[str, ...]:
        """The reasons to doubt this cell."""
        return tuple(self.flagged_blocks)


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
    """Two cells that the matrix wants compared, and the verdict on them.

    `ratio` says how many times as much `cell` took as `against`, the median over `blocks`; `low` and `high` bound its
    interval, which misses the truth with probability `may_miss` at most. `verdict` is None where there is a `reason` to
    withhold it.
    """

    cell: Cell
    against: Cell
    blocks: int
    ratio: float | None
    low: float | None
    high: float | None
    may_miss: float
    verdict: Verdict | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """The A/A control: the baseline measured twice in each block, under its own name and under another one.

    `cells` are the cells of the baseline. `ratio` says how many times as much the repetition took, in each block the
    geometric mean over these cells, and of that the median over `blocks`; `low` and `high` bound its 95% interval.
    `apart` are those cells that, held against their repetition by themselves, are faster or slower. `within` says
    whether the ratio lies within the practical difference and no cell is apart, None where there are too few blocks to
    tell.
    """

    cells: tuple[Cell, ...]
    blocks: int
    ratio: float | None
    low: float | None
    high: float | None
    within: bool | None
    apart: tuple[Cell, ...] = ()


Answer = Literal["confirmed", "refuted", "not tested"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one server says of a claim.

    `where` names the server and the conditions, `seen` is a sentence on what was measured there, `figures` are the
    figures in it. `reason` says why they settle nothing, where that is so.
    """

    launch: Launch
    client: str | None
    where: str
    answer: Answer
    seen: str
    figures: Mapping[str, float | int | str | None]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of the article, and what the run has to say to it; `reason` says why it was not tested."""

    number: int
    says: str
    answer: Answer
    reason: str | None
    evidence: tuple[Evidence, ...]


Outcome = Literal["kept", "broken", "undecided", "not judged"]


@dataclass(frozen=True, slots=True)
class ThresholdFinding:
    """What became of a threshold.

    `cell` is the one that decided, which is the worst of those that it holds for, or one that stands for a whole launch
    (`is_launch`); `figure` what it was judged by, with its interval where there is one. `reason` says in words what was
    found, and why nothing was decided where that is so.
    """

    written: str
    outcome: Outcome
    reason: str
    cell: Cell | None = None
    is_launch: bool = False
    figure: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """How well the bursts of `def` follow a staircase, and how well a line.

    `fit` is the staircase fitted to the medians over blocks, `line_misfit` the misfit of a line through the same
    points. `ratio` says how many times as far off the line is, each block fitted by itself: the median over blocks,
    with its 95% interval.
    """

    fit: Staircase
    line_misfit: float
    ratio: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Knee:
    """Where `def` falls behind `async`: above `low` simultaneous requests and no later than at `high`.

    `low` is None where `def` was not clearly level with `async` at any lower concurrency, `high` where it never fell
    clearly behind.
    `expected` is limit x workers, None where the limit that was in force is not known. `claimed` says that there were
    blocks enough for an interval; otherwise the bounds rest on single figures and are only a description.
    `ratios` says at each concurrency how many times as long `def` took, both in the same block: the median over blocks.
    `steps` says how the bursts of `def` fit the model, None where there are too few of them for that. `reason` says why
    nothing is claimed although there are blocks enough.
    """

    launch: Launch
    client: str
    low: int | None
    high: int | None
    expected: int | None
    claimed: bool
    ratios: Mapping[int, float]
    steps: Steps | None = None
    reason: str | None = None

    def is_apart_from(self, other: "Knee") -> bool:
        """Whether the two cannot be at the same number of requests; one interval may merely be wider than the other."""
        return self.claimed and other.claimed and (self._is_above(other) or other._is_above(self))

    def _is_above(self, other: "Knee") -> bool:
        return self.low is not None and other.high is not None and self.low >= other.high


@dataclass(frozen=True, slots=True)
class ScenarioFinding:
    """A scenario of the plan, and what it shows in the words of its own file."""

    name: str
    shows: str


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
class Trouble:
    """Something that was not measured, with its reason; `count` says how many samples it cost."""

    what: str
    status: Status
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """The article's figure beside ours, for one server, style and concurrency; seconds.

    `floor_s` is what the model expects, `excess_s` what was measured beyond it, `client_s` the CPU time that the client
    itself used meanwhile: the most of the excess that can be laid at its door. `engine_excess_s` is the excess of the
    same cell with the engine as its client, None where that was not measured: what is left of it without the client.
    """

    server: str
    style: str
    concurrency: int
    article_s: float
    median_s: float
    floor_s: float
    excess_s: float
    client_s: float
    engine_excess_s: float | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """All that the report says.

    `blocks` counts the blocks that were measured completely, those of a rerun left aside, `rerun` counts these;
    `finished` is False for an interrupted run, `wall_s` is how long the measuring took in all its sittings, as far as
    they were brought to an end. `ceiling` is what the engine could do at most, as last measured, None where it was not.
    `scenarios` leaves out those that are no longer there. `is_sequential` says that intervals had to hold at every
    look, `journal_sha256` is the digest of the journal, by which a change to it shows even where no figure does.
    """

    header: Header
    finished: bool
    blocks: int
    rerun: int
    wall_s: float
    ceiling: Ceiling | None
    scenarios: tuple[ScenarioFinding, ...]
    cells: tuple[CellFinding, ...]
    comparisons: tuple[Comparison, ...]
    control: Control | None
    ratios: tuple[Ratio, ...]
    claims: tuple[Claim, ...]
    thresholds: tuple[ThresholdFinding, ...]
    knees: tuple[Knee, ...]
    launches: tuple[LaunchFinding, ...]
    troubles: tuple[Trouble, ...]
    article: tuple[ArticleRow, ...]
    warnings: tuple[str, ...]
    is_sequential: bool = False
    journal_sha256: str | None = None
