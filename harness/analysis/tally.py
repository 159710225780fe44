"""What is kept of a journal while it is read: a few numbers a sample and its times in compact columns.

The last sample of a cell in a block counts, and so only what a sample adds up to is kept until the journal has ended.
"""

from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import sub

from harness.analysis.expected import expected_s
from harness.model.errors import InputError
from harness.model.journal import Ended, InForce, Launched, Record, Requests, Sample, SampleStatus, Stopped
from harness.model.plan import Launch, Plan


@dataclass(frozen=True, slots=True)
class Figures:
    """What a good sample measured; the columns have a place a request and count microseconds.

    `latency_us` runs from the common start, `wait_us`, `work_us` and `wire_us` are its parts. `per_process` counts the
    requests of each worker process, busiest first, `peak_handlers` the most handlers that ran at once in one of them.
    """

    duration_s: float
    model_s: float | None
    ok: int
    cpu_s: float
    late_connections: int
    per_process: tuple[int, ...]
    peak_handlers: int
    latency_us: "array[int]"
    wait_us: "array[int]"
    work_us: "array[int]"
    wire_us: "array[int]"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a sample, good or not.

    `launch_failed` says that its server was never there to be measured, `sitting` in which sitting of the run it was
    taken.
    """

    sitting: int
    status: SampleStatus
    reason: str | None
    launch_failed: bool
    outcomes: dict[str, int]
    figures: Figures | None


@dataclass(slots=True)
class Starts:
    """The launches of one kind that got ready: what was in force (each different answer once), and times in seconds.

    `ports_kept` counts all launches after whose end their port was still taken, whether they had got ready or not.
    """

    in_force: list[InForce] = field(default_factory=list)
    ready_s: "array[float]" = field(default_factory=lambda: array("d"))
    stop_s: "array[float]" = field(default_factory=lambda: array("d"))
    ports_kept: int = 0


class Tally:
    """The running account of a journal: `cells` holds for each cell of the plan what was kept of each of its blocks."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.cells: tuple[dict[int, Kept], ...] = tuple({} for _ in plan.cells)
        self.starts: dict[Launch, Starts] = {cell.launch: Starts() for cell in plan.cells}
        self.wall_s = 0.0
        self.finished = False
        self._sitting = 1
        self._running: dict[int, Launched] = {}

    def add(self, record: Record) -> None:
        """Take in the next record of the journal."""
        self.finished = isinstance(record, Ended) and record.status == "finished"
        match record:
            case Launched():
                self._add_launched(record)
            case Sample():
                self._add_sample(record)
            case Stopped():
                self._add_stopped(record)
            case Ended():
                self.wall_s += record.wall_s
                self._sitting += 1

    def samples_per_block(self) -> Counter[int]:
        """How many cells have a sample in each block."""
        return Counter(block for kept in self.cells for block in kept)

    def _add_launched(self, launched: Launched) -> None:
        self._running[launched.launch] = launched
        if launched.status != "ok" or launched.settings not in self.starts:
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
        if launched.status == "ok":
            starts.stop_s.append(stopped.stop_s)

    def _add_sample(self, sample: Sample) -> None:
        launched = self._running.get(sample.launch)
        if launched is None or not 0 <= sample.cell < len(self.cells):
            raise InputError(
                f"block {sample.block}, launch {sample.launch}, cell {sample.cell}: the journal has a sample of a cell "
                f"that its plan does not hold or from a launch that was not running; was it edited or put together?"
            )
        self.cells[sample.cell][sample.block] = Kept(
            sitting=self._sitting,
            status=sample.status,
            reason=sample.reason,
            launch_failed=launched.status != "ok",
            outcomes={outcome: count for outcome, count in (sample.outcomes or {}).items() if count},
            figures=self._figures(sample, launched) if sample.status == "ok" else None,
        )

    def _figures(self, sample: Sample, launched: Launched) -> Figures:
        requests, client, in_force = sample.requests, sample.client, launched.in_force
        if not sample.duration_s or requests is None or not requests.process or client is None or in_force is None:
            raise InputError(
                f"block {sample.block}, cell {sample.cell}: the journal calls a sample ok that lacks its duration, its "
                f"requests, its client's cost or what was in force; was it edited?"
            )
        per_process = tuple(sorted(Counter(requests.process).values(), reverse=True))
        return Figures(
            duration_s=sample.duration_s,
            model_s=expected_s(self.plan.cells[sample.cell], in_force, busiest=per_process[0]),
            ok=(sample.outcomes or {}).get("ok", 0),
            cpu_s=client.cpu_s,
            late_connections=client.late_connections,
            per_process=per_process,
            peak_handlers=max(requests.running),
            latency_us=_column(requests.answered_us),
            wait_us=_column(map(sub, requests.started_us, requests.entered_us)),
            work_us=_column(map(sub, requests.ended_us, requests.started_us)),
            wire_us=_column(_outside_the_app(requests)),
        )


def _outside_the_app(requests: Requests) -> Iterable[int]:
    """What lies before the entry and after the end of each request; all times count from the common start."""
    return (
        entered + answered - ended
        for entered, ended, answered in zip(requests.entered_us, requests.ended_us, requests.answered_us, strict=True)
    )


def _column(values: Iterable[int]) -> "array[int]":
    return array("q", values)
