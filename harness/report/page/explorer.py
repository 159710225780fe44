"""The burst explorer: facts about each burst, and its requests as columns of numbers."""

from collections.abc import Sequence
from typing import Any

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.report.charts import timeline
from harness.report.charts.palette import gradient
from harness.report.numbers import seconds
from harness.report.page.packed import packed
from harness.report.questions.time_spent import has_two_parts

MOST_REQUESTS = 6_000
"""More requests make a page large and slow, so only every n-th of each burst is kept."""

_SHADES = 256
"""The number of colours for threads; the eye cannot distinguish more."""


def thinned(bursts: Sequence[Burst]) -> str | None:
    """Return a note if not every request is drawn."""
    if _thinning(bursts) == 1:
        return None
    return (
        f"The bursts have {_requests(bursts):,} requests, more than the {MOST_REQUESTS:,} that this page holds; so of "
        f"each, only every so many-th is drawn, in the order in which they were started. The journal has all of them."
    )


def for_scripts(bursts: Sequence[Burst], findings: Findings) -> dict[str, Any]:
    """Return the view of a burst, all bursts with their requests, and which burst is shown first."""
    places = {finding.cell: place for place, finding in enumerate(findings.cells)}
    step = _thinning(bursts)
    known = [_known(burst, places[burst.cell], findings, step) for burst in bursts]
    return {
        "view": timeline.timeline(),
        "colours": gradient(_SHADES),
        "first": _most_waves(bursts, findings),
        "bursts": packed(known),
        "requests": [_times(burst, one["every"]) for burst, one in zip(bursts, known, strict=True)],
    }


def _known(burst: Burst, place: int, findings: Findings, step: int) -> dict[str, Any]:
    """Return the facts about a burst: its row in the table of all cells, its block, and how long it took.

    `of_two` says that its requests have two parts, and that their threads are unknown.
    """
    requests = len(burst.requests.started_us)
    return {
        "cell": place,
        "block": burst.block,
        "blocks": findings.cells[place].blocks,
        "took": seconds(findings.cells[place].by_block[burst.block]),
        "requests": requests,
        "every": timeline.thinning_step(requests, -(-requests // step)),
        "threads": len(timeline.requests_by_thread(burst)),
        "of_two": has_two_parts(findings.cells[place]),
    }


def _times(burst: Burst, every: int) -> list[list[int]]:
    """Return the requests of a burst in the order of their start, one column per time.

    Whole microseconds, as differences, which are short to write: when each was started, after the one before; how long
    after it was sent; how long it worked; and how long its answer took from there. Last, the numbers of their threads.
    """
    requests = burst.requests
    order = timeline.in_order_of_start(requests)[::every]
    sent, started, ended, answered = (
        [column[place] for place in order]
        for column in (requests.sent_us, requests.started_us, requests.ended_us, requests.answered_us)
    )
    return [
        _differences([0, *started[:-1]], started),
        _differences(sent, started),
        _differences(started, ended),
        _differences(ended, answered),
        timeline.number_threads(requests)[::every],
    ]


def _differences(earlier: Sequence[int], later: Sequence[int]) -> list[int]:
    return [after - before for before, after in zip(earlier, later, strict=True)]


def _thinning(bursts: Sequence[Burst]) -> int:
    """Return n where every n-th request is kept; each burst keeps its first request."""
    sizes = [len(burst.requests.started_us) for burst in bursts]
    steps = range(1, max(sizes, default=1))
    return next((step for step in steps if sum(-(-size // step) for size in sizes) <= MOST_REQUESTS), steps.stop)


def _requests(bursts: Sequence[Burst]) -> int:
    return sum(len(burst.requests.started_us) for burst in bursts)


def _most_waves(bursts: Sequence[Burst], findings: Findings) -> int:
    """Return the index of the burst with most waves, of `def` if there is one."""
    models_s = {finding.cell: finding.model_s or 0.0 for finding in findings.cells}
    in_def = [place for place, burst in enumerate(bursts) if burst.cell.style == "def"]

    def waves(place: int) -> float:
        cell = bursts[place].cell
        return models_s[cell] / (cell.launch.delay_s or 1.0)

    return max(in_def or range(len(bursts)), key=waves, default=0)
