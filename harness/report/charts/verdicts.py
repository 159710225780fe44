"""The verdicts as a forest: the ratio of each comparison with its interval, beside the practical difference."""

from collections.abc import Iterator, Sequence
from typing import Any

from harness.analysis.findings import Comparison, Findings
from harness.model.metrics import TIME
from harness.model.words import counted, one_line
from harness.report.chart import Chart
from harness.report.charts.looks import SHOWN_AS, colour, shape
from harness.report.charts.palette import Look, looks
from harness.report.charts.panels import Panel, grid, heading, short
from harness.report.charts.ratios import ROOM_BESIDE, practical_difference, ratio_axis, text_beside
from harness.report.charts.rows import Row, row
from harness.report.charts.theme import SIGN
from harness.report.charts.tooltips import tooltip
from harness.report.conditions import run_axes
from harness.report.document import join
from harness.report.numbers import percent
from harness.report.questions.comparisons import describe_alike, name_comparison
from harness.report.text import flatten
from harness.report.wording import describe_comparison

MOST_COMPARISONS = 30
"""More than these are for the table."""

_ROW = 22
_NAME_SIGNS = 66
_WORD_SIGNS = 34
_TITLE = "The verdicts: how many times as {} the first took as the second"


def verdicts(findings: Findings) -> Chart | None:
    """Draw a row per comparison that has a ratio, in the order of the matrix; return None without any."""
    axes = run_axes(findings)
    compared = [(one, name_comparison(one, axes)) for one in findings.comparisons if one.ratio is not None]
    if not compared:
        return None
    amount = "long" if all(one.metric == TIME.name for one, _ in compared) else "much"
    title = _TITLE.format(amount)
    drawn, left = compared[:MOST_COMPARISONS], len(compared) - MOST_COMPARISONS
    above = heading(
        title,
        f"Points are medians over blocks, lines their intervals; shaded is the practical difference of "
        f"{percent(findings.header.plan.practical_difference)}.",
        f"Not drawn: {counted(left, 'more comparison')}." if left > 0 else "",
    )
    rows = list(_rows(drawn, findings))
    look = looks([one.cell for one in findings.cells])
    panel = Panel("", "", rows, _view(rows, look, amount, findings))
    margins = sum(round(SIGN * max(len(one[field]) for one in rows)) + 20 for field in ("compared", "verdict"))
    spec = grid("verdicts", above, [[panel]], _ROW * len(rows), margins) | ROOM_BESIDE
    told = flatten(join(describe_alike(findings.comparisons, findings), "; ")) or "No verdict on any"
    return Chart("verdicts", title, f"{title}. {told}.", spec)


def _rows(compared: Sequence[tuple[Comparison, str]], findings: Findings) -> Iterator[Row]:
    for place, (one, named) in enumerate(compared):
        assert one.ratio is not None
        figures = {"ratio": one.ratio, "low": one.low, "high": one.high}
        yield {
            **row(one.cell, figures),
            SHOWN_AS: one_line(one.cell.launch.server),
            "place": place,
            "compared": short(named, _NAME_SIGNS),
            "verdict": short(describe_comparison(one, findings.header.plan.practical_difference), _WORD_SIGNS),
        }


def _view(rows: Sequence[Row], look: Sequence[Look], amount: str, findings: Findings) -> dict[str, Any]:
    # By place, since two comparisons may have names that are cut to the same.
    y = {"field": "place", "type": "ordinal", "axis": None}
    x = ratio_axis(
        [one[end] for one in rows for end in ("ratio", "low", "high")], f"times as {amount}, logarithmic", findings
    )
    seen = {"color": {**colour(look), "legend": None}}
    told = tooltip(compared="compared", ratio="ratio", low="from", high="to", verdict="verdict")
    ratio = {"y": y, "x": {"field": "ratio", **x}}
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
                "encoding": {**ratio, **seen, "shape": {**shape(look), "legend": None}, "tooltip": told},
            },
            text_beside("compared", y, is_left=True),
            text_beside("verdict", y, is_left=False),
        ]
    }
