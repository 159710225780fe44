"""The A/A control block by block, and how much each cell of the baseline varies from block to block by itself."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from harness.analysis.findings import CellFinding, Control, Findings
from harness.model.plan import Cell
from harness.model.words import counted, one_line
from harness.report.charts.chart import Chart
from harness.report.charts.looks import SHOWN_AS, colour
from harness.report.charts.palette import Look, looks
from harness.report.charts.panels import Panel, at, grid, heading, short
from harness.report.charts.ratios import beside, difference, ratio_axis
from harness.report.charts.rows import Row, row
from harness.report.charts.tooltips import tooltip
from harness.report.writing.conditions import named, of_cell, varied
from harness.report.writing.markdown import PLAIN
from harness.report.writing.numbers import percent

MOST_CELLS = 14
"""A baseline of more cells than these is not drawn whole."""

_FEWEST_BLOCKS = 2
"""A single point is nothing to see."""

_ROW = 22
_NAMES = 290
_NAME_SIGNS = 44
_TITLE = "A/A and noise: how far apart the same cells are from one time to the next"


def control(findings: Findings) -> Chart | None:
    """A row for the control, then one for each cell of the baseline, a point a block; None without blocks enough."""
    found = findings.control
    if found is None or found.ratio is None or found.blocks < _FEWEST_BLOCKS:
        return None
    baseline = [one for one in findings.cells if one.cell in found.cells and len(one.by_block) > 1]
    left = len(baseline) - MOST_CELLS
    rows = [*_repeated(found), *_single(baseline[:MOST_CELLS])]
    interval = " with the 95% interval of the median," if found.low is not None else ""
    above = heading(
        _TITLE,
        f"A point is a block. First row: the second measurement against the first,{interval} over all these cells. "
        f"Other rows: a cell against its own median. Shaded is the practical difference of "
        f"{percent(findings.header.plan.practical_difference)}.",
        f"Not drawn: {counted(left, 'more cell')}." if left > 0 else "",
    )
    panel = Panel("", "", rows, _view(rows, looks([one.cell for one in findings.cells]), findings))
    spec = grid("control", above, [[panel]], _ROW * (1 + max(one["place"] for one in rows)), _NAMES)
    return Chart("control", _TITLE, _alt(found, rows), spec)


def _repeated(found: Control) -> Iterator[Row]:
    """The control itself: its interval, where there is one, and its blocks."""
    if found.low is not None:
        yield _row(found.cells[0], {"low": found.low, "high": found.high}, _what(found), 0)
    for ratio in found.by_block:
        yield _row(found.cells[0], {"ratio": ratio}, _what(found), 0)


def _what(found: Control) -> str:
    return f"A/A control: {counted(len(found.cells), 'cell')} twice"


def _single(baseline: Sequence[CellFinding]) -> Iterator[Row]:
    """The blocks of each cell, against its own median."""
    axes = varied([one.cell for one in baseline])
    for place, one in enumerate(baseline, start=1):
        middle = median(one.by_block.values())
        conditions = named(of_cell(one.cell), axes, PLAIN)
        name = f"{one_line(one.cell.launch.server)} {one.cell.style}, {at([one])}"
        for figure in one.by_block.values():
            yield _row(one.cell, {"ratio": figure / middle}, f"{name} ({conditions})" if conditions else name, place)


def _row(cell: Cell, figures: dict[str, float | None], name: str, place: int) -> Row:
    server = one_line(cell.launch.server)
    return {**row(cell, figures), SHOWN_AS: server, "name": short(name, _NAME_SIGNS), "place": place}


def _view(rows: Sequence[Row], look: Sequence[Look], findings: Findings) -> dict[str, Any]:
    y = {"field": "place", "type": "ordinal", "axis": None}
    x = ratio_axis([one.get(end) for one in rows for end in ("ratio", "low", "high")], "ratio, logarithmic", findings)
    seen = {"color": {**colour(look), "legend": None}}
    return {
        "layer": [
            *difference(x, findings),
            {
                "transform": [{"filter": "isValid(datum.low)"}],
                "mark": {"type": "bar", "height": 12, "opacity": 0.35},
                "encoding": {"y": y, **seen, "x": {"field": "low", **x}, "x2": {"field": "high"}},
            },
            {
                "transform": [{"filter": "isValid(datum.ratio)"}],
                "mark": {"type": "point", "filled": True, "size": 32, "opacity": 0.75},
                "encoding": {
                    "y": y,
                    **seen,
                    "x": {"field": "ratio", **x},
                    "tooltip": tooltip(name="of", ratio="ratio"),
                },
            },
            {
                "transform": [{"aggregate": [{"op": "count", "as": "blocks"}], "groupby": ["place", "name"]}],
                **beside("name", y, is_left=True),
            },
        ]
    }


def _alt(found: Control, rows: Sequence[Row]) -> str:
    interval = "" if found.low is None else f", 95% interval {found.low:.3f} to {found.high:.3f}"
    noise = [one["ratio"] for one in rows if one["place"] and one.get("ratio") is not None]
    told = f"; single cells range from {min(noise):.2f} to {max(noise):.2f} times their median" if noise else ""
    return (
        f"The A/A control took {found.ratio:.3f} times as long the second time ({counted(found.blocks, 'block')}"
        f"{interval}){told}."
    )
