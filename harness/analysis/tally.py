"""Read a journal into a tally: the outcome of each sample, and its figures if it is good.

Rule 1: the windows of a cell in a block make one sample. It is good if all of them are, and has the flags that at least
half of them have: one disturbed window of several is not worth a doubt. Little's law holds on average, so several
windows are held against it together.
Rule 2: a second attempt at a window replaces the first, and a first round begins the sample anew.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from harness.analysis.samples import SampleFigures, merge_figures, read_figures
from harness.model import flags
from harness.model.errors import InputError
from harness.model.flags import Flag, contradicts_concurrency, count_in_flight, find_flags
from harness.model.journal import (
    Ceiling,
    Checked,
    Ended,
    Header,
    InForce,
    Launched,
    Narrowed,
    Record,
    Rerun,
    SampleStatus,
    Stopped,
    Window,
)
from harness.model.metrics import METRICS
from harness.model.outcomes import Status
from harness.model.plan import Cell, Launch
from harness.model.scenarios import Facts


@dataclass(frozen=True, slots=True)
class KeptWindow:
    """The outcome of a window, its figures if it is good, and the reasons to doubt it; `record` is without answers.

    `in_flight` is how many requests were in flight on average, None for a burst.
    """

    record: Window
    figures: SampleFigures | None
    flags: tuple[Flag, ...]
    in_flight: float | None


@dataclass(slots=True)
class OpenSample:
    """The windows of a sample so far by round, and the launch that the last of them was measured on."""

    launched: Launched
    windows: dict[int, KeptWindow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptSample:
    """The outcome of a sample, and its figures if it is good.

    `is_whole` says that it has all its windows, `launch_failed` that its server never got ready, `ready_s` how long it
    took to, `sitting` in which sitting of the run it was taken, `again` that a window before it was in doubt, `flags`
    the reasons to doubt it.
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
    is_whole: bool = True


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
    were measured again, which are judged on their own. `narrowed` has the cells of each block that does not measure
    all. `records` counts all records including the header. `varying` are the endpoints of the user's own
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
        self.narrowed: dict[int, frozenset[int]] = {}
        self.ceiling: Ceiling | None = None
        self.wall_s = 0.0
        self.finished = False
        self.records = 1
        self._sitting = 1
        self._running: dict[int, Launched] = {}
        self._open: dict[tuple[int, int], OpenSample] = {}
        self._whole: dict[int, set[int]] = {}

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
            case Window():
                self._add_window(record)
            case Stopped():
                self._add_stopped(record)
            case Rerun():
                self.rerun_from = record.block
            case Narrowed():
                self.narrowed[record.block] = frozenset(record.cells)
            case Ended():
                self.keep_partial_samples()
                self.wall_s += record.wall_s
                self._sitting += 1

    def complete_blocks(self) -> int:
        """Return how many blocks have a whole sample of each of their cells, without those of a rerun."""
        return sum(not self.count_missing(block) for block in self._whole)

    def last_block(self) -> int:
        """Return the last block that was begun, 0 if none was, without those of a rerun."""
        return max(self._whole, default=0)

    def count_measured(self, block: int) -> int:
        """Return how many cells have a whole sample in a block."""
        return len(self._whole.get(block, ()))

    def count_missing(self, block: int) -> int:
        """Return how many cells of a block have no whole sample."""
        return len(self.narrowed.get(block, self.cells)) - self.count_measured(block)

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

    def _add_window(self, window: Window) -> None:
        launched = self._running.get(window.launch)
        cell = self.plan.cells[window.cell] if 0 <= window.cell < len(self.cells) else None
        if launched is None or cell is None or cell.launch != launched.settings:
            raise InputError(
                f"block {window.block}, launch {window.launch}, cell {window.cell}: the journal has a window of a cell "
                f"that its plan does not hold or from a launch that was not running for it; was it edited or put "
                f"together?"
            )
        is_good = window.status is Status.OK
        kept = KeptWindow(
            record=replace(window, requests=None, steady=None),
            figures=read_figures(self.facts, cell, window, launched.in_force) if is_good else None,
            flags=find_flags(cell, window, self.plan.load, self.ceiling),
            in_flight=count_in_flight(window),
        )
        key = (window.block, window.cell)
        if window.round == 1 or key not in self._open:
            self._open[key] = OpenSample(launched)
        self._open[key].launched = launched
        self._open[key].windows[window.round] = kept
        if not self._is_of_rerun(window.block):
            whole = self._whole.setdefault(window.block, set())
            (whole.add if window.is_last else whole.discard)(window.cell)
        if window.is_last:
            self._close_sample(*key)

    def keep_partial_samples(self) -> None:
        """Make samples of the windows so far, where a run was interrupted before a cell had them all."""
        for key in list(self._open):
            self._close_sample(*key)

    def _close_sample(self, block: int, cell: int) -> None:
        windows = self._open.pop((block, cell))
        samples = (self.rerun if self._is_of_rerun(block) else self.cells)[cell]
        samples[block] = self._make_sample(self.plan.cells[cell], list(windows.windows.values()), windows.launched)

    def _is_of_rerun(self, block: int) -> bool:
        return self.rerun_from is not None and block >= self.rerun_from

    def _make_sample(self, cell: Cell, windows: Sequence[KeptWindow], launched: Launched) -> KeptSample:
        """Return the sample of these windows, the last of which was measured on this launch."""
        last = windows[-1].record
        figures = [window.figures for window in windows if window.figures is not None]
        outcomes = sum((Counter(window.record.outcomes or {}) for window in windows), Counter[str]())
        return KeptSample(
            sitting=self._sitting,
            status=last.status,
            reason=last.reason,
            launch_failed=launched.status is not Status.OK,
            outcomes={outcome: count for outcome, count in outcomes.items() if count},
            figures=merge_figures(cell, figures) if len(figures) == len(windows) else None,
            again=any(window.record.attempt > 1 for window in windows),
            flags=tuple(_find_sample_flags(cell, windows)),
            ready_s=launched.ready_s,
            is_whole=last.is_last,
        )


def _find_sample_flags(cell: Cell, windows: Sequence[KeptWindow]) -> Iterator[Flag]:
    """Yield the reasons to doubt a sample (Rule 1)."""
    flagged = Counter(flag for window in windows for flag in window.flags)
    in_flight = [window.in_flight for window in windows if window.in_flight is not None]
    for flag in Flag:
        if flag is Flag.LITTLES_LAW and len(in_flight) > 1:
            if flagged[flag] and contradicts_concurrency(cell, fmean(in_flight)):
                yield flag
        elif 2 * flagged[flag] >= len(windows):
            yield flag


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
    tally.keep_partial_samples()
    return tally
