"""The measurements that claims are tested on, and how a ratio decides a claim."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.analysis.findings import Findings, Knee, LaunchFinding
from harness.analysis.ratios import log_ratios
from harness.analysis.statistics.estimates import MAY_MISS, blocks_for_an_interval, estimate, exponentiate
from harness.analysis.tally import SamplesByBlock, Tally, figures_by_block, find_bound_flag
from harness.article.findings import Decision, OpenReason, WhyOpen
from harness.model.executors import executor_of
from harness.model.plan import Cell, Launch

ARTICLE_SCENARIOS = ("sleep", "noop")
"""The scenario with the work of the article's endpoints, and the one without the sleep.

In other scenarios a style may cost more or less for reasons that the article does not discuss.
"""


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

    def decide(self, bound: float, below: Decision, above: Decision, between: OpenReason | None = None) -> Decision:
        """Return `below` or `above` if the whole interval lies on that side of a bound."""
        if self.low is None or self.high is None:
            return OpenReason(WhyOpen.TOO_FEW_BLOCKS, (self.blocks, self.blocks_needed))
        if self.high < bound:
            return below
        if self.low > bound:
            return above
        return between or OpenReason(WhyOpen.STRADDLES_BOUND, (bound,))


@dataclass(frozen=True, slots=True)
class Series:
    """All cells of one launch, executor and client.

    `cell` is the first of them, `program` the server without its settings, `tokens` the thread limit in force in each
    worker. `modelled` are the styles whose bursts have a model. `cells` has the blocks of each cell that gave a figure,
    by style and concurrency.
    """

    cell: Cell
    program: str
    tokens: int
    peak_handlers: int | None
    knee: Knee | None
    modelled: frozenset[str]
    cells: dict[str, dict[int, SamplesByBlock]] = field(default_factory=dict)

    @property
    def is_burst(self) -> bool:
        """Return whether all requests come at the same time, as in the article."""
        return executor_of(self.cell).is_burst

    @property
    def threads(self) -> int:
        """Return the number of threads of all workers."""
        return self.tokens * self.cell.launch.workers

    def by_concurrency(self, style: str) -> dict[int, SamplesByBlock]:
        """Return the blocks of one style, lowest concurrency first."""
        return dict(sorted(self.cells.get(style, {}).items()))

    def has_model(self, *styles: str) -> bool:
        """Return whether there is a model of how long a burst of each style takes."""
        return self.cell.launch.delay_s is not None and self.modelled.issuperset(styles)

    def with_a_thread_each(self, style: str) -> list[int]:
        """Return the concurrencies at which no worker gets more requests than it has threads.

        Workers share a burst unevenly, so its busiest worker counts. In a closed loop, one worker could have held all
        requests in flight.
        """
        return [
            concurrency
            for concurrency, blocks in self.by_concurrency(style).items()
            if (max(busiest_worker(blocks).values()) if self.is_burst else concurrency) <= self.tokens
        ]

    def slowdown_logs(self) -> dict[int, list[float]]:
        """Return the log ratios of `def` to `async`, one per block, by concurrency."""
        in_def, in_async = self.by_concurrency("def"), self.by_concurrency("async")
        logs = {number: log_ratios(in_def[number], in_async.get(number, {})) for number in in_def}
        return {number: one for number, one in logs.items() if one}


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
        found = exponentiate(estimate(logs, may_miss, sequential=self.tally.is_sequential))
        return ClaimRatio(len(logs), self.blocks_needed(may_miss), found.median, found.low, found.high)

    def blocks_needed(self, may_miss: float = MAY_MISS) -> int:
        """Return how many blocks an interval takes."""
        return blocks_for_an_interval(may_miss, sequential=self.tally.is_sequential)


def collect(tally: Tally, findings: Findings) -> ClaimInput:
    """Return the measurements of a run that say something about the claims."""
    launches = {found.launch: found for found in findings.launches}
    knees = {(knee.launch, knee.client): knee for knee in findings.knees}
    series: dict[tuple[Launch, str, str], Series] = {}
    for cell, blocks in zip(tally.plan.cells, tally.cells, strict=True):
        found, variant = launches[cell.launch], tally.plan.variants.get(cell.launch.server)
        # An open loop has no number of concurrent requests.
        is_relevant = cell.launch.scenario in ARTICLE_SCENARIOS and not executor_of(cell).is_open_loop
        is_control = cell.launch.server in tally.plan.control_names
        if found.in_force is not None and is_relevant and not is_control and figures_by_block(blocks):
            program = variant.server if variant else cell.launch.server
            modelled = frozenset(style for scenario, style in tally.facts.models if scenario == cell.launch.scenario)
            knee = knees.get((cell.launch, cell.client))
            first = Series(cell, program, found.in_force.limiter_tokens, found.peak_handlers, knee, modelled)
            cells = series.setdefault((cell.launch, cell.executor, cell.client), first).cells
            cells.setdefault(cell.style, {})[cell.concurrency] = blocks
    return ClaimInput(tally, launches, tuple(series.values()))


def busiest_worker(blocks: SamplesByBlock) -> dict[int, int]:
    """Return how many requests the busiest worker got, by block."""
    return {block: figures.per_process[0] for block, figures in figures_by_block(blocks).items()}


def bound_elsewhere(*cells: SamplesByBlock) -> OpenReason | None:
    """Return why cells settle nothing because their figures are not the server's."""
    return OpenReason(WhyOpen(flag)) if (flag := find_bound_flag(*cells)) else None
