"""The burst explorer: each burst by name, with what is known of it, and its requests as columns of numbers."""

from collections.abc import Sequence
from typing import Any

from harness.analysis.bursts import Burst
from harness.analysis.findings import Findings
from harness.model.words import counted, one_line
from harness.report.charts import timeline
from harness.report.charts.palette import gradient
from harness.report.conditions import load, named, of_cell, varied
from harness.report.markdown import PLAIN
from harness.report.numbers import milliseconds, seconds
from harness.report.page.columns import Figures
from harness.report.page.markup import text

MOST_REQUESTS = 20_000
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


def for_scripts(bursts: Sequence[Burst], findings: Findings, cells: Sequence[Figures]) -> dict[str, Any]:
    """The view of a burst, and all bursts: times in whole microseconds, threads as numbers, their colours by number."""
    places = {finding.cell: place for place, finding in enumerate(findings.cells)}
    step = _thinning(bursts)
    kept = [_columns(burst, step) for burst in bursts]
    threads = sorted({columns["threads"] for columns in kept})
    return {
        "view": timeline.timeline(),
        "colours": {str(number): gradient(number) for number in threads},
        "bursts": [
            {
                "name": one_line(f"{burst.cell.launch.server}, {burst.cell.style} at {load(burst.cell)}"),
                "says": _says(burst, findings, places[burst.cell], cells),
                "facts": _facts(cells[places[burst.cell]]),
                **columns,
            }
            for burst, columns in zip(bursts, kept, strict=True)
        ],
    }


def _says(burst: Burst, findings: Findings, place: int, cells: Sequence[Figures]) -> str:
    took = seconds(findings.cells[place].by_block[burst.block])
    blocks, median_s = cells[place]["blocks"], cells[place]["median_s"]
    if blocks == 1 or median_s is None:
        return f"Block {burst.block}, the only one: {took} s until the last answer."
    return (
        f"Block {burst.block}, the nearest to the median of {counted(blocks, 'block')}: {took} s until the last "
        f"answer, where the median is {seconds(median_s)} s. Medians over the requests of all its blocks:"
    )


def _facts(cell: Figures) -> list[str]:
    """The medians of waiting, working, and server and wire, over all blocks, in milliseconds; none without a split."""
    parts = [cell[part] for part in ("wait_ms", "work_ms", "wire_ms")]
    return [milliseconds(part["p50"]) for part in parts if part is not None]


def _columns(burst: Burst, step: int) -> dict[str, Any]:
    """The requests of a burst in the order of their start, a column a time, as differences: these are short to write.

    When each was started, after the one before; how long after it was sent; how long it worked; how long its answer
    took from there; and the number of its thread.
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
        "requests": len(requests.started_us),
        "every": every,
        "threads": len({*zip(requests.process, requests.thread, strict=True)}),
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
