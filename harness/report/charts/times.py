"""Where the time of the requests went at the highest load of each style: waiting, working, and outside the app."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.analysis.findings import CellFinding, Findings, Split
from harness.model.words import one_line
from harness.report.charts.bars import MARGINS, ROW, server_axis
from harness.report.charts.chart import Chart
from harness.report.charts.looks import SHOWN_AS, colour
from harness.report.charts.palette import Look, looks
from harness.report.charts.panels import Panel, Setting, at, cut, grid, heading, settings
from harness.report.charts.rows import Row, row
from harness.report.charts.scales import Scale, scales
from harness.report.charts.tooltips import tooltip
from harness.report.writing.busiest import busiest
from harness.report.writing.numbers import between, milliseconds

PARTS = ("waiting", "working", "server and wire")
_OPACITIES = (0.35, 1.0, 0.65)
_TITLE = "Where the time of a request went, at the highest load of each style"
_READING = (
    "Medians over all requests: pale while they wait to be handled (for a thread, or for the loop), full while they "
    "work, in between while they are outside the application."
)
_BLOCKED = "What waits while async-blocking blocks the loop has not entered the application yet."


def times(findings: Findings) -> Chart | None:
    """A panel a style and setting, a bar a server; None where nothing was measured."""
    cells = busiest(one for one in findings.cells if one.split is not None)
    if not cells:
        return None
    drawn, left = cut(settings(cells, findings))
    look = looks([one.cell for one in findings.cells])
    peaks = [{style: max(map(_all_ms, cells)) for style, cells in setting.by_style().items()} for setting in drawn]
    beside = [_panels(setting, scale, look) for setting, scale in zip(drawn, scales(peaks), strict=True)]
    blocked = _BLOCKED if any(one.cell.style == "async-blocking" for one in cells) else ""
    spec = grid("time", heading(_TITLE, _READING, blocked, left), beside, ROW * len(look), MARGINS)
    return Chart("time", _TITLE, f"{_TITLE}. {_alt(drawn[0])}", spec)


def _panels(setting: Setting, scale: Mapping[str, Scale], look: Sequence[Look]) -> list[Panel]:
    return [
        Panel(f"{style}, {at(cells)}", setting.name, list(_rows(cells)), _view(look, scale[style]))
        for style, cells in setting.by_style().items()
    ]


def _all_ms(finding: CellFinding) -> float:
    return sum(_parts_ms(finding).values())


def _parts_ms(finding: CellFinding) -> Mapping[str, float]:
    assert finding.split is not None
    split: Split = finding.split
    parts = zip(PARTS, (split.wait, split.work, split.wire), strict=True)
    return {name: part.p50_ms for name, part in parts if part is not None}


def _rows(cells: Sequence[CellFinding]) -> Iterator[Row]:
    """A row for each part, in the order in which a request goes through them."""
    for one in cells:
        for place, (part, ms) in enumerate(_parts_ms(one).items()):
            yield {
                **row(one.cell, {"ms": ms}),
                SHOWN_AS: one_line(one.cell.launch.server),
                "part": part,
                "place": place,
            }


def _view(look: Sequence[Look], scale: Scale) -> dict[str, Any]:
    return {
        "mark": {"type": "bar", "height": {"band": 0.62}},
        "encoding": {
            "y": server_axis(look),
            "x": {"field": "ms", **scale.axis("milliseconds", 1.02, ticks=4)},
            "order": {"field": "place", "type": "quantitative"},
            "color": {**colour(look), "legend": None},
            "opacity": {
                "field": "part",
                "type": "ordinal",
                "scale": {"type": "ordinal", "domain": list(PARTS), "range": list(_OPACITIES)},
            },
            "tooltip": tooltip(part="part", ms="ms"),
        },
    }


def _alt(setting: Setting) -> str:
    told = []
    for style, cells in setting.by_style().items():
        parts = [_parts_ms(one) for one in cells]
        known = [part for part in PARTS if all(part in of for of in parts)]
        spans = [f"{between(milliseconds(of[part]) for of in parts)} ms {part}" for part in known]
        told.append(f"{style} ({at(cells)}): {', '.join(spans)}")
    return f"{'; '.join(told)}."
