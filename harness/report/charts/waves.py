"""The waves: how one burst of `def` went through its threads, request by request, with `async` beside it."""

from collections.abc import Sequence

from harness.analysis.bursts import Burst
from harness.analysis.findings import CellFinding, Findings
from harness.model.words import counted
from harness.report.charts.chart import Chart
from harness.report.charts.panels import WIDTH, Panel, grid, heading, label
from harness.report.charts.timeline import every, longest_ms, requests, timeline
from harness.report.conditions import named, of_cell, varied
from harness.report.markdown import PLAIN, one_line
from harness.report.numbers import word

_HEIGHT = 340
_MARGINS = 62
_MOST_APART = 3.0


def waves(findings: Findings, bursts: Sequence[Burst]) -> Chart | None:
    """The largest burst of `def` beyond its thread limit, `async` and `async-blocking` beside it; None without one.

    Of the server of the baseline if it has one, and else of the first that does; with the lowest thread limit that was
    exceeded, under the conditions that come first.
    """
    found = {finding.cell: finding for finding in findings.cells}
    beyond = [burst for burst in bursts if burst.cell.style == "def" and _waves(found[burst.cell]) > 1]
    if not beyond:
        return None
    lead = min(beyond, key=lambda burst: _rank(burst, found[burst.cell], findings))
    beside = _beside(lead, bursts)
    shared_ms = longest_ms([lead])
    panels = [_panel(burst, shared_ms) for burst in (lead, *beside)]
    title = _title(lead, found[lead.cell])
    axes = varied([finding.cell for finding in findings.cells])
    conditions = named(of_cell(lead.cell), axes, PLAIN)
    where = f"{one_line(lead.cell.launch.server)}{f' ({conditions})' if conditions else ''}, the block nearest to the median."
    above = heading(
        title,
        where,
        "A row a request: pale while it waits, full while it works, thin while its answer travels; a colour a thread.",
    )
    spec = grid([panels], above, (round(WIDTH / len(panels)) - _MARGINS, _HEIGHT))
    return Chart("waves", title, _alt(lead, beside, title), spec)


def _waves(finding: CellFinding) -> int:
    """How many times over the threads are needed."""
    threads = (finding.limiter_tokens or finding.cell.concurrency) * finding.cell.launch.workers
    return -(-finding.cell.concurrency // threads)


def _rank(burst: Burst, finding: CellFinding, findings: Findings) -> tuple[bool, int, int, int]:
    """The lower, the rather is a burst the one to show."""
    cell, servers = burst.cell, list(dict.fromkeys(one.cell.launch.server for one in findings.cells))
    is_other = cell.launch.server != findings.header.plan.baseline.get("server", servers[0])
    return is_other, servers.index(cell.launch.server), finding.limiter_tokens or 0, -cell.concurrency


def _beside(lead: Burst, bursts: Sequence[Burst]) -> list[Burst]:
    """The same number of requests in `async`, and as many in `async-blocking` as were measured up to that."""
    alike = [burst for burst in bursts if of_cell(burst.cell) == of_cell(lead.cell)]
    alike = [burst for burst in alike if burst.cell.launch.server == lead.cell.launch.server]
    in_async = [
        burst for burst in alike if burst.cell.style == "async" and burst.cell.concurrency == lead.cell.concurrency
    ]
    blocking = [burst for burst in alike if burst.cell.style == "async-blocking"]
    return in_async + sorted(blocking, key=lambda burst: burst.cell.concurrency)[-1:]


def _panel(burst: Burst, shared_ms: float) -> Panel:
    own_ms = longest_ms([burst])
    is_own = own_ms > _MOST_APART * shared_ms
    rows = requests(burst)
    name = f"waves-{one_line(burst.cell.style)}"
    view = timeline(name, round(own_ms if is_own else max(shared_ms, own_ms), 3))
    drawn = every(len(burst.requests.sent_us))
    told = f"{len(burst.requests.sent_us)} at once" + (f", every {drawn}th is drawn" if drawn > 1 else "")
    return Panel(name, rows, {"title": label(burst.cell.style, told + (" (own scale)" if is_own else "")), **view})


def _title(lead: Burst, finding: CellFinding) -> str:
    at_once, tokens, workers = lead.cell.concurrency, finding.limiter_tokens, lead.cell.launch.workers
    of = "" if workers == 1 else f" of {counted(workers, 'worker')}"
    return f"{at_once} def requests on {(tokens or 0) * workers} threads{of}: {word(_waves(finding))} waves"


def _alt(lead: Burst, beside: Sequence[Burst], title: str) -> str:
    last = [
        f"{burst.cell.style} ({burst.cell.concurrency} at once) after {longest_ms([burst]):.0f} ms"
        for burst in (lead, *beside)
    ]
    return f"{title}. Timelines of single requests; the last answer came in {', in '.join(last)}."
