"""Charts of many panels: what is drawn beside what, what stands above it, and which panels share a scale.

Every panel has a dataset of its own, called like it, at the top of the specification; so whoever leaves out rows can
leave out the panels that have none any more.
"""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.analysis.findings import CellFinding, Findings
from harness.model.words import counted
from harness.report.charts.rows import Row
from harness.report.conditions import grouped, of_cell, varied
from harness.report.grid import COMPARED, in_order
from harness.report.markdown import PLAIN

WIDTH = 830
"""Pixels that a chart takes at most: the width of a column of GitHub."""

MOST_SETTINGS = 4
"""A chart with more rows of panels than these is not looked at; the tables have everything."""

_MOST_APART = 3.0
"""A style that takes more times as long as those that are compared would press them flat: it has a scale of its own."""

_TITLE_SIGNS = 96
_SUBTITLE_SIGNS = 132


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: the name of its dataset, the rows in it, and the view that shows them (without data or size)."""

    name: str
    rows: Sequence[Row]
    view: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """The cells under the same conditions, as far as a run varies them, and the words for these."""

    name: str
    cells: tuple[CellFinding, ...]

    def of_style(self, style: str) -> list[CellFinding]:
        """Its cells of one style."""
        return [finding for finding in self.cells if finding.cell.style == style]


def settings(cells: Sequence[CellFinding], findings: Findings) -> tuple[list[Setting], str]:
    """The settings that a chart has room for, and a sentence on those that it leaves out, empty where it has them all."""
    axes = varied([finding.cell for finding in findings.cells])
    every = [
        Setting(name, tuple(alike))
        for name, alike in grouped(cells, lambda finding: of_cell(finding.cell), axes, PLAIN)
    ]
    left = [setting.name for setting in every[MOST_SETTINGS:]]
    said = f"Not drawn: {counted(len(left), 'more setting')} ({'; '.join(left)})." if left else ""
    return every[:MOST_SETTINGS], said


def styles(cells: Sequence[CellFinding]) -> list[str]:
    """The styles of these cells, in the order of the house."""
    return in_order(list(dict.fromkeys(finding.cell.style for finding in cells)))


def own_scales(peaks: Mapping[str, float]) -> set[str]:
    """The styles whose peak is so far above those of the styles that are compared that they need another scale."""
    compared = [peak for style, peak in peaks.items() if style in COMPARED] or list(peaks.values())
    return {style for style, peak in peaks.items() if peak > _MOST_APART * max(compared)}


def heading(title: str, *sentences: str) -> dict[str, Any]:
    """What stands above a chart: its title, and what it takes to read it."""
    told = " ".join(sentence for sentence in sentences if sentence)
    return {"text": _lines(title, _TITLE_SIGNS), "subtitle": _lines(told, _SUBTITLE_SIGNS)}


def _lines(told: str, signs: int) -> list[str]:
    return textwrap.wrap(told, signs) or [""]


def label(title: str, subtitle: str = "") -> dict[str, Any]:
    """What stands above one panel."""
    return {
        "text": textwrap.shorten(title, 60, placeholder=" …"),
        "subtitle": textwrap.shorten(subtitle, 60, placeholder=" …"),
        "fontSize": 13,
        "subtitleFontSize": 11,
        "offset": 6,
    }


def grid(panels: Sequence[Sequence[Panel]], above: Mapping[str, Any], size: tuple[float, float]) -> dict[str, Any]:
    """A specification with these rows of panels, each of this width and height."""
    width, height = size
    return {
        "title": above,
        "datasets": {panel.name: list(panel.rows) for beside in panels for panel in beside},
        "vconcat": [
            {
                "hconcat": [
                    {"name": panel.name, "data": {"name": panel.name}, "width": width, "height": height, **panel.view}
                    for panel in beside
                ]
            }
            for beside in panels
            if beside
        ],
    }
