"""Journals of any size, as a run writes them: an ordinary one, one of many blocks, and one of many cells.

The requests are realistic: they arrive one after the other, wait for a thread if threads are few, and no two take
exactly as long.
"""

from collections.abc import Iterator
from functools import partial
from heapq import heapify, heapreplace
from itertools import count, repeat
from operator import add
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from harness.analysis.models import waits_for_the_limit
from harness.matrix.catalog import read_facts
from harness.matrix.order import Turn, order_block
from harness.matrix.planner import make_plan
from harness.model.journal import (
    METHOD,
    Ceiling,
    ClientCost,
    Ended,
    Header,
    Health,
    Host,
    InForce,
    Launched,
    Record,
    Requests,
    ServerCost,
    Stopped,
    Window,
)
from harness.model.outcomes import Status
from harness.model.plan import Cell, Launch, Plan

ROOT = Path(__file__).resolve().parent.parent

MANY_BLOCKS = """\
title: 100,000 samples of a matrix of moderate size
scenario: sleep
delay: 200ms
matrix:
  server: [uvicorn, hypercorn, granian]
  thread_limit: [40, 100]
  style: [def, async]
  concurrency: [1, 2, 5, 10, 20, 30, 40, 41, 60, 80, 81, 100, 101, 200]
baseline: {server: uvicorn, thread_limit: 40, style: async}
compare:
  - {style: [def, async], where: {thread_limit: 40}}
  - {server: all, against: baseline, where: {concurrency: 80}}
blocks: {min: 6, max: 550}
thresholds:
  knee{thread_limit:40}: within(40,41)
"""
"""168 cells of 55 requests on average, as in a default run, and 14 of the A/A control."""

MANY_CELLS = """\
title: 100,000 samples of a large matrix
scenario: sleep
delay: 200ms
matrix:
  server: [uvicorn, hypercorn, granian, gunicorn, h2corn]
  thread_limit: [10, 40, 80, 100]
  style: [def, async]
  concurrency: [{concurrencies}]
compare:
  - {{style: [def, async]}}
blocks: 50
""".format(concurrencies=", ".join(map(str, range(4, 201, 4))))
"""2,000 cells of 102 requests on average, and 1,000 comparisons."""


def plan_default_matrix() -> Plan:
    """Return the plan of an ordinary run: the matrix at the root."""
    return make_plan(ROOT / "matrix.yaml", installed=lambda _: True)


def plan_matrix(matrix: str) -> Plan:
    """Return the plan of a matrix given as text."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "matrix.yaml"
        path.write_text(matrix)
        return make_plan(path, installed=lambda _: True)


def make_records(plan: Plan) -> Iterator[Record]:
    """Yield what a good run of all blocks of the plan writes; the same every time."""
    noise = Random(plan.seed)  # noqa: S311 - no secret depends on it
    yield Header(plan, environment={}, started_at="2026-01-01T00:00:00+00:00", method=METHOD)
    yield Ceiling(rps=70_000.0, concurrency=64, processes=1, client_cpu=1.0)
    launches = count(1)
    for number in range(1, plan.blocks + 1):
        for turn in (turn for group in order_block(plan, number) for turn in group.turns):
            yield from _make_launch(plan, number, next(launches), turn, noise)
    yield Ended("finished", "2026-01-02T00:00:00+00:00", 86_400.0)


def _make_launch(plan: Plan, number: int, launch: int, turn: Turn, noise: Random) -> Iterator[Record]:
    in_force = _make_in_force(turn.launch)
    yield Launched(number, launch, turn.launch, Status.OK, None, [], 1.0, in_force)
    for place in turn.cells:
        yield _make_sample(number, launch, place, _make_requests(plan.cells[place], in_force, noise), noise)
    yield Stopped(number, launch, 0.1, 0, killed=False)


def _make_in_force(launch: Launch) -> InForce:
    """Return the settings of a server that runs as the matrix asks."""
    return InForce(
        limiter_tokens=40 if launch.thread_limit == "default" else launch.thread_limit,
        executor_threads=6,
        workers=launch.workers,
        loop=launch.loop,
        loop_class="uvloop.Loop",
        http_parser=None,
        python="3.11.7",
        versions={launch.server: "1.0", "anyio": "4.16.0"},
    )


def _make_sample(number: int, launch: int, place: int, requests: Requests, noise: Random) -> Window:
    """Return a good sample without flags."""
    answers = len(requests.answered_us)
    duration_s = max(requests.answered_us) / 1e6
    checks = round(20 * duration_s)
    return Window(
        block=number,
        launch=launch,
        cell=place,
        status=Status.OK,
        reason=None,
        wall_s=duration_s + 0.02,
        duration_s=duration_s,
        outcomes={"ok": answers},
        client=ClientCost(cpu_s=1e-4 * answers, send_span_s=1e-5 * answers, late_connections=0, peak_memory_mb=28.2),
        server=ServerCost(cpu_s=0.007 + 5e-4 * answers, requests=answers, peak_memory_mb=57.7, threads=40),
        host=Host(watched_s=duration_s, cores=2, foreign_cpu_s=0.0),
        health=Health(
            async_us=[noise.randrange(1000, 2000) for _ in range(checks)],
            def_us=[noise.randrange(1500, 3000) for _ in range(checks)],
            unanswered=0,
        ),
        requests=requests,
    )


def _make_requests(cell: Cell, in_force: InForce, noise: Random) -> Requests:
    """Return a burst of one worker: each request is sent, enters, waits if it must, works, and is answered."""
    assert cell.launch.delay_s is not None
    requests, delay_us = cell.concurrency, round(cell.launch.delay_s * 1e6)
    threads = in_force.limiter_tokens if waits_for_the_limit(read_facts(), cell) else requests
    free = [(0, thread) for thread in range(min(threads, requests))]
    heapify(free)
    jittered = partial(_jittered, noise)
    entered_us = [jittered(150 + 100 * place, 50) for place in range(requests)]
    started_us, ended_us, thread = [], [], []
    for entered in entered_us:
        free_us, its_thread = free[0]
        started_us.append(jittered(max(entered, free_us) + 50, 50))
        ended_us.append(jittered(started_us[-1] + delay_us, 300))
        heapreplace(free, (ended_us[-1], its_thread))
        thread.append(its_thread)
    return Requests(
        sent_us=[10 * place for place in range(requests)],
        entered_us=entered_us,
        started_us=started_us,
        ended_us=ended_us,
        answered_us=list(map(jittered, map(add, ended_us, repeat(300)), repeat(400))),
        thread=thread,
        process=[0] * requests,
        running=[min(place, threads) for place in range(1, requests + 1)],
    )


def _jittered(noise: Random, us: int, by_us: int) -> int:
    """Return a time plus some noise."""
    return us + int(by_us * noise.random())
