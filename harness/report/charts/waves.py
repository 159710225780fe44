"""The waves: how one burst of `def` went through its threads, request by request, with `async` beside it."""

from collections.abc import Sequence

from harness.analysis.bursts import Burst
from harness.analysis.findings import CellFinding, Findings
from harness.model.plan import Cell
from harness.model.words import counted, one_line
from harness.report.chart import Chart
from harness.report.charts.panels import Panel, grid, heading
from harness.report.charts.scales import MOST_APART
from harness.report.charts.timeline import last_ms, requests, requests_by_thread, thinning_step, timeline
from harness.report.conditions import cell_conditions, name_conditions, run_axes
from harness.report.numbers import spell_number

_HEIGHT = 340
_MARGINS = 64
_MOST_WAVES = 6
"""More waves cannot be seen one by one: another burst is shown if there is one."""

_READING = (
    "One row per request: pale while it waits, full while it works, thin while its answer travels. "
    "One colour per thread."
)


def waves(findings: Findings, bursts: Sequence[Burst]) -> Chart | None:
    """Draw a burst of `def` beyond its thread limit, next to `async` and `async-blocking`; return None without one.

    The burst is on the server of the baseline, or on the first that has one: the largest with the fewest threads,
    under the conditions that come first.
    """
    found = {one.cell: one for one in findings.cells}
    beyond = [one for one in bursts if one.cell.style == "def" and _waves(found[one.cell]) > 1]
    if not beyond:
        return None
    servers = [findings.header.plan.baseline.get("server"), *(one.cell.launch.server for one in findings.cells)]
    lead = min(beyond, key=lambda one: (servers.index(one.cell.launch.server), *_rank(found[one.cell])))
    drawn = [lead, *_find_companions(lead.cell, bursts)]
    title = _title(lead, found[lead.cell])
    spec = grid("waves", heading(title, _where(lead.cell, findings), _READING), [_panels(drawn)], _HEIGHT, _MARGINS)
    return Chart("waves", title, _alt(title, drawn), spec)


def _waves(finding: CellFinding) -> int:
    """Return how many waves the model expects; one if there is no model."""
    bound = finding.threads and finding.model_s is not None and finding.waits_for_limit
    return -(-finding.cell.concurrency // finding.threads) if bound else 1


def _rank(finding: CellFinding) -> tuple[bool, int, int]:
    """Return the sort key of a burst: the lowest is the one to show."""
    return _waves(finding) > _MOST_WAVES, finding.limiter_tokens or 0, -finding.cell.concurrency


def _find_companions(lead: Cell, bursts: Sequence[Burst]) -> list[Burst]:
    """Return the same number of requests in `async`, and the largest burst of `async-blocking`, measured alike."""
    alike = [
        burst
        for burst in bursts
        if (burst.cell.launch.server, cell_conditions(burst.cell)) == (lead.launch.server, cell_conditions(lead))
    ]
    in_async = [one for one in alike if one.cell.style == "async" and one.cell.concurrency == lead.concurrency]
    blocking = [one for one in alike if one.cell.style == "async-blocking"]
    return in_async + sorted(blocking, key=lambda one: one.cell.concurrency)[-1:]


def _panels(drawn: Sequence[Burst]) -> list[Panel]:
    """Return a panel per burst, all on one time axis except one that took far longer than the first."""
    took_ms = [last_ms(one) for one in drawn]
    shared_ms = max(ms for ms in took_ms if ms <= MOST_APART * took_ms[0])
    panels = []
    for burst, own_ms in zip(drawn, took_ms, strict=True):
        answered = len(burst.requests.sent_us)
        told = [f"{answered} concurrent"]
        if (step := thinning_step(answered)) > 1:
            told.append(f"one in {step} is drawn")
        if own_ms > shared_ms:
            told.append("own time scale")
        view = timeline(max(shared_ms, own_ms))
        panels.append(Panel(burst.cell.style, ", ".join(told), requests(burst), view))
    return panels


def _title(lead: Burst, finding: CellFinding) -> str:
    """Return the title, with waves only if the busiest thread served as many requests as waves are expected."""
    by_thread, workers = requests_by_thread(lead), lead.cell.launch.workers
    of_workers = "" if workers == 1 else f" of {counted(workers, 'worker')}"
    told = f"{sum(by_thread.values())} def requests on {counted(len(by_thread), 'thread')}{of_workers}"
    waves = _waves(finding)
    return f"{told}: {spell_number(waves)} waves" if max(by_thread.values()) == waves else told


def _where(cell: Cell, findings: Findings) -> str:
    conditions = name_conditions(cell, run_axes(findings))
    return f"{one_line(cell.launch.server)}{f' ({conditions})' if conditions else ''}, the block nearest to the median."


def _alt(title: str, drawn: Sequence[Burst]) -> str:
    last = [f"{one.cell.style} ({one.cell.concurrency} concurrent) after {last_ms(one):.0f} ms" for one in drawn]
    return f"{title}. Timelines of single requests: the last answer came in {', in '.join(last)}."
