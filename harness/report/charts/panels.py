"""Charts of many panels: their layout and their titles.

Every panel has a dataset of its own at the top of the specification. So a page that filters rows can also leave out the
panels without rows.
"""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.analysis.findings import CellFinding, Findings
from harness.model.executors import describe_load
from harness.model.words import counted, one_line
from harness.report.cells import order_styles, share_out
from harness.report.charts.rows import Row
from harness.report.charts.theme import WIDTH
from harness.report.conditions import group_by_conditions, run_axes
from harness.report.numbers import listed

MOST_ROWS = 4
"""Nobody looks at a chart with more rows of panels; the tables have everything."""

_BARS = 24
"""The most bars below each other that can be taken in."""

_MOST_ACROSS = 4
"""A row with more panels is broken: they would be too narrow."""

_TITLE_SIGNS = 92
_READING_SIGNS = 132
_PANEL_SIGNS = 44


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: its title, the rows of its dataset, and the view that shows them, without data and size."""

    title: str
    subtitle: str
    rows: Sequence[Row]
    view: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """The cells under the same conditions, and the words for these conditions."""

    name: str
    cells: tuple[CellFinding, ...]

    def by_style(self) -> dict[str, list[CellFinding]]:
        """Return its cells by style, in the usual order of styles."""
        styles = order_styles(one.cell.style for one in self.cells)
        return {style: [one for one in self.cells if one.cell.style == style] for style in styles}


def settings(cells: Sequence[CellFinding], findings: Findings) -> list[Setting]:
    """Return these cells, grouped by whatever the run varies apart from server, style and load."""
    axes = run_axes(findings)
    named = group_by_conditions(cells, lambda finding: finding.cell, axes)
    return [Setting(name, tuple(alike)) for name, alike in named]


def cut(every: Sequence[Setting], most: int = MOST_ROWS) -> tuple[Sequence[Setting], str]:
    """Return the settings that fit into this many rows, at least one, and a sentence on the others.

    The sentence is empty if all fit.
    """
    room = max(1, most // max(-(-len(setting.by_style()) // _MOST_ACROSS) for setting in every))
    left = [setting.name for setting in every[room:]]
    said = f"Not drawn: {counted(len(left), 'more setting')} ({short('; '.join(left), _TITLE_SIGNS)})." if left else ""
    return every[:room], said


def rows_of_bars(servers: int) -> int:
    """Return how many rows of panels fit if each panel has a bar for each of this many servers."""
    return max(MOST_ROWS, _BARS // max(servers, 1))


def heading(title: str, *sentences: str) -> dict[str, Any]:
    """Return the title of a chart with a few sentences on how to read it."""
    told = " ".join(sentence for sentence in sentences if sentence)
    return {"text": textwrap.wrap(title, _TITLE_SIGNS), "subtitle": textwrap.wrap(told, _READING_SIGNS)}


def describe_loads(cells: Sequence[CellFinding]) -> str:
    """Return the load of these cells in words: `81 concurrent`, `32 connections`, `250/s`."""
    return listed(list(dict.fromkeys(describe_load(one.cell) for one in cells)))


def short(told: str, signs: int) -> str:
    """Return a name on one line, cut if it is longer than there is room for."""
    line = one_line(told)
    return line if len(line) <= signs else f"{line[: signs - 1]}…"


def grid(
    name: str, above: Mapping[str, Any], panels: Sequence[Sequence[Panel]], height: int, margins: int
) -> dict[str, Any]:
    """Return the specification of a chart with these rows of panels, all of the same size.

    `margins` are the pixels next to each panel for its axis and the gap to its neighbour.
    """
    rows = [part for beside in panels for part in share_out(beside, _MOST_ACROSS)]
    width = WIDTH // max(map(len, rows)) - margins
    views: list[Any] = []
    datasets = {}
    for down, beside in enumerate(rows):
        # Columns stay below each other, however wide the labels of their axes are.
        views.append({"hconcat": [], "bounds": "flush", "spacing": margins})
        for across, panel in enumerate(beside):
            dataset = f"{name}-{down}-{across}"
            datasets[dataset] = list(panel.rows)
            placed = {"title": _label(panel), "data": {"name": dataset}, "width": width, "height": height}
            views[-1]["hconcat"].append({**placed, **panel.view})
    return {"title": above, "datasets": datasets, "vconcat": views}


def _label(panel: Panel) -> dict[str, Any]:
    """Return the title of one panel."""
    return {
        "text": short(panel.title, _PANEL_SIGNS),
        "subtitle": short(panel.subtitle, _PANEL_SIGNS),
        "fontSize": 13,
        "subtitleFontSize": 11,
        "offset": 8,
        "frame": "group",
    }
