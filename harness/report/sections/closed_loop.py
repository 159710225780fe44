"""Closed loops: requests per second and latencies, by concurrency, server and style."""

from collections.abc import Sequence

from harness.analysis.findings import CellFinding, Findings
from harness.model.axes import format_delay
from harness.model.executors import executor_of
from harness.report.sections import classes
from harness.report.sections.scenarios import link_scenarios, split_by_scenario
from harness.report.writing.grid import one_delay, tables
from harness.report.writing.markdown import details
from harness.report.writing.marks import marked, notes, over_blocks
from harness.report.writing.numbers import NONE, middle_and_tail, per_second

_LATENCY = "Closed-loop latency of the same requests, in ms: median / 99th percentile."
_INTERVALS = "95% intervals of the median over blocks, in requests a second"


def section(findings: Findings) -> str | None:
    """Return the tables of all closed loops, or None if there are none."""
    loops = [finding for finding in findings.cells if executor_of(finding.cell).is_closed_loop]
    if not loops:
        return None
    parts = ["## How much was answered", _legend(findings, loops), *link_scenarios(loops)]
    for opening, cells in split_by_scenario(findings, loops):
        parts += [*opening, *tables(cells, _rate), *notes(cells)]
        if measured := [cell for cell in cells if cell.blocks]:
            parts += [_LATENCY, *tables(measured, _latency)]
        if sure := [cell for cell in cells if cell.rps_low is not None]:
            parts.append(details(_INTERVALS, "\n\n".join(tables(sure, _interval))))
        parts += classes.render_classes(cells)
    return "\n\n".join(parts)


def _legend(findings: Findings, cells: Sequence[CellFinding]) -> str:
    load = findings.header.plan.load
    return (
        f"Checked answers a second, by requests always in flight (at once), server and style, over "
        f"{over_blocks(cells)} of {format_delay(load.duration_s)}, each after a warm-up of "
        f"{format_delay(load.warmup_s)}. In such a closed loop a slow server is asked less, so latencies flatter "
        f"it.{one_delay(cells)}"
    )


def _rate(finding: CellFinding) -> str:
    return marked(finding, NONE if finding.rps is None else per_second(finding.rps))


def _latency(finding: CellFinding) -> str:
    return middle_and_tail(finding.latency)


def _interval(finding: CellFinding) -> str:
    if finding.rps_low is None or finding.rps_high is None:
        return NONE
    return f"{per_second(finding.rps_low)} to {per_second(finding.rps_high)}"
