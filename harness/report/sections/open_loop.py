"""Open loops: a row per rate, with latencies from when a request was due."""

from collections.abc import Sequence

from harness.analysis.findings import CellFinding, Findings
from harness.model.axes import format_delay
from harness.model.executors import executor_of, format_load, load_of
from harness.report.sections import classes
from harness.report.sections.scenarios import link_scenarios, split_by_scenario
from harness.report.writing.grid import in_order, one_delay
from harness.report.writing.markdown import Align, code, details, table, text
from harness.report.writing.marks import marked, notes, over_blocks
from harness.report.writing.numbers import NONE, middle_and_tail, milliseconds, per_second

_HEADERS = ("server", "style", "rate", "answered/s", "latency, ms", "late", "dropped")
_INTERVALS_HEADERS = ("server", "style", "rate", "answered/s, 95% interval", "lag of the client, ms")
_INTERVALS = "95% intervals of the median over blocks, and the 99th percentile of how late the client itself sent"


def section(findings: Findings) -> str | None:
    """Return the tables of all open loops, or None if there are none."""
    loops = [finding for finding in findings.cells if executor_of(finding.cell).is_open_loop]
    if not loops:
        return None
    parts = ["## What was kept up with", _legend(findings, loops), *link_scenarios(loops)]
    for opening, cells in split_by_scenario(findings, loops):
        ordered = _by_server_style_and_rate(cells)
        parts += [*opening, table(_HEADERS, [_row(cell) for cell in ordered], _aligned(_HEADERS)), *notes(cells)]
        if measured := [cell for cell in ordered if cell.blocks]:
            rows = [_certainty(cell) for cell in measured]
            parts.append(details(_INTERVALS, table(_INTERVALS_HEADERS, rows, _aligned(_INTERVALS_HEADERS))))
        parts += classes.render_classes(ordered)
    return "\n\n".join(parts)


def _legend(findings: Findings, cells: Sequence[CellFinding]) -> str:
    load = findings.header.plan.load
    return (
        f"An open loop: requests are due {_when(cells)}, whatever has become of those before. A server that answers "
        "less than the rate, or drops, does not keep up. Latency (median / 99th percentile) counts from when a request "
        "was due. Late: sent after waiting for a free connection; dropped: still waiting in the end. Checked answers "
        f"over {over_blocks(cells)} of {format_delay(load.duration_s)}, each after a warm-up of "
        f"{format_delay(load.warmup_s)}.{one_delay(cells)}"
    )


def _when(cells: Sequence[CellFinding]) -> str:
    schedules = {executor_of(finding.cell).schedule_words for finding in cells}
    return schedules.pop() if len(schedules) == 1 else "at a given rate"


def _by_server_style_and_rate(cells: Sequence[CellFinding]) -> list[CellFinding]:
    servers = list(dict.fromkeys(finding.cell.launch.server for finding in cells))
    styles = in_order(list(dict.fromkeys(finding.cell.style for finding in cells)))
    return sorted(
        cells,
        key=lambda finding: (
            servers.index(finding.cell.launch.server),
            styles.index(finding.cell.style),
            load_of(finding.cell),
        ),
    )


def _row(finding: CellFinding) -> list[str]:
    punctuality = finding.punctuality
    return [
        *_point(finding),
        marked(finding, NONE if finding.rps is None else per_second(finding.rps)),
        middle_and_tail(finding.latency),
        NONE if punctuality is None else str(punctuality.late),
        NONE if punctuality is None else str(punctuality.dropped),
    ]


def _certainty(finding: CellFinding) -> list[str]:
    low, high = finding.rps_low, finding.rps_high
    lag_ms = finding.punctuality.lag_p99_ms if finding.punctuality else None
    return [
        *_point(finding),
        NONE if low is None or high is None else f"{per_second(low)} to {per_second(high)}",
        NONE if lag_ms is None else milliseconds(lag_ms),
    ]


def _point(finding: CellFinding) -> list[str]:
    return [text(finding.cell.launch.server), code(finding.cell.style), format_load(finding.cell)]


def _aligned(headers: Sequence[str]) -> list[Align]:
    return ["left" if header in ("server", "style") else "right" for header in headers]
