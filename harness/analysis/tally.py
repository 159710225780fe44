"""Read a journal into a tally: the outcome of each sample, and its figures if it is good.

A later sample of a cell in the same block replaces the earlier one.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from harness.analysis.samples import SampleFigures, read_figures
from harness.model import flags
from harness.model.errors import InputError
from harness.model.flags import Flag, find_flags
from harness.model.journal import (
    Ceiling,
    Checked,
    Ended,
    Header,
    InForce,
    Launched,
    Record,
    Rerun,
    Sample,
    SampleStatus,
    Stopped,
)
from harness.model.metrics import METRICS
from harness.model.outcomes import Status
from harness.model.plan import Launch
from harness.model.scenarios import Facts


@dataclass(frozen=True, slots=True)
class KeptSample:
    """The outcome of a sample, and its figures if it is good.

    `launch_failed` says that its server never got ready, `ready_s` how long it took to, `sitting` in which sitting of
    the run it was taken, `again` that a sample before it was in doubt, `flags` the reasons to doubt this one.
    """

    sitting: int
    status: SampleStatus
    reason: str | None
    launch_failed: bool
    outcomes: dict[str, int]
    figures: SampleFigures | None
    again: bool
    flags: tuple[Flag, ...]
    ready_s: float | None = None


SamplesByBlock = Mapping[int, KeptSample]
"""The samples of one cell, by block."""


def figures_by_block(samples: SamplesByBlock) -> dict[int, SampleFigures]:
    """Return the figures of each block that gave some."""
    return {block: kept.figures for block, kept in sorted(samples.items()) if kept.figures is not None}


def find_bound_flag(*cells: SamplesByBlock) -> Flag | None:
    """Return the flag that says that one of these cells measured the client or the upstream, None if there is none."""
    return flags.bound_by(flag for blocks in cells for kept in blocks.values() for flag in kept.flags)


@dataclass(slots=True)
class LaunchTally:
    """The launches of one kind that got ready: settings in force (each different answer once), and times in seconds.

    `ports_kept` counts all launches, ready or not, that left their port taken.
    """

    in_force: list[InForce] = field(default_factory=list)
    ready_s: list[float] = field(default_factory=list)
    stop_s: list[float] = field(default_factory=list)
    ports_kept: int = 0


class Tally:
    """The running account of a journal.

    `cells` holds the samples of each cell of the plan by block, `rerun` those of the blocks in which broken thresholds
    were measured again, which are judged on their own. `samples_per_block` counts the cells with a sample in each
    block, without a rerun, `records` all records including the header. `varying` are the endpoints of the user's own
    app, by launch, that gave two bodies to the same request.
    """

    def __init__(self, header: Header, facts: Facts) -> None:
        self.header = header
        self.facts = facts
        self.plan = plan = header.plan
        self.cells: tuple[dict[int, KeptSample], ...] = tuple({} for _ in plan.cells)
        self.rerun: tuple[dict[int, KeptSample], ...] = tuple({} for _ in plan.cells)
        self.rerun_from: int | None = None
        self.starts: dict[Launch, LaunchTally] = {cell.launch: LaunchTally() for cell in plan.cells}
        self.varying: set[tuple[Launch, str]] = set()
        self.samples_per_block: Counter[int] = Counter()
        self.ceiling: Ceiling | None = None
        self.wall_s = 0.0
        self.finished = False
        self.records = 1
        self._sitting = 1
        self._running: dict[int, Launched] = {}

    def add(self, record: Record) -> None:
        """Take in the next record of the journal."""
        self.records += 1
        self.finished = isinstance(record, Ended) and record.status == "finished"
        match record:
            case Ceiling():
                self.ceiling = record
            case Launched():
                self._add_launched(record)
            case Checked() if record.sha256 is None and record.launch in self._running:
                self.varying.add((self._running[record.launch].settings, record.style))
            case Sample():
                self._add_sample(record)
            case Stopped():
                self._add_stopped(record)
            case Rerun():
                self.rerun_from = record.block
            case Ended():
                self.wall_s += record.wall_s
                self._sitting += 1

    def complete_blocks(self) -> int:
        """Return how many blocks have a sample of every cell, without those of a rerun."""
        return sum(samples == len(self.cells) for samples in self.samples_per_block.values())

    @property
    def is_sequential(self) -> bool:
        """Return whether an interval has to hold at every look.

        It has to if the figures decide when to stop, and if somebody looks before all planned blocks are there, since
        looking may lead to stopping.
        """
        return self.plan.is_sequential or self.complete_blocks() < self.plan.min_blocks

    def _add_launched(self, launched: Launched) -> None:
        self._running[launched.launch] = launched
        if launched.status is not Status.OK or launched.settings not in self.starts:
            return
        starts = self.starts[launched.settings]
        if launched.ready_s is not None:
            starts.ready_s.append(launched.ready_s)
        if launched.in_force is not None and launched.in_force not in starts.in_force:
            starts.in_force.append(launched.in_force)

    def _add_stopped(self, stopped: Stopped) -> None:
        launched = self._running.pop(stopped.launch, None)
        if launched is None or launched.settings not in self.starts:
            return
        starts = self.starts[launched.settings]
        starts.ports_kept += not stopped.port_freed
        if launched.status is Status.OK:
            starts.stop_s.append(stopped.stop_s)

    def _add_sample(self, sample: Sample) -> None:
        launched = self._running.get(sample.launch)
        cell = self.plan.cells[sample.cell] if 0 <= sample.cell < len(self.cells) else None
        if launched is None or cell is None or cell.launch != launched.settings:
            raise InputError(
                f"block {sample.block}, launch {sample.launch}, cell {sample.cell}: the journal has a sample of a cell "
                f"that its plan does not hold or from a launch that was not running for it; was it edited or put "
                f"together?"
            )
        is_rerun = self.rerun_from is not None and sample.block >= self.rerun_from
        if not is_rerun and sample.block not in self.cells[sample.cell]:
            self.samples_per_block[sample.block] += 1
        (self.rerun if is_rerun else self.cells)[sample.cell][sample.block] = KeptSample(
            sitting=self._sitting,
            status=sample.status,
            reason=sample.reason,
            launch_failed=launched.status is not Status.OK,
            outcomes={outcome: count for outcome, count in (sample.outcomes or {}).items() if count},
            figures=read_figures(self.facts, cell, sample, launched.in_force) if sample.status is Status.OK else None,
            again=sample.attempt > 1,
            flags=find_flags(cell, sample, self.plan.load, self.ceiling),
            ready_s=launched.ready_s,
        )


def read_tally(records: Iterator[Record], facts: Facts) -> Tally:
    """Read a whole journal; raise InputError if it has no header, or if a record contradicts it."""
    header = next(records, None)
    if not isinstance(header, Header):
        raise InputError("the journal holds no header, so nothing was measured; run the matrix again")
    plan = header.plan
    pairs = (*plan.comparisons, *plan.controls)
    places = [
        *(place for pair in pairs for place in (pair.cell, pair.against)),
        *(place for threshold in plan.thresholds for place in threshold.cells),
    ]
    if any(not 0 <= place < len(plan.cells) for place in places) or not 0 < plan.practical_difference < 1:
        raise InputError(
            "the header of the journal names cells that its plan does not hold, or a practical difference that is no "
            "share; was it edited?"
        )
    if strange := {pair.metric for pair in plan.comparisons} - METRICS.keys():
        raise InputError(
            f"the header of the journal compares by {', '.join(sorted(strange))}, which this version of the harness "
            f"does not know; read it with the version that measured it"
        )
    tally = Tally(header, facts)
    for record in records:
        tally.add(record)
    return tally
