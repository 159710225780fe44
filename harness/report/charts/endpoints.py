"""What endpoints should be, as a forest: the slowdown of the second style, a row per scenario at its highest load."""

from collections.abc import Iterator, Sequence
from typing import Any

from harness.analysis.findings import Findings
from harness.model.words import counted, one_line
from harness.report.chart import Chart
from harness.report.charts.looks import SHOWN_AS, colour, shape
from harness.report.charts.palette import Look, looks
from harness.report.charts.panels import Panel, grid, heading, short
from harness.report.charts.ratios import ROOM_BESIDE, practical_difference, ratio_axis, text_beside
from harness.report.charts.rows import Row, row
from harness.report.charts.theme import SIGN
from harness.report.charts.tooltips import tooltip
from harness.report.numbers import percent
from harness.report.questions.endpoints import (
    AgreedAdvice,
    agree_by_scenario,
    explain_rivals,
    headline,
    leads,
    write_slowdown,
)
from harness.report.text import flatten

MOST_ROWS = 40
"""More than these are for the table."""

_ROW = 22
_NAME_SIGNS = 66
_WORD_SIGNS = 34
_ONCE = {"aggregate": [{"op": "count", "as": "servers"}], "groupby": ["place", "compared", "verdict"]}
"""One row for all servers at a place, so that its words are written once."""

_TITLE = "What endpoints should be: slowdown of the other way to write them"


def endpoints(findings: Findings) -> Chart | None:
    """Draw a row per scenario at its highest load, with a point per server.

    Return None if the report of the run leads with something else.
    """
    if not leads(findings):
        return None
    every = [alike for of_scenario in agree_by_scenario(findings).values() for alike in of_scenario]
    highest = [alike for alike in every if alike.first.is_highest]
    compared = [alike for alike in highest if any(rival.ratio is not None for rival in alike.over)]
    if not compared:
        return None
    drawn, left = compared[:MOST_ROWS], len(compared) - MOST_ROWS
    above = heading(
        _TITLE,
        "At the highest load of each scenario. Points are medians over blocks, lines their intervals; shaded is the "
        "practical difference of "
        f"{percent(findings.header.plan.practical_difference)}.",
        f"Not drawn: {counted(left, 'more row')}." if left > 0 else "",
    )
    rows = [each for place, alike in enumerate(drawn) for each in _rows(place, alike, findings)]
    drawn_servers = {one[SHOWN_AS] for one in rows}
    look = [each for each in looks([one.cell for one in findings.cells]) if each.server in drawn_servers]
    panel = Panel("", "", rows, _view(rows, look, findings))
    margins = sum(round(SIGN * max(len(one[field]) for one in rows)) + 20 for field in ("compared", "verdict"))
    spec = grid("endpoints", above, [[panel]], _ROW * len(drawn), margins) | ROOM_BESIDE
    told = flatten(headline(findings) or ())
    return Chart("endpoints", _TITLE, f"{_TITLE}. {told}", spec)


def _rows(place: int, alike: AgreedAdvice, findings: Findings) -> Iterator[Row]:
    """Yield a row for each server that agrees, at the same place."""
    first = alike.first
    named = f"{first.preferred.launch.scenario}: {first.preferred.style} over {first.over.cell.style}"
    slowdown = write_slowdown(alike.over) or ""
    verdict = slowdown if first.is_settled else explain_rivals(alike.over, findings)
    for one in alike.over:
        if one.ratio is not None:
            yield {
                **row(one.cell, {"ratio": one.ratio, "low": one.low, "high": one.high}),
                SHOWN_AS: one_line(one.cell.launch.server),
                "place": place,
                "compared": short(named, _NAME_SIGNS),
                "verdict": short(verdict, _WORD_SIGNS),
            }


def _view(rows: Sequence[Row], look: Sequence[Look], findings: Findings) -> dict[str, Any]:
    # By place, since two rows may have names that are cut to the same.
    y = {"field": "place", "type": "ordinal", "axis": None}
    ratios = [one[end] for one in rows for end in ("ratio", "low", "high")]
    x = ratio_axis(ratios, "times as long, logarithmic", findings)
    seen = {"color": colour(look)}
    told = tooltip(compared="compared", ratio="ratio", low="from", high="to", verdict="verdict")
    return {
        "layer": [
            *practical_difference(x, findings),
            {
                "transform": [{"filter": "isValid(datum.low)"}],
                "mark": {"type": "rule", "strokeWidth": 2.5},
                "encoding": {"y": y, **seen, "x": {"field": "low", **x}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
                "encoding": {"y": y, **seen, "x": {"field": "ratio", **x}, "shape": shape(look), "tooltip": told},
            },
            {**text_beside("compared", y, is_left=True), "transform": [_ONCE]},
            {**text_beside("verdict", y, is_left=False), "transform": [_ONCE]},
        ]
    }
