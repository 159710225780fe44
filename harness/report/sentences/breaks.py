"""The sentences of the verdict on what breaks: a blocked loop, and cells that gave no figure."""

from collections import Counter

from harness.analysis.findings import CellFinding, Findings
from harness.model.outcomes import Status
from harness.model.plan import Cell
from harness.model.words import counted
from harness.report.writing.conditions import name_conditions, run_axes
from harness.report.writing.markdown import Voice
from harness.report.writing.marks import of_requests
from harness.report.writing.numbers import between, listed, short_s, times

_FATES = (Status.FAILED, Status.TIMEOUT, Status.SKIPPED, Status.UNSUPPORTED)


def blocking_the_loop(findings: Findings, voice: Voice) -> str | None:
    """Return what blocking in `async def` costs, at the highest concurrency it was measured with."""
    blocking = [
        finding
        for finding in findings.cells
        if finding.cell.style == "async-blocking" and finding.cell.concurrency > 1 and finding.vs_model is not None
    ]
    if not blocking:
        return None
    most = max(blocking, key=lambda finding: finding.cell.concurrency).cell
    alike = [finding for finding in blocking if _same_load(finding.cell, most)]
    took_s = between(short_s(finding.median_s) for finding in alike if finding.median_s is not None)
    share = times(finding.vs_model for finding in alike if finding.vs_model is not None)
    workers = most.launch.workers
    conditions = name_conditions(
        most,
        run_axes(findings) & {"scenario", "delay_s"},
        voice,
    )
    where = f" ({conditions})" if conditions else ""
    on_workers, they = (f" on {workers} workers", "those of the busiest worker") if workers > 1 else ("", "they")
    return (
        f"{voice.code('async-blocking')}, which blocks inside {voice.code('async def')}, took {took_s} s for "
        f"{most.concurrency} requests at once{on_workers}{where}: {share} times what {they} take one after the other."
    )


def gave_up(findings: Findings, voice: Voice) -> str | None:
    """Return the styles in which requests gave up waiting, and how many did at worst."""
    worst: dict[tuple[str, str], CellFinding] = {}
    for finding in findings.cells:
        of = finding.cell.launch.scenario, finding.cell.style
        if finding.gave_up and (of not in worst or _share(finding) > _share(worst[of])):
            worst[of] = finding
    if not worst:
        return None
    several = len({finding.cell.launch.scenario for finding in findings.cells}) > 1
    told = [
        f"{of_requests(finding)} as {voice.code(style)}{f' of {voice.text(scenario)}' if several else ''}"
        for (scenario, style), finding in worst.items()
    ]
    return f"Requests gave up waiting, which is a result and no failure: at worst {listed(told)}."


def _share(finding: CellFinding) -> float:
    return finding.gave_up / (finding.gave_up + finding.ok + finding.errors)


def _same_load(one: Cell, other: Cell) -> bool:
    """Return whether the model expects the same of two cells, if their workers share the requests alike."""
    return (one.launch.scenario, one.launch.delay_s, one.launch.workers, one.concurrency) == (
        other.launch.scenario,
        other.launch.delay_s,
        other.launch.workers,
        other.concurrency,
    )


def nothing_measured(findings: Findings) -> str | None:
    """Return that nothing was measured, and the status of the cells; None if something was."""
    if any(finding.blocks for finding in findings.cells):
        return None
    return f"Nothing was measured: {counted(len(findings.cells), 'cell')}{_fates(findings)}."


def what_is_missing(findings: Findings) -> str | None:
    """Return how many cells gave no figure, None if all or none did."""
    missing = sum(not finding.blocks for finding in findings.cells)
    if missing in (0, len(findings.cells)):
        return None
    return f"{missing} of {counted(len(findings.cells), 'cell')} gave no figure{_fates(findings)}."


def _fates(findings: Findings) -> str:
    """Return the status of the cells without a figure: `, 4 failed, 1 timeout`."""
    became = Counter(finding.status for finding in findings.cells if not finding.blocks)
    return "".join(f", {became[status]} {status}" for status in _FATES if became[status])
