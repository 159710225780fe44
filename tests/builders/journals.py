"""Launches, cells, plans, samples and whole journals, each made in one way."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from harness.analysis import analyse as analysis
from harness.analysis import tally
from harness.analysis.findings import Findings
from harness.article.examine import examine
from harness.matrix.catalog import read_facts
from harness.matrix.order import order_block
from harness.model.journal import (
    METHOD,
    ClientCost,
    Distribution,
    Ended,
    Header,
    InForce,
    Launched,
    Record,
    Requests,
    SampleStatus,
    Steady,
    Stopped,
    Window,
    read,
    to_line,
)
from harness.model.outcomes import Status
from harness.model.plan import Cell, Launch, Limits, Load, Plan, Variant
from tests.builders.executors import BURST

FACTS = read_facts()
LAUNCH = Launch(scenario="sleep", server="uvicorn", thread_limit=40, workers=1, loop="uvloop", delay_s=0.1)
LOAD = Load(settle_s=0.1, warmup_s=1.0, duration_s=5.0, processes=1, connections="keep-alive")
IN_FORCE = InForce(
    limiter_tokens=40,
    executor_threads=6,
    workers=1,
    loop="uvloop",
    loop_class="uvloop.Loop",
    http_parser="httptools",
    python="3.11.7",
    versions={"uvicorn": "0.54.0", "hypercorn": "0.18.0", "anyio": "4.16.0"},
)
FINISHED = Ended("finished", "2026-01-01T00:10:00+00:00", wall_s=600.0)
INTERRUPTED = replace(FINISHED, status="interrupted")

SampleOf = Callable[[int, int, int], Window]
"""The sample of (block, launch, cell)."""


def cell(
    style: str = "def",
    concurrency: int = 2,
    launch: Launch = LAUNCH,
    client: str = "engine",
    executor: str = BURST,
    rate: int | None = None,
) -> Cell:
    """Return a cell; a burst unless another executor is named."""
    return Cell(launch, style, executor, client, concurrency, rate)


def steady_cell(executor: str, concurrency: int = 2, rate: int | None = None, style: str = "def") -> Cell:
    """Return a cell under load that goes on."""
    return cell(style, concurrency, executor=executor, rate=rate)


def plan(*cells: Cell, **changes: Any) -> Plan:
    """Return a plan of these cells, every server under its own name, with what is to be different in it."""
    bare = Plan(
        title="def vs async",
        cells=cells,
        refusals=(),
        blocks=1,
        min_blocks=changes.get("blocks", 1),
        seed=1,
        limits=Limits(ready_s=10.0, cell_s=60.0, stop_s=10.0),
        load=LOAD,
        variants={one.launch.server: Variant(one.launch.server) for one in cells},
        practical_difference=0.05,
        baseline={},
        controls=(),
        comparisons=(),
        thresholds=(),
        profile=None,
        only=(),
        matrix="",
    )
    return replace(bare, **changes)


def in_blocks(some: Plan, blocks: int) -> Plan:
    """Return the same plan with a fixed number of blocks."""
    return replace(some, blocks=blocks, min_blocks=blocks)


def header(plan: Plan) -> Header:
    return Header(plan, environment={"cpu": "test", "host": "a"}, started_at="2026-01-01T00:00:00+00:00", method=METHOD)


def launched(block: int, launch: int, settings: Launch = LAUNCH, in_force: InForce = IN_FORCE) -> Launched:
    return Launched(block, launch, settings, Status.OK, None, ["python"], ready_s=1.0, in_force=in_force)


def never_ready(block: int, launch: int, reason: str, settings: Launch = LAUNCH) -> Launched:
    return Launched(block, launch, settings, Status.FAILED, reason, ["python"], ready_s=None, in_force=None)


def stopped(block: int, launch: int) -> Stopped:
    return Stopped(block, launch, stop_s=0.5, exit_code=0, killed=False)


def good(
    block: int,
    launch: int,
    cell: int,
    duration_s: float = 0.1,
    *,
    process: Sequence[int] = (0, 0),
    answered_us: Sequence[int] | None = None,
) -> Window:
    """Return a sample with one request for each process named; unless `answered_us` says when, all end together."""
    requests = len(process)
    answered = list(answered_us or [round(duration_s * 1e6)] * requests)
    return Window(
        block=block,
        launch=launch,
        cell=cell,
        status=Status.OK,
        reason=None,
        wall_s=duration_s + 0.05,
        duration_s=duration_s,
        outcomes={"ok": requests, "timeout": 0},
        client=ClientCost(cpu_s=0.01, send_span_s=0.001, late_connections=0),
        requests=Requests(
            sent_us=[100] * requests,
            entered_us=[1_000] * requests,
            started_us=[3_000] * requests,
            ended_us=[each - 500 for each in answered],
            answered_us=answered,
            thread=list(range(requests)),
            process=list(process),
            running=list(range(1, requests + 1)),
        ),
    )


def times(*of_times: tuple[int, int]) -> Distribution:
    """Return the distribution of these (microseconds, count)."""
    return Distribution([us for us, _ in of_times], [count for _, count in of_times])


def window(block: int, launch: int, cell: int, **changes: Any) -> Window:
    """Return a sample of 400 answers in 4 s: half after 10 ms, half after 30 ms, so that 2 are in flight on average.

    Changes apply to what the steady executor saw.
    """
    steady = Steady(
        window_s=4.0,
        answered=400,
        mean_latency_us=20_000.0,
        latency=times((10_000, 200), (30_000, 200)),
        wait=times((1_000, 390), (5_000, 10)),
        work=times((7_000, 400)),
        wire=times((2_000, 200), (18_000, 200)),
        lag=times((50, 400)),
        late=0,
        dropped=0,
        per_process=[400],
        peak_running=2,
    )
    return Window(
        block=block,
        launch=launch,
        cell=cell,
        status=Status.OK,
        reason=None,
        wall_s=6.0,
        duration_s=4.0,
        outcomes={"ok": 500},
        client=ClientCost(cpu_s=0.4, send_span_s=0.0, late_connections=0),
        steady=replace(steady, **changes),
    )


def lost(block: int, launch: int, cell: int, reason: str, status: SampleStatus = Status.FAILED) -> Window:
    return Window(block, launch, cell, status, reason, wall_s=1.0)


def run(plan: Plan, sample_of: SampleOf = good) -> Iterator[Record]:
    """Return the journal of a finished run in which every launch got ready."""
    yield header(plan)
    launches = count(1)
    for number in range(1, plan.blocks + 1):
        for turn in (turn for group in order_block(plan, number) for turn in group.turns):
            launch = next(launches)
            yield launched(number, launch, turn.launch)
            yield from (sample_of(number, launch, place) for place in turn.cells)
            yield stopped(number, launch)
    yield FINISHED


def findings(folder: Path, *records: Record) -> Findings:
    """Return the findings from a journal of these records, written and read back."""
    journal = folder / "journal.jsonl"
    journal.write_bytes(b"".join(map(to_line, records)))
    return analysis.analyse(read(journal), FACTS, extensions=(examine,))


def analyse(records: Iterator[Record]) -> Findings:
    """Return the findings from records, with the facts of this project's scenarios."""
    return analysis.analyse(records, FACTS)


def read_tally(records: Iterator[Record]) -> tally.Tally:
    """Return the tally of records, with the facts of this project's scenarios."""
    return tally.read_tally(records, FACTS)


def dice(seed: int) -> Random:
    """Return a source of random numbers that are the same every time."""
    return Random(seed)  # noqa: S311 - nothing secret depends on them
