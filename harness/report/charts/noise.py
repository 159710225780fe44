"""The A/A control block by block, and how much each cell of the baseline varies from block to block by itself."""

import math
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from harness.analysis.findings import CellFinding, Control, Findings
from harness.model.plan import Cell
from harness.model.words import counted, one_line
from harness.report.chart import Chart
from harness.report.charts.looks import SHOWN_AS, colour
from harness.report.charts.palette import Look, looks
from harness.report.charts.panels import Panel, describe_loads, grid, heading, short
from harness.report.charts.ratios import practical_difference, ratio_axis, text_beside
from harness.report.charts.rows import Row, row
from harness.report.charts.tooltips import tooltip
from harness.report.conditions import name_conditions, varied_axes
from harness.report.numbers import percent

MOST_CELLS = 14
"""The most cells of a baseline that are drawn."""

MOST_BLOCKS = 120
"""With more blocks than this, only every second or third is drawn: more points would hide each other."""

_FEWEST_BLOCKS = 2
"""One point shows nothing."""

_ROW = 22
_NAMES = 290
_NAME_SIGNS = 44
_TITLE = "A/A and noise: how far apart the same cells are from one time to the next"


def control(findings: Findings) -> Chart | None:
    """Draw a row for the control and one for each cell of the baseline, with a point per block.

    Return None if there are too few blocks.
    """
    found = findings.control
    if found is None or found.ratio is None or found.blocks < _FEWEST_BLOCKS:
        return None
    baseline = [one for one in findings.cells if one.cell in found.cells and len(one.by_block) > 1]
    left = len(baseline) - MOST_CELLS
    every = math.ceil(found.blocks / MOST_BLOCKS)
    rows = [*_control_rows(found, every), *_single_cells(baseline[:MOST_CELLS], every)]
    interval = " with the 95% interval of the median," if found.low is not None else ""
    above = heading(
        _TITLE,
        f"A point is a block. First row: the second measurement against the first,{interval} over all these cells. "
        f"Other rows: a cell against its own median. Shaded is the practical difference of "
        f"{percent(findings.header.plan.practical_difference)}.",
        " ".join(_left_out(every, left)),
    )
    panel = Panel("", "", rows, _view(rows, looks([one.cell for one in findings.cells]), findings))
    spec = grid("control", above, [[panel]], _ROW * (1 + max(one["place"] for one in rows)), _NAMES)
    return Chart("control", _TITLE, _alt(found, baseline[:MOST_CELLS]), spec)


def _left_out(every: int, cells: int) -> Iterator[str]:
    """Yield a sentence on each thing that is left out."""
    if every > 1:
        yield f"Drawn is one block in {every}."
    if cells > 0:
        yield f"Not drawn: {counted(cells, 'more cell')}."


def _control_rows(found: Control, every: int) -> Iterator[Row]:
    """Yield the rows of the control itself: its interval, if there is one, and its blocks."""
    if found.low is not None:
        yield _row(found.cells[0], {"low": found.low, "high": found.high}, _name_control(found), 0)
    for ratio in found.by_block[::every]:
        yield _row(found.cells[0], {"ratio": ratio}, _name_control(found), 0)


def _name_control(found: Control) -> str:
    return f"A/A control: {counted(len(found.cells), 'cell')} twice"


def _single_cells(baseline: Sequence[CellFinding], every: int) -> Iterator[Row]:
    """Yield the blocks of each cell, relative to its own median."""
    axes = varied_axes([one.cell for one in baseline])
    for place, one in enumerate(baseline, start=1):
        conditions = name_conditions(one.cell, axes)
        name = f"{one_line(one.cell.launch.server)} {one.cell.style}, {describe_loads([one])}"
        for share in _shares(one)[::every]:
            yield _row(one.cell, {"ratio": share}, f"{name} ({conditions})" if conditions else name, place)


def _shares(one: CellFinding) -> list[float]:
    """Return the figure of each block of a cell, as a share of their median."""
    middle = median(one.by_block.values())
    return [figure / middle for figure in one.by_block.values()]


def _row(cell: Cell, figures: dict[str, float | None], name: str, place: int) -> Row:
    server = one_line(cell.launch.server)
    return {**row(cell, figures), SHOWN_AS: server, "name": short(name, _NAME_SIGNS), "place": place}


def _view(rows: Sequence[Row], look: Sequence[Look], findings: Findings) -> dict[str, Any]:
    y = {"field": "place", "type": "ordinal", "axis": None}
    x = ratio_axis([one.get(end) for one in rows for end in ("ratio", "low", "high")], "ratio, logarithmic", findings)
    seen = {"color": {**colour(look), "legend": None}}
    return {
        "layer": [
            *practical_difference(x, findings),
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
                **text_beside("name", y, is_left=True),
            },
        ]
    }


def _alt(found: Control, baseline: Sequence[CellFinding]) -> str:
    interval = "" if found.low is None else f", 95% interval {found.low:.3f} to {found.high:.3f}"
    noise = [share for one in baseline for share in _shares(one)]
    told = f"; single cells range from {min(noise):.2f} to {max(noise):.2f} times their median" if noise else ""
    return (
        f"The A/A control took {found.ratio:.3f} times as long the second time ({counted(found.blocks, 'block')}"
        f"{interval}){told}."
    )
