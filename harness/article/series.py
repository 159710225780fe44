"""The measurements that claims are tested on, and how a ratio decides a claim."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.analysis.comparisons import log_ratios
from harness.analysis.figures import Figures
from harness.analysis.findings import Findings, Knee, LaunchFinding
from harness.analysis.models import model_of
from harness.analysis.statistics.estimates import MAY_MISS, blocks_for_an_interval, estimate, of_logs
from harness.analysis.tally import Blocks, Tally, bound_by
from harness.article.findings import ClaimEvidence, ClaimFigures, ClaimVerdict, OpenReason, WhyOpen
from harness.model.executors import executor_of
from harness.model.plan import Cell, Launch

ARTICLE_SCENARIOS = ("sleep", "noop")
"""The scenario that does what the article's endpoints do, and the one without the sleep.

In other scenarios a style may cost more or less for reasons that the article does not discuss.
"""

Decision = ClaimVerdict | OpenReason
"""What evidence says about a claim: confirmed, refuted, or the reason why neither."""


@dataclass(frozen=True, slots=True)
class ClaimRatio:
    """The median of a ratio over blocks, and its interval, None if there are fewer blocks than an interval needs."""

    blocks: int
    blocks_needed: int
    ratio: float
    low: float | None
    high: float | None

    @property
    def figures(self) -> dict[str, float | None]:
        """Return the ratio under its names in results.json."""
        return {"blocks": self.blocks, "ratio": self.ratio, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True)
class Series:
    """All cells of one launch, executor and client.

    `cell` is the first of them, `program` the server without its settings, `tokens` the thread limit in force in each
    worker. `cells` has the blocks of each cell that gave a figure, by style and concurrency.
    """

    cell: Cell
    program: str
    tokens: int
    peak_handlers: int | None
    knee: Knee | None
    cells: dict[str, dict[int, Blocks]] = field(default_factory=dict)

    @property
    def launch(self) -> Launch:
        """Return the settings of the server."""
        return self.cell.launch

    @property
    def is_burst(self) -> bool:
        """Return whether all requests come at the same time, as in the article."""
        return not executor_of(self.cell).has_window

    @property
    def threads(self) -> int:
        """Return the number of threads of all workers."""
        return self.tokens * self.launch.workers

    def by_concurrency(self, style: str) -> dict[int, Blocks]:
        """Return the blocks of one style, lowest concurrency first."""
        return dict(sorted(self.cells.get(style, {}).items()))

    def has_model(self, *styles: str) -> bool:
        """Return whether there is a model of how long a burst of each style takes."""
        return self.launch.delay_s is not None and all(model_of(self.launch.scenario, style) for style in styles)

    def with_a_thread_each(self, style: str) -> list[int]:
        """Return the concurrencies at which no worker gets more requests than it has threads.

        Workers share a burst unevenly, so its busiest worker counts. In a closed loop, one worker could have held all
        requests in flight.
        """
        return [
            concurrency
            for concurrency, blocks in self.by_concurrency(style).items()
            if (max(busiest_worker(blocks)) if self.is_burst else concurrency) <= self.tokens
        ]

    def slowdown_logs(self) -> dict[int, list[float]]:
        """Return the log ratios of `def` to `async`, one per block, by concurrency."""
        in_async = self.by_concurrency("async")
        pairs = {number: (blocks, in_async.get(number, {})) for number, blocks in self.by_concurrency("def").items()}
        return {number: logs for number, pair in pairs.items() if (logs := log_ratios(*pair))}

    def evidence(self, decision: Decision, figures: ClaimFigures) -> ClaimEvidence:
        """Return what this series says about a claim."""
        return evidence_of(self.cell, self.cell.client, decision, figures)


@dataclass(frozen=True, slots=True)
class ClaimInput:
    """Everything a claim may be tested on."""

    tally: Tally
    launches: Mapping[Launch, LaunchFinding]
    series: tuple[Series, ...]

    @property
    def bursts(self) -> list[Series]:
        """Return the series whose requests all come at the same time."""
        return [series for series in self.series if series.is_burst]

    def ratio(self, logs: Sequence[float], may_miss: float = MAY_MISS) -> ClaimRatio:
        """Return the ratio with these logarithms, one per block, at least one."""
        found = of_logs(estimate(logs, may_miss, sequential=self.tally.is_sequential))
        return ClaimRatio(len(logs), self.blocks_needed(may_miss), found.median, found.low, found.high)

    def blocks_needed(self, may_miss: float = MAY_MISS) -> int:
        """Return how many blocks an interval takes."""
        return blocks_for_an_interval(may_miss, sequential=self.tally.is_sequential)


def collect(tally: Tally, findings: Findings) -> ClaimInput:
    """Return the measurements of a run that say something about the claims."""
    launches = {found.launch: found for found in findings.launches}
    knees = {(knee.launch, knee.client): knee for knee in findings.knees}
    series: dict[tuple[Launch, str, str], Series] = {}
    for cell, blocks in _relevant_cells(tally):
        launch, in_force = launches[cell.launch], launches[cell.launch].in_force
        if in_force is None:
            continue
        variant = tally.plan.variants.get(cell.launch.server)
        first = Series(
            cell,
            variant.server if variant else cell.launch.server,
            in_force.limiter_tokens,
            launch.peak_handlers,
            knees.get((cell.launch, cell.client)),
        )
        one = series.setdefault((cell.launch, cell.executor, cell.client), first)
        one.cells.setdefault(cell.style, {})[cell.concurrency] = blocks
    return ClaimInput(tally, launches, tuple(series.values()))


def _relevant_cells(tally: Tally) -> Iterator[tuple[Cell, Blocks]]:
    """Yield the cells that gave figures; an open loop has no number of concurrent requests."""
    for cell, blocks in zip(tally.plan.cells, tally.cells, strict=True):
        is_control = cell.launch.server in tally.plan.control_names
        is_relevant = cell.launch.scenario in ARTICLE_SCENARIOS and not executor_of(cell).is_open_loop
        if is_relevant and not is_control and figures_by_block(blocks):
            yield cell, blocks


def figures_by_block(blocks: Blocks) -> dict[int, Figures]:
    """Return the figures of each block that gave some."""
    return {block: kept.figures for block, kept in sorted(blocks.items()) if kept.figures is not None}


def busiest_worker(blocks: Blocks) -> list[int]:
    """Return how many requests the busiest worker got in each block."""
    return [figures.per_process[0] for figures in figures_by_block(blocks).values()]


def evidence_of(cell: Cell, client: str | None, decision: Decision, figures: ClaimFigures) -> ClaimEvidence:
    """Return evidence with a verdict, or with the reason why there is none."""
    if isinstance(decision, OpenReason):
        return ClaimEvidence(cell, client, ClaimVerdict.NOT_TESTED, decision, figures)
    return ClaimEvidence(cell, client, decision, None, figures)


def bound_elsewhere(*cells: Blocks) -> OpenReason | None:
    """Return why cells settle nothing because their figures are not the server's."""
    flag = bound_by(*cells)
    return None if flag is None else OpenReason(WhyOpen(flag))


def too_few(blocks: int, needed: int) -> OpenReason:
    """Return that there is no interval."""
    return OpenReason(WhyOpen.TOO_FEW_BLOCKS, (blocks, needed))


def decide(
    ratio: ClaimRatio, bound: float, below: Decision, above: Decision, straddling: OpenReason | None = None
) -> Decision:
    """Return `below` or `above` if the whole interval of a ratio lies on that side of a bound."""
    if ratio.low is None or ratio.high is None:
        return too_few(ratio.blocks, ratio.blocks_needed)
    if ratio.high < bound:
        return below
    if ratio.low > bound:
        return above
    return straddling or OpenReason(WhyOpen.STRADDLES_BOUND, (bound,))


def decide_same(ratio: ClaimRatio, difference: float) -> Decision:
    """Return whether two things are the same within the practical difference, which is a share."""
    straddling = OpenReason(WhyOpen.STRADDLES_DIFFERENCE, (difference,))
    beyond, refuted = 1 + difference, ClaimVerdict.REFUTED
    inside = decide(ratio, 1 / beyond, refuted, ClaimVerdict.CONFIRMED, straddling)
    return decide(ratio, beyond, inside, refuted, straddling)
