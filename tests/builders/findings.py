"""Findings to render: a run as its model says it goes, with a little overhead, and whatever a test wants otherwise."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from harness.analysis.findings import (
    CellFinding,
    Checks,
    ClientCosts,
    Control,
    Findings,
    HealthFinding,
    Knee,
    LaunchFinding,
    Percentiles,
    Punctuality,
    Ratio,
    ServerCosts,
    Split,
)
from harness.analysis.knees import Spread, place_knee
from harness.analysis.models import waits_for_the_limit
from harness.analysis.validity import is_valid, keeps_up
from harness.article.findings import ArticleFindings, ArticleRow, Claim
from harness.model.executors import executor_of
from harness.model.journal import METHOD, Ceiling, Header, InForce
from harness.model.outcomes import Status
from harness.model.plan import Cell, Launch, Limits, Plan, ThreadLimit
from harness.model.scenarios import ScenarioFacts
from tests.builders.executors import BURST
from tests.builders.journals import FACTS, LOAD, cell, plan

DELAY_S = 0.1
TOKENS_UNSET = 40
EXECUTOR_THREADS = 6
OVERHEAD = 1.02


@dataclass(frozen=True)
class Run:
    """The matrix of a run that went well."""

    title: str = "def vs async def"
    scenario: str = "sleep"
    delay_s: float | None = DELAY_S
    servers: Sequence[str] = ("uvicorn", "hypercorn", "granian")
    thread_limits: Sequence[ThreadLimit] = (40,)
    styles: Sequence[str] = ("def", "async")
    concurrencies: Sequence[int] = (1, 40, 41, 120)
    workers: Sequence[int] = (1,)
    loop: str = "uvloop"
    client: str = "engine"
    executor: str = BURST
    rates: Sequence[int | None] = (None,)
    blocks: int = 6


def findings(run: Run | None = None) -> Findings:
    run = run or Run()
    cells = tuple(cell_finding(cell, run.blocks) for cell in cells_of(run))
    launches = tuple(dict.fromkeys(finding.cell.launch for finding in cells))
    knees = tuple(
        knee
        for launch in launches
        if (knee := knee_of(launch, [one for one in cells if one.cell.launch == launch], run)) is not None
    )
    return Findings(
        header=Header(plan_of(run), ENVIRONMENT, "2026-10-01T12:00:00+00:00", METHOD),
        finished=True,
        valid=True,
        blocks=run.blocks,
        rerun=0,
        wall_s=312.4,
        ceiling=Ceiling(rps=20_000.0, concurrency=64, processes=1, client_cpu=0.98),
        scenarios=(ScenarioFacts(run.scenario, f"What {run.scenario} shows: `def` *waits*."),),
        cells=cells,
        comparisons=(),
        control=None,
        ratios=ratios_of(cells),
        thresholds=(),
        knees=knees,
        launches=tuple(launch_finding(launch) for launch in launches),
        troubles=(),
        warnings=(),
    )


ENVIRONMENT = {
    "cpu": "AMD EPYC 7B13",
    "cores": 2,
    "memory_mb": 7950,
    "governor": None,
    "os": "Linux",
    "kernel": "6.1.0",
    "implementation": "CPython",
    "python": "3.11.9",
    "harness": "0.1.0",
    "versions": {"uvicorn": "0.54.0", "granian": None},
    "host": "d3b07384d113",
    "client_cores": None,
}


def cells_of(run: Run) -> list[Cell]:
    """Return the cells of a run, in the order of its axes."""
    return [
        cell(style, concurrency, launch_of(run, server, limit, workers), run.client, run.executor, rate)
        for server, limit, workers, style, concurrency, rate in product(
            run.servers, run.thread_limits, run.workers, run.styles, run.concurrencies, run.rates
        )
    ]


def launch_of(run: Run, server: str, limit: ThreadLimit, workers: int) -> Launch:
    return Launch(run.scenario, server, limit, workers, run.loop, run.delay_s)


def plan_of(run: Run) -> Plan:
    return plan(
        *cells_of(run),
        title=run.title,
        blocks=run.blocks,
        limits=Limits(30.0, 60.0, 10.0),
        matrix="title: def vs async def\nscenario: sleep\n",
    )


def tokens(launch: Launch) -> int:
    return TOKENS_UNSET if launch.thread_limit == "default" else launch.thread_limit


def model_s(cell: Cell) -> float | None:
    """What the scenario sleep says of each style; a scenario without a delay has no model."""
    delay_s, busiest = cell.launch.delay_s, math.ceil(cell.concurrency / cell.launch.workers)
    if delay_s is None:
        return None
    waves = {
        "def": math.ceil(busiest / tokens(cell.launch)),
        "async-threadpool": math.ceil(busiest / tokens(cell.launch)),
        "async-to-thread": math.ceil(busiest / EXECUTOR_THREADS),
        "async-blocking": busiest,
    }
    return waves.get(cell.style, 1) * delay_s


def cell_finding(cell: Cell, blocks: int = 6) -> CellFinding:
    """A cell that was measured in so many blocks, all of which gave a figure."""
    finding = CellFinding(
        cell=cell,
        waits_for_limit=waits_for_the_limit(FACTS, cell),
        status=Status.OK,
        reason=None,
        version="1.2.3",
        blocks=blocks,
        windows=5 * blocks,
        ok=cell.concurrency * blocks,
        outcomes={"ok": cell.concurrency * blocks},
        peak_handlers=min(cell.concurrency, tokens(cell.launch)),
        limiter_tokens=tokens(cell.launch),
        health=HealthFinding(Checks(20, 0.5, 2.0), Checks(18, 1.5, 12.0), unanswered=0),
        server=ServerCosts(cpu=0.5, cpu_us_per_request=812.4, peak_memory_mb=95.2, threads=44),
        client=ClientCosts(cpu_s=0.02, cpu=0.1, cpu_us_per_request=35.0, peak_memory_mb=60.0),
        requests_per_process=share(cell.concurrency, cell.launch.workers),
    )
    return _burst(finding) if cell.executor == BURST else judged_again(_steady(finding))


def judged_again(finding: CellFinding, control: Control | None = None) -> CellFinding:
    """The same cell with what its figures say of keeping up."""
    return replace(finding, keeps_up=keeps_up(finding, LOAD.duration_s, control))


def with_control(some: Findings, control: Control) -> Findings:
    """The same findings under another A/A control."""
    cells = tuple(judged_again(one, control) for one in some.cells)
    return replace(some, cells=cells, control=control, valid=is_valid(cells, control))


def _burst(finding: CellFinding) -> CellFinding:
    """A burst as its model says, with an overhead that grows a little with the number of requests."""
    cell, sure = finding.cell, finding.blocks >= 6
    expected_s = model_s(cell)
    median_s = (expected_s or 0.001 * (2 if cell.style == "def" else 1)) * OVERHEAD + cell.concurrency * 1e-5
    waits_ms = 1000 * ((expected_s or 0.0) - (cell.launch.delay_s or 0.0)) / 2
    return replace(
        finding,
        median_s=median_s,
        low_s=median_s * 0.995 if sure else None,
        high_s=median_s * 1.005 if sure else None,
        model_s=expected_s,
        vs_model=median_s / expected_s if expected_s else None,
        rps=cell.concurrency / median_s,
        latency=Percentiles(median_s * 900, None, None),
        split=split(waits_ms, 1000 * (cell.launch.delay_s or 0.0)),
    )


def _steady(finding: CellFinding) -> CellFinding:
    """As many answers as threads or connections allow, but not more than are asked for; what is due beyond is late."""
    cell, sure = finding.cell, finding.blocks >= 6
    delay_s = cell.launch.delay_s or 0.001
    at_once = min(cell.concurrency, tokens(cell.launch)) if cell.style == "def" else cell.concurrency
    capacity_rps = at_once / delay_s
    rps = min(capacity_rps, cell.rate or capacity_rps)
    latency_ms = 1000 * cell.concurrency / rps if cell.rate is None else 1000 * delay_s * (cell.rate / rps) ** 2
    missed = round(5 * finding.blocks * ((cell.rate or rps) - rps))
    return replace(
        finding,
        rps=rps,
        rps_low=rps * 0.99 if sure else None,
        rps_high=rps * 1.01 if sure else None,
        latency=Percentiles(latency_ms, latency_ms * 1.5, latency_ms * 2),
        split=split(latency_ms - 1000 * delay_s, 1000 * delay_s),
        punctuality=Punctuality(0.2, 2 * missed, missed) if executor_of(cell).is_open_loop else None,
    )


def split(wait_ms: float, work_ms: float) -> Split:
    """Where the time went, the tails twice the medians; 1.5 ms are spent outside the app."""
    wait, work, wire = (Percentiles(ms, None, 2 * ms) for ms in (wait_ms, work_ms, 1.5))
    return Split(wait, work, wire)


def share(requests: int, workers: int) -> tuple[int, ...]:
    return tuple(len(range(worker, requests, workers)) for worker in range(workers))


def refused(cell: Cell, reason: str = "it would take too long") -> CellFinding:
    return CellFinding(cell, Status.SKIPPED, reason)


def failed(cell: Cell, reason: str = "server exited with code 1") -> CellFinding:
    return judged_again(CellFinding(cell, Status.FAILED, reason, blocks_failed=1))


def knee_of(launch: Launch, cells: Sequence[CellFinding], run: Run) -> Knee | None:
    """The knee at the limit, between the concurrencies that were measured."""
    if run.executor != BURST or run.delay_s is None or not {"def", "async"} <= set(run.styles):
        return None
    limit = tokens(launch) * launch.workers
    measured = sorted({finding.cell.concurrency for finding in cells})
    low = max((one for one in measured if one <= limit), default=None)
    high = min((one for one in measured if one > limit), default=None)
    took_s = {(one.cell.style, one.cell.concurrency): one.median_s or 0.0 for one in cells}
    ratios = {at_once: took_s["def", at_once] / took_s["async", at_once] for at_once in measured}
    waves = round(ratios[high]) if high else None
    return Knee(
        launch,
        run.client,
        low,
        high,
        expected=limit,
        claimed=run.blocks >= 6,
        blocks=run.blocks,
        placement=place_knee(low, high, evenly(limit, measured)),
        ratios=ratios,
        waves=None if waves == 1 else waves,
    )


def moved(knee: Knee, low: int | None, high: int | None, **changes: Any) -> Knee:
    """The same knee in another place."""
    elsewhere = replace(knee, low=low, high=high, waves=None, **changes)
    measured = sorted({*elsewhere.ratios, *(end for end in (low, high) if end is not None)})
    return replace(elsewhere, placement=place_knee(low, high, evenly(elsewhere.expected, measured)))


def evenly(expected: int | None, measured: Sequence[int]) -> Spread:
    """All requests as those of one worker that has all the threads."""
    return Spread(expected, 1, {at_once: float(at_once) for at_once in measured})


def a_control(cells: Sequence[Cell], blocks: int, ratio: float, low: float | None, high: float | None) -> Control:
    """An A/A control that was judged by a practical difference of 5%, with no cell apart by itself."""
    ratio_within, *ends_within = (
        None if one is None else abs(math.log(one)) <= math.log(1.05) for one in (ratio, low, high)
    )
    return Control(
        tuple(cells),
        blocks,
        ratio,
        low,
        high,
        within=ratio_within if blocks >= 6 else None,
        ratio_within=ratio_within,
        interval_within=all(ends_within),
    )


def ratios_of(cells: Sequence[CellFinding]) -> tuple[Ratio, ...]:
    """How `def` compares with `async`, in every block as in every other."""
    by_cell = {finding.cell: finding for finding in cells}
    pairs = [(one, by_cell.get(replace(one.cell, style="async"))) for one in cells if one.cell.style == "def"]
    return tuple(
        Ratio(one.cell, other.cell, one.blocks, ratio, *([ratio] * 2 if one.blocks >= 6 else [None] * 2))
        for one, other in pairs
        if other is not None and (ratio := cost(one) / cost(other))
    )


def cost(finding: CellFinding) -> float:
    return finding.median_s or 1 / (finding.rps or 1.0)


def launch_finding(launch: Launch) -> LaunchFinding:
    in_force = InForce(
        limiter_tokens=tokens(launch),
        executor_threads=EXECUTOR_THREADS,
        workers=launch.workers,
        loop=launch.loop,
        loop_class=f"{launch.loop}.Loop",
        http_parser="httptools",
        python="3.11.9",
        versions={launch.server: "1.2.3"},
    )
    return LaunchFinding(launch, "1.2.3", in_force, tokens(launch), launches=6, ready_s=0.5, stop_s=0.2)


def with_plan(some: Findings, **changes: object) -> Findings:
    """The same findings, with other values in their plan."""
    return replace(some, header=replace(some.header, plan=replace(some.header.plan, **changes)))  # type: ignore[arg-type]  # the values of a plan are of many types


def with_article(some: Findings, rows: Sequence[ArticleRow] = (), claims: Sequence[Claim] = ()) -> Findings:
    """The same findings, with these on the article."""
    return replace(some, extras=(ArticleFindings(tuple(rows), tuple(claims)),))
