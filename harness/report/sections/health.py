"""Health checks: how long other requests had to wait during the load."""

from collections.abc import Iterable, Sequence

from harness.analysis.findings import CellFinding, Checks, Findings, HealthFinding
from harness.report.writing.busiest import busiest, tables
from harness.report.writing.grid import in_order
from harness.report.writing.markdown import Voice, code
from harness.report.writing.numbers import NONE, lasting, listed, milliseconds

_READING = (
    "While a cell was measured, 20 times a second a health check went to another `async def` route, which waits for "
    "the event loop only, and one to a `def` route, which waits for a thread as well. Median / worst, at each style's "
    "highest load."
)


def section(findings: Findings) -> str | None:
    """Return the health checks at the highest load of each style, or None if there were none."""
    cells = busiest(finding for finding in findings.cells if _was_checked(finding.health))
    if not cells:
        return None
    columns = {
        "`async def` check, ms": lambda finding: _checks(finding.health and finding.health.in_async),
        "`def` check, ms": lambda finding: _checks(finding.health and finding.health.in_def),
        "unanswered": lambda finding: str(finding.health.unanswered) if finding.health else NONE,
    }
    parts = ["## Who starves", _READING, *_worst_of_each_style(cells), *tables("Health", cells, columns, findings)]
    return "\n\n".join(parts)


def starved(findings: Findings, voice: Voice) -> str | None:
    """Return the slowest health check while the loop was blocked, and while it was not."""
    cells = busiest(findings.cells)
    blocked, free = (_worst_ms(_of_style(cells, style))[0] for style in ("async-blocking", "async"))
    if blocked is None:
        return None
    while_free = "" if free is None else f", and up to {lasting(free)} while {voice.code('async')} did"
    return (
        f"While {voice.code('async-blocking')} worked, a health check on an {voice.code('async def')} route took up to "
        f"{lasting(blocked)}{while_free}."
    )


def full_pool(findings: Findings, voice: Voice) -> str | None:
    """Return the slowest health checks while `def` had more requests than threads; None if it never had."""
    beyond = [
        finding
        for finding in busiest(findings.cells)
        if finding.limiter_tokens and finding.cell.concurrency > finding.limiter_tokens * finding.cell.launch.workers
    ]
    in_async_ms, in_def_ms = _worst_ms(_of_style(beyond, "def"))
    if in_async_ms is None or in_def_ms is None:
        return None
    return (
        f"At the highest load of {voice.code('def')}, a health check on another {voice.code('def')} route took up to "
        f"{lasting(in_def_ms)}, and on an {voice.code('async def')} route up to {lasting(in_async_ms)}."
    )


def _was_checked(health: HealthFinding | None) -> bool:
    return health is not None and bool(health.in_async or health.in_def or health.unanswered)


def _checks(checks: Checks | None) -> str:
    return NONE if checks is None else f"{milliseconds(checks.p50_ms)} / {milliseconds(checks.max_ms)}"


def _worst_of_each_style(cells: Sequence[CellFinding]) -> list[str]:
    """Return a sentence on the slowest checks of each style, if any was answered."""
    styles = in_order(list(dict.fromkeys(finding.cell.style for finding in cells)))
    worst = {style: _worst_ms(_of_style(cells, style)) for style in styles}
    told = [
        f"{_lasting(in_async_ms)} ({_lasting(in_def_ms)}) while {code(style)} worked"
        for style, (in_async_ms, in_def_ms) in worst.items()
        if (in_async_ms, in_def_ms) != (None, None)
    ]
    return [f"At worst, at these loads, an `async def` check (and a `def` check) took {listed(told)}."] if told else []


def _lasting(ms: float | None) -> str:
    return NONE if ms is None else lasting(ms)


def _of_style(cells: Iterable[CellFinding], style: str) -> list[HealthFinding]:
    return [finding.health for finding in cells if finding.cell.style == style and finding.health is not None]


def _worst_ms(every: Sequence[HealthFinding]) -> tuple[float | None, float | None]:
    """Return the slowest answered check of the `async def` route, and of the `def` route."""
    in_async = [health.in_async.max_ms for health in every if health.in_async is not None]
    in_def = [health.in_def.max_ms for health in every if health.in_def is not None]
    return max(in_async, default=None), max(in_def, default=None)
