"""The burst explorer: each burst by name, with what is known of it, and its requests as columns of numbers."""

from collections.abc import Sequence
from typing import Any

from harness.analysis.bursts import Burst
from harness.analysis.findings import CellFinding, Findings
from harness.report.charts import timeline
from harness.report.charts.palette import gradient
from harness.report.conditions import load, named, of_cell, varied
from harness.report.markdown import PLAIN
from harness.report.numbers import seconds
from harness.report.page.markup import text

MOST_REQUESTS = 10_000
"""More requests than these make a page large and slow: of each burst, only every so many-th is kept then."""


def choice(bursts: Sequence[Burst], findings: Findings) -> str:
    """The bursts to choose from, by server; the one of the most waves is chosen already."""
    axes = varied([finding.cell for finding in findings.cells]) - {"connections"}
    best = _most_waves(bursts, findings)
    groups: dict[str, list[str]] = {}
    for place, burst in enumerate(bursts):
        where = named(of_cell(burst.cell), axes, PLAIN)
        name = f"{burst.cell.style} at {load(burst.cell)}" + (f", {where}" if where else "")
        chosen = " selected" if place == best else ""
        groups.setdefault(burst.cell.launch.server, []).append(f'<option value="{place}"{chosen}>{text(name)}</option>')
    return "".join(
        f'<optgroup label="{text(server)}">{"".join(options)}</optgroup>' for server, options in groups.items()
    )


def thinned(bursts: Sequence[Burst]) -> str | None:
    """That not every request is drawn, or None where each is."""
    if _thinning(bursts) == 1:
        return None
    return (
        f"The bursts have {_requests(bursts):,} requests, more than the {MOST_REQUESTS:,} that this page holds; so of "
        f"each, only every so many-th is drawn, in the order in which they were started. The journal has all of them."
    )


def for_scripts(bursts: Sequence[Burst], findings: Findings) -> dict[str, Any]:
    """The view of a burst, and all bursts: whose row of the table each is, and its requests; threads have numbers."""
    places = {finding.cell: place for place, finding in enumerate(findings.cells)}
    step = _thinning(bursts)
    kept = [_burst(burst, findings.cells[places[burst.cell]], step) for burst in bursts]
    return {
        "view": timeline.timeline(),
        "colours": {str(threads): gradient(threads) for threads in sorted({one["threads"] for one in kept})},
        "bursts": [{"cell": places[burst.cell], **one} for burst, one in zip(bursts, kept, strict=True)],
    }


def _burst(burst: Burst, finding: CellFinding, step: int) -> dict[str, Any]:
    """One burst: the block that it is from, how long it took there, and its requests in the order of their start.

    These are a column a time, in whole microseconds and as differences, which are short to write: when each was
    started, after the one before; how long after it was sent; how long it worked; how long its answer took from there;
    and the number of its thread.
    """
    requests = burst.requests
    most = -(-len(requests.started_us) // step)
    every = timeline.every(len(requests.started_us), most)
    order = timeline.in_order_of_start(requests)[::every]
    sent, started, ended, answered = (
        [column[place] for place in order]
        for column in (requests.sent_us, requests.started_us, requests.ended_us, requests.answered_us)
    )
    return {
        "block": burst.block,
        "took": seconds(finding.by_block[burst.block]),
        "requests": len(requests.started_us),
        "every": every,
        "threads": len(timeline.served(burst)),
        "columns": [
            _differences([0, *started[:-1]], started),
            _differences(sent, started),
            _differences(started, ended),
            _differences(ended, answered),
            [row["thread"] for row in timeline.requests(burst, most)],
        ],
    }


def _differences(earlier: Sequence[int], later: Sequence[int]) -> list[int]:
    return [after - before for before, after in zip(earlier, later, strict=True)]


def _thinning(bursts: Sequence[Burst]) -> int:
    """Of how many requests one is kept, 1 where all are."""
    return max(1, -(-_requests(bursts) // MOST_REQUESTS))


def _requests(bursts: Sequence[Burst]) -> int:
    return sum(len(burst.requests.started_us) for burst in bursts)


def _most_waves(bursts: Sequence[Burst], findings: Findings) -> int:
    """The place of the first burst of `def` whose model is most times its delay; of any style, without a `def`."""
    models_s = {finding.cell: finding.model_s or 0.0 for finding in findings.cells}
    in_def = [place for place, burst in enumerate(bursts) if burst.cell.style == "def"]

    def waves(place: int) -> float:
        cell = bursts[place].cell
        return models_s[cell] / (cell.launch.delay_s or 1.0)

    return max(in_def or range(len(bursts)), key=waves, default=0)
