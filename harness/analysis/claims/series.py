"""What the claims are tested on: what was measured, by the conditions under which it was."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.analysis.claims.settling import Settled
from harness.analysis.comparisons import log_ratios
from harness.analysis.figures import Figures
from harness.analysis.findings import Evidence, Knee, LaunchFinding
from harness.analysis.models import model_of
from harness.analysis.names import Names
from harness.analysis.tally import Blocks, Tally
from harness.model.journal import InForce
from harness.model.plan import BURST, CLOSED_LOOP, Launch
from harness.model.words import counted

_OF_THE_ARTICLE = ("sleep", "noop")
"""The scenario that does what the article's endpoints do, and what is left of it where the sleep takes no time."""


@dataclass(frozen=True, slots=True)
class Series:
    """All that one client asked in one way of one kind of launch.

    `cells` holds by style and concurrency what was kept of each cell that gave a figure.
    """

    launch: Launch
    in_force: InForce
    executor: str
    client: str
    where: str
    cells: dict[str, dict[int, Blocks]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Material:
    """All that a claim may be tested on."""

    tally: Tally
    names: Names
    launches: Mapping[Launch, LaunchFinding]
    knees: Sequence[Knee]
    series: Sequence[Series]

    @property
    def sequential(self) -> bool:
        """Whether an interval has to hold at every look."""
        return self.tally.is_sequential

    @property
    def bursts(self) -> list[Series]:
        """Those series that came in bursts, as the article's requests did."""
        return [each for each in self.series if each.executor == BURST]

    def knee_of(self, series: Series) -> Knee | None:
        """Where `def` falls behind in these bursts."""
        found = (knee for knee in self.knees if (knee.launch, knee.client) == (series.launch, series.client))
        return next(found, None)


def series(tally: Tally, launches: Mapping[Launch, LaunchFinding], names: Names) -> Iterator[Series]:
    """The bursts and closed loops of a run: an open loop has no number of requests at once.

    The claims are of requests that sleep. What else endpoints do costs a style more or less for reasons of its own.
    """
    found: dict[tuple[Launch, str, str], Series] = {}
    for cell, kept in zip(tally.plan.cells, tally.cells, strict=True):
        in_force = launches[cell.launch].in_force
        is_told = cell.launch.scenario in _OF_THE_ARTICLE and cell.executor in (BURST, CLOSED_LOOP)
        is_control = cell.launch.server in tally.plan.control_names
        if in_force is None or is_control or not is_told or not figures_of(kept):
            continue
        key = (cell.launch, cell.executor, cell.client)
        if key not in found:
            found[key] = Series(cell.launch, in_force, cell.executor, cell.client, names.series_of(cell))
        found[key].cells.setdefault(cell.style, {})[cell.concurrency] = kept
    yield from found.values()


def evidence(series: Series, settled: Settled, seen: str, figures: Mapping[str, float | int | str | None]) -> Evidence:
    """What a series says of a claim."""
    answer, reason = settled
    return Evidence(series.launch, series.client, series.where, answer, seen, figures, reason)


def figures_of(blocks: Blocks) -> dict[int, Figures]:
    """The figures of each block that gave some, in order of blocks."""
    return {block: kept.figures for block, kept in sorted(blocks.items()) if kept.figures is not None}


def at(series: Series, style: str) -> dict[int, Blocks]:
    """What was kept of one style, in order of concurrency."""
    return dict(sorted(series.cells.get(style, {}).items()))


def is_modelled(series: Series, style: str) -> bool:
    """Whether there is a model of how long a burst of this style takes."""
    return series.launch.delay_s is not None and model_of(series.launch.scenario, style) is not None


def have_a_thread_each(series: Series, style: str) -> list[int]:
    """The numbers of requests of a style that come with no more to any worker than it has threads.

    Workers need not get equal shares of a burst; of a closed loop, one could have got all that was in flight.
    """
    return [
        concurrency
        for concurrency, blocks in at(series, style).items()
        if most_on_a_worker(series, concurrency, blocks) <= series.in_force.limiter_tokens
    ]


def most_on_a_worker(series: Series, concurrency: int, blocks: Blocks) -> int:
    """The most requests at once that a worker had, in any block."""
    if series.executor != BURST:
        return concurrency
    return max(figures.per_process[0] for figures in figures_of(blocks).values())


def paired_logs(series: Series) -> dict[int, list[float]]:
    """The logarithm of how many times as long `def` took as `async`, a block each, by concurrency."""
    in_async = at(series, "async")
    every = {number: log_ratios(blocks, in_async.get(number, {})) for number, blocks in at(series, "def").items()}
    return {concurrency: logs for concurrency, logs in every.items() if logs}


def threads(series: Series) -> str:
    """The threads of all workers in words."""
    tokens, workers = series.in_force.limiter_tokens, series.in_force.workers
    return counted(tokens, "thread") if workers == 1 else f"{workers} x {counted(tokens, 'thread')}"
