"""How long the report of 100,000 samples takes, and how much memory.

The journal is written as a run writes it. What is measured is all that a report is made with, in a process of its own,
from its imports on: reading, analysing, rendering the README and results.json.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count, product
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.matrix.order import block
from harness.model.journal import (
    METHOD,
    ClientCost,
    Ended,
    Header,
    InForce,
    Launched,
    Record,
    Requests,
    Sample,
    Stopped,
    read,
    to_line,
)
from harness.model.plan import Cell, Launch, Limits, Load, Plan, Variant

ROOT = Path(__file__).resolve().parent.parent

SERVERS = ("uvicorn", "hypercorn", "granian", "gunicorn", "h2corn")
THREAD_LIMITS = (10, 40)
STYLES = ("def", "async", "async-blocking", "async-to-thread", "async-threadpool")
CONCURRENCIES = (2, 4, 8, 12, 16, 20, 24, 32, 40, 42)
"""Twenty on average, as in a matrix of moderate size."""
BLOCKS = 200
DELAY_S = 0.1


def measure() -> dict[str, float]:
    """Seconds and peak memory (MB) of reporting 100,000 samples."""
    with TemporaryDirectory() as folder:
        journal = Path(folder) / "journal.jsonl"
        with journal.open("wb") as file:
            file.writelines(map(to_line, records(plan())))
        told = subprocess.run(
            [sys.executable, "-m", "bench.report", journal], cwd=ROOT, check=True, stdout=subprocess.PIPE
        )
    figures: dict[str, float] = json.loads(told.stdout)
    return figures


def report(journal: Path) -> dict[str, float]:
    """Make the report of a journal in this process, and say what that took."""
    began_s = time.perf_counter()
    # These imports are part of what a report takes, and no business of the process that writes the journal.
    from harness.analysis.analyse import analyse  # noqa: PLC0415
    from harness.report import readme, results  # noqa: PLC0415

    findings = analyse(read(journal))
    readme.render(findings)
    results.render(findings)
    seconds = time.perf_counter() - began_s
    # Linux counts kilobytes, macOS bytes.
    per_mb = 1e6 if sys.platform == "darwin" else 1e3
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / per_mb
    return {"seconds_100k": seconds, "peak_mb_100k": peak_mb}


def plan() -> Plan:
    """The plan of 500 cells in 200 blocks."""
    cells = tuple(
        Cell(Launch("sleep", server, limit, 1, "uvloop", DELAY_S), style, "burst", "engine", concurrency)
        for server, limit, style, concurrency in product(SERVERS, THREAD_LIMITS, STYLES, CONCURRENCIES)
    )
    return Plan(
        title="100,000 samples",
        cells=cells,
        refusals=(),
        blocks=BLOCKS,
        min_blocks=BLOCKS,
        seed=1,
        limits=Limits(ready_s=10.0, cell_s=60.0, stop_s=10.0),
        load=Load(settle_s=0.01, warmup_s=0.3, duration_s=1.0, processes=1, connections="keep-alive"),
        variants={server: Variant(server) for server in SERVERS},
        practical_difference=0.05,
        baseline={},
        controls=(),
        comparisons=(),
        thresholds=(),
        profile=None,
        only=(),
        matrix="",
    )


def records(plan: Plan) -> Iterator[Record]:
    """What a run of the plan would have written, had it gone perfectly."""
    yield Header(plan, environment={}, started_at="2026-01-01T00:00:00+00:00", method=METHOD)
    launches = count(1)
    for number in range(1, plan.blocks + 1):
        for turn in block(plan, number):
            launch = next(launches)
            yield Launched(number, launch, turn.launch, "ok", None, [], 1.0, in_force(turn.launch))
            yield from (sample(plan, number, launch, cell) for cell in turn.cells)
            yield Stopped(number, launch, 0.1, 0, killed=False)
    yield Ended("finished", "2026-01-02T00:00:00+00:00", 86_400.0)


def in_force(launch: Launch) -> InForce:
    """The answer of a server that does as it is told."""
    return InForce(
        limiter_tokens=launch.thread_limit if isinstance(launch.thread_limit, int) else 40,
        executor_threads=6,
        workers=launch.workers,
        loop=launch.loop,
        loop_class="uvloop.Loop",
        http_parser=None,
        python="3.11.7",
        versions={launch.server: "1.0", "anyio": "4.16.0"},
    )


def sample(plan: Plan, number: int, launch: int, cell: int) -> Sample:
    """A good sample of a cell, whose requests come in one by one, 100 us apart, and a little later in later blocks."""
    requests = plan.cells[cell].concurrency
    delay_us = round(DELAY_S * 1e6)
    entered_us = [number + 100 * place for place in range(requests)]
    ended_us = [entered + 50 + delay_us for entered in entered_us]
    answered_us = [ended + 400 for ended in ended_us]
    return Sample(
        block=number,
        launch=launch,
        cell=cell,
        status="ok",
        reason=None,
        wall_s=0.2,
        duration_s=answered_us[-1] / 1e6,
        outcomes={"ok": requests},
        client=ClientCost(cpu_s=0.001 * requests, send_span_s=0.001, late_connections=0),
        requests=Requests(
            sent_us=[entered - number for entered in entered_us],
            entered_us=entered_us,
            started_us=[entered + 50 for entered in entered_us],
            ended_us=ended_us,
            answered_us=answered_us,
            thread=list(range(requests)),
            process=[0] * requests,
            running=list(range(1, requests + 1)),
        ),
    )


if __name__ == "__main__":
    json.dump(report(Path(sys.argv[1])), sys.stdout)
