"""What breaks first? Blocked loops, requests that gave up, rates that were not kept up with, and cells that failed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from harness.analysis.findings import CellFinding, Checks, Findings, HealthFinding, KeepsUp
from harness.model.executors import executor_of, format_load, load_of
from harness.model.outcomes import Status
from harness.model.words import counted
from harness.report.cells import busiest, busiest_under_first_conditions, count_gave_up, servers_of, styles_of
from harness.report.document import (
    Block,
    Bullets,
    Line,
    Paragraph,
    Row,
    Section,
    Tone,
    as_line,
    code,
    join,
    line,
    table,
)
from harness.report.naming import Names
from harness.report.numbers import NONE, between, lasting, milliseconds, short_ms
from harness.report.questions.decision import Decision
from harness.report.text import flatten
from harness.report.wording import explain_trouble, name_trouble

_QUESTION = as_line("What breaks first?")
_FATES = (Status.FAILED, Status.TIMEOUT, Status.SKIPPED, Status.UNSUPPORTED)
_HEALTH_READING = line(
    "20 times per second a health check went to another `async def` route, which needs the event loop, and to a `def` "
    "route, which also needs a thread. Median / worst in ms at each style's highest load."
)
_HEALTH_HEADERS = ("style", "load", line("`async def` check"), line("`def` check"), "unanswered")


def describe_nothing_measured(findings: Findings) -> Line | None:
    """Return that nothing was measured, and the status of the cells; None if something was."""
    if any(finding.blocks for finding in findings.cells):
        return None
    return as_line(f"Nothing was measured: {counted(len(findings.cells), 'cell')}{_count_fates(findings)}.")


def decide(findings: Findings) -> Decision | None:
    """Return the first of: requests that gave up, a blocked loop, a full pool, a rate that was too high."""
    answers = (_gave_up(findings), _blocked_loop(findings), _too_fast(findings), _full_pool(findings))
    return next((answer for answer in answers if answer is not None), None)


def section(findings: Findings) -> Section | None:
    """Return everything that broke with its figures, None if nothing was watched and nothing failed."""
    every = [_gave_up(findings), _blocked_loop(findings), _full_pool(findings), _too_fast(findings)]
    sentences = [line("{}: {}.", each.answer, each.measured) for each in every if each is not None]
    # The first of them is the finding, which is read before the section is opened.
    blocks: list[Block] = [Bullets(tuple(sentences[1:]))] if sentences[1:] else []
    blocks += [*_render_health(findings), *_render_troubles(findings)]
    if not blocks:
        return None
    finding = sentences[0] if sentences else as_line(f"Nothing broke{_count_fates(findings)}.")
    return Section("breaks", "What breaks first?", tuple(blocks), rank=3, finding=finding)


def _gave_up(findings: Findings) -> Decision | None:
    """Return the style in which the largest share of requests gave up waiting."""
    worst = max((each for each in findings.cells if each.gave_up), key=_share_of_gave_up, default=None)
    if worst is None:
        return None
    cell = worst.cell
    several = len({finding.cell.launch.scenario for finding in findings.cells}) > 1
    scenario = f"{cell.launch.scenario} " if several else ""
    answer = line("Requests to {}{} give up waiting", scenario, code(cell.style))
    return Decision(_QUESTION, answer, line("{} gave up at {}", count_gave_up(worst), format_load(cell)), Tone.BAD)


def _share_of_gave_up(finding: CellFinding) -> float:
    return finding.gave_up / (finding.gave_up + finding.ok + finding.errors)


def _blocked_loop(findings: Findings) -> Decision | None:
    """Return how long a blocked event loop kept other routes waiting."""
    cells = busiest(findings.cells)
    blocked, free = (_worst_ms(_health_of(cells, style))[0] for style in ("async-blocking", "async"))
    if blocked is None:
        return None
    otherwise = "" if free is None else f"; under async, {lasting(free)}"
    return Decision(
        _QUESTION,
        line("Blocking inside `async def` stalls every other route"),
        line("a health check took up to {}{}", lasting(blocked), otherwise),
        Tone.BAD,
    )


def describe_blocked_loop(findings: Findings) -> str | None:
    """Return what a blocked event loop did to other routes as plain text, None if none was blocked."""
    found = _blocked_loop(findings)
    return None if found is None else flatten(line("{}: {}.", found.answer, found.measured))


def _full_pool(findings: Findings) -> Decision | None:
    """Return how long `def` routes waited while `def` had more requests than threads."""
    beyond = [
        finding
        for finding in busiest(findings.cells)
        if finding.limiter_tokens and finding.cell.concurrency > finding.limiter_tokens * finding.cell.launch.workers
    ]
    in_async_ms, in_def_ms = _worst_ms(_health_of(beyond, "def"))
    if in_async_ms is None or in_def_ms is None:
        return None
    return Decision(
        _QUESTION,
        line("A full thread pool makes other `def` routes wait"),
        line("a `def` health check took up to {}, an `async def` one {}", lasting(in_def_ms), lasting(in_async_ms)),
        Tone.BAD,
    )


def _too_fast(findings: Findings) -> Decision | None:
    """Return the rates that each style kept up with, and the latency at the highest; None without an open loop."""
    loops = [finding for finding in findings.cells if executor_of(finding.cell).is_open_loop and not finding.bound]
    if not any(finding.keeps_up for finding in loops):
        return None
    kept = [
        line("{} keeps up with {}", code(style), _name_rates([each for each in loops if each.cell.style == style]))
        for style in styles_of(loops)
    ]
    most = max(load_of(finding.cell) for finding in loops)
    medians = [
        line("{} ms as {}", between(short_ms(each.latency.p50_ms) for each in alike if each.latency), code(style))
        for style in styles_of(loops)
        if (
            alike := [each for each in loops if (each.cell.style, load_of(each.cell)) == (style, most) and each.latency]
        )
    ]
    return Decision(_QUESTION, join(kept, "; "), line("median at {}/s: {}", str(most), join(medians, ", ")))


def _name_rates(cells: Sequence[CellFinding]) -> str:
    """Return the highest rate that a style kept up with on every server."""
    by_server = [[each for each in cells if each.cell.launch.server == server] for server in servers_of(cells)]
    highest = []
    for alike in by_server:
        ordered = sorted(alike, key=lambda finding: load_of(finding.cell))
        kept = list(takewhile(lambda finding: finding.keeps_up is KeepsUp.YES, ordered))
        highest.append(load_of(kept[-1].cell) if kept else 0)
    lowest = min(highest)
    return f"{lowest}/s" if lowest else "no rate tried"


def _render_health(findings: Findings) -> Iterator[Block]:
    cells = busiest_under_first_conditions(finding for finding in findings.cells if _was_checked(finding.health))
    if not cells:
        return
    first = [finding for finding in cells if finding.cell.launch.server == cells[0].cell.launch.server]
    rows: list[Row] = [
        [
            code(finding.cell.style),
            format_load(finding.cell),
            _write_checks(finding.health.in_async if finding.health else None),
            _write_checks(finding.health.in_def if finding.health else None),
            str(finding.health.unanswered) if finding.health else NONE,
        ]
        for finding in first
    ]
    yield Paragraph(line("{} On {}.", _HEALTH_READING, first[0].cell.launch.server))
    yield table(_HEALTH_HEADERS, rows, "lrrrr")


def _was_checked(health: HealthFinding | None) -> bool:
    return health is not None and bool(health.in_async or health.in_def or health.unanswered)


def _write_checks(checks: Checks | None) -> str:
    return NONE if checks is None else f"{milliseconds(checks.p50_ms)} / {milliseconds(checks.max_ms)}"


def _health_of(cells: Iterable[CellFinding], style: str) -> list[HealthFinding]:
    return [finding.health for finding in cells if finding.cell.style == style and finding.health is not None]


def _worst_ms(every: Sequence[HealthFinding]) -> tuple[float | None, float | None]:
    """Return the slowest answered check of the `async def` route, and of the `def` route."""
    in_async = [health.in_async.max_ms for health in every if health.in_async is not None]
    in_def = [health.in_def.max_ms for health in every if health.in_def is not None]
    return max(in_async, default=None), max(in_def, default=None)


def _render_troubles(findings: Findings) -> Iterator[Block]:
    if not findings.troubles:
        return
    names = Names(findings.header.plan)
    rows: list[Row] = [
        [name_trouble(trouble, names), trouble.status, str(trouble.count), explain_trouble(trouble)]
        for trouble in findings.troubles
    ]
    yield Paragraph(as_line("Not measured (a sample is one cell in one block):"))
    yield table(("cells", "status", "samples", "reason"), rows, "llrl")


def _count_fates(findings: Findings) -> str:
    """Return the status of the cells without a figure: `, 4 failed, 1 timeout`."""
    became = Counter(finding.status for finding in findings.cells if not finding.blocks)
    return "".join(f", {became[status]} {status}" for status in _FATES if became[status])
