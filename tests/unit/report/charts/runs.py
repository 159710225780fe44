"""Runs to draw: what the builders give, with what charts need besides, and bursts as the model says they go."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from harness.analysis.bursts import Burst
from harness.analysis.findings import CellFinding, Comparison, Control, Findings
from harness.analysis.models import trace_curves
from harness.analysis.statistics.verdicts import Verdict
from harness.model.journal import Requests
from harness.model.plan import Cell
from harness.report.chart import Chart
from tests.builders.executors import BURST
from tests.builders.findings import Run, findings, tokens
from tests.builders.journals import FACTS

KNOWN = ("uvicorn", "hypercorn", "granian", "gunicorn", "h2corn", "daphne", "fastpysgi")
HOSTILE = (
    "uvicorn",
    '"><script>alert(1)</script>',
    "</svg>&amp;<!--",
    "it's \\ `x` \n {{datum.x}} ${y}",
    "a" * 300,
    "datum['s']",
    "model",
)


def whole(run: Run | None = None) -> Findings:
    """A run with figures of single blocks, models, comparisons and a control."""
    bare = findings(run)
    cells = tuple(in_blocks(one) for one in bare.cells)
    baseline = [one.cell for one in cells if one.cell.style == "async" and one.cell.launch == cells[0].cell.launch]
    return replace(
        bare,
        cells=cells,
        curves=tuple(trace_curves(FACTS, cells, {one.launch: one for one in bare.launches})),
        comparisons=tuple(
            Comparison(one.cell, one.against, one.blocks, one.ratio, one.low, one.high, 0.05, Verdict.UNDECIDED)
            for one in bare.ratios
        ),
        control=Control(tuple(baseline), 3, 1.01, 0.99, 1.03, True, (), (1.01, 0.99, 1.03)) if baseline else None,
    )


def in_blocks(finding: CellFinding) -> CellFinding:
    """The same cell, a little slower or faster in each block."""
    middle = finding.median_s or finding.rps
    if middle is None:
        return finding
    shares = {block: 1 + 0.01 * (block - (finding.blocks + 1) / 2) for block in range(1, finding.blocks + 1)}
    return replace(finding, by_block={block: middle * share for block, share in shares.items()}, typical_block=1)


def bursts(some: Findings) -> tuple[Burst, ...]:
    """The typical bursts of a run."""
    return tuple(burst(one.cell) for one in some.cells if one.cell.executor == BURST and one.blocks)


def burst(cell: Cell) -> Burst:
    """A burst that goes through its threads in waves, through its loop at once, or through it one after the other."""
    threads = {"def": tokens(cell.launch), "async-blocking": 1}.get(cell.style, cell.concurrency)
    delay_us = round((cell.launch.delay_s or 0.001) * 1e6)
    started = [1000 + 10 * place + place // threads * delay_us for place in range(cell.concurrency)]
    return Burst(
        cell,
        1,
        Requests(
            sent_us=[100] * cell.concurrency,
            entered_us=[900] * cell.concurrency,
            started_us=started,
            ended_us=[start + delay_us for start in started],
            answered_us=[start + delay_us + 500 for start in started],
            thread=[place % threads if cell.style == "def" else 0 for place in range(cell.concurrency)],
            process=[0] * cell.concurrency,
            running=[1] * cell.concurrency,
        ),
    )


def rows(chart: Chart) -> list[dict[str, Any]]:
    """All data of a chart."""
    return [row for dataset in chart.spec["datasets"].values() for row in dataset]


def views(spec: Any) -> Iterator[dict[str, Any]]:
    """The panels of a specification."""
    for beside in spec["vconcat"]:
        yield from beside["hconcat"]
