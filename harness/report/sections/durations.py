"""Bursts: seconds until the last answer, by concurrency, server and style."""

from collections.abc import Sequence

from harness.analysis.findings import CellFinding, Findings
from harness.model.executors import executor_of
from harness.report.sections import classes
from harness.report.sections.scenarios import link_scenarios, split_by_scenario
from harness.report.writing.grid import one_delay, tables
from harness.report.writing.markdown import details
from harness.report.writing.marks import marked, notes, over_blocks
from harness.report.writing.numbers import NONE, ratio, seconds


def section(findings: Findings) -> str | None:
    """Return the tables of all bursts, or None if there are none."""
    bursts = [finding for finding in findings.cells if executor_of(finding.cell).is_burst]
    if not bursts:
        return None
    parts = ["## How long it took", _legend(bursts), *link_scenarios(bursts)]
    for opening, cells in split_by_scenario(findings, bursts):
        parts += [*opening, *tables(cells, _figure), *notes(cells)]
        if sure := [cell for cell in cells if cell.low_s is not None]:
            parts.append(details("95% intervals of these figures, in seconds", "\n\n".join(tables(sure, _interval))))
        parts += classes.render_classes(cells)
    return "\n\n".join(parts)


def _legend(cells: Sequence[CellFinding]) -> str:
    median = "median over " if any(cell.blocks > 1 for cell in cells) else ""
    brackets = "; in brackets, measured / model" if any(cell.vs_model is not None for cell in cells) else ""
    return (
        f"Seconds until the last answer, by simultaneous requests (at once), server and style: {median}"
        f"{over_blocks(cells)}{brackets}.{one_delay(cells)}"
    )


def _figure(finding: CellFinding) -> str:
    """Return the figure of a cell, or why there is none."""
    if finding.median_s is None:
        return marked(finding, NONE)
    model = "" if finding.vs_model is None else f" ({ratio(finding.vs_model)})"
    return marked(finding, f"{seconds(finding.median_s)}{model}")


def _interval(finding: CellFinding) -> str:
    if finding.low_s is None or finding.high_s is None:
        return NONE
    return f"{seconds(finding.low_s)} to {seconds(finding.high_s)}"
