"""Where the time of the requests went at the highest load of each style: waiting, working, and outside the app."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.analysis.findings import CellFinding, Findings, Split
from harness.model.words import one_line
from harness.report.cells import busiest
from harness.report.chart import Chart
from harness.report.charts.bars import MARGINS, ROW, server_axis
from harness.report.charts.looks import SHOWN_AS, colour
from harness.report.charts.palette import Look, looks
from harness.report.charts.panels import Panel, Setting, cut, describe_loads, grid, heading, rows_of_bars, settings
from harness.report.charts.rows import Row, row
from harness.report.charts.scales import Scale, scales
from harness.report.charts.tooltips import tooltip
from harness.report.numbers import between, milliseconds
from harness.report.questions.time_spent import has_two_parts

WAITING, WORKING, IN_THE_APP, OUTSIDE = "waiting", "working", "in the application", "outside"
_OPACITIES = {WAITING: 0.35, WORKING: 1.0, IN_THE_APP: 1.0, OUTSIDE: 0.65}
_TITLE = "Where the time of a request went, at the highest load of each style"
_OF_THREE = (
    "Medians over all requests: pale while they wait to be handled (for a thread, or for the loop), full while they "
    "work, in between while they are outside the application."
)
_OF_TWO = (
    "Medians over all requests: full while they are in the application, paler while they are outside it. Nothing in an "
    "app that is measured as it is says when a handler begins, so what they wait there is part of it."
)
_SOME_OF_TWO = "In an app that is measured as it is, waiting and working are one."
_BLOCKED = "What waits while async-blocking blocks the loop has not entered the application yet."


def times(findings: Findings) -> Chart | None:
    """Draw a panel per style and setting, with a bar per server; return None if nothing was measured."""
    cells = busiest(one for one in findings.cells if one.split is not None)
    if not cells:
        return None
    look = looks([one.cell for one in findings.cells])
    drawn, left = cut(settings(cells, findings), rows_of_bars(len(look)))
    peaks = [{style: max(map(_all_ms, cells)) for style, cells in setting.by_style().items()} for setting in drawn]
    known = {part for one in cells for part in _parts_ms(one)}
    parts = [part for part in _OPACITIES if part in known]
    beside = [_panels(setting, scale, look, parts) for setting, scale in zip(drawn, scales(peaks), strict=True)]
    blocked = _BLOCKED if any(one.cell.style == "async-blocking" for one in cells) else ""
    spec = grid("time", heading(_TITLE, *_reading(cells), blocked, left), beside, ROW * len(look), MARGINS)
    return Chart("time", _TITLE, f"{_TITLE}. {_alt(drawn[0])}", spec)


def _reading(cells: Sequence[CellFinding]) -> Sequence[str]:
    """Return what the parts are; there are only two in an app that does not say when a handler begins."""
    of_two = [has_two_parts(one) for one in cells]
    return (_OF_TWO,) if all(of_two) else (_OF_THREE, _SOME_OF_TWO) if any(of_two) else (_OF_THREE,)


def _panels(setting: Setting, scale: Mapping[str, Scale], look: Sequence[Look], parts: Sequence[str]) -> list[Panel]:
    return [
        Panel(f"{style}, {describe_loads(cells)}", setting.name, list(_rows(cells)), _view(look, scale[style], parts))
        for style, cells in setting.by_style().items()
    ]


def _all_ms(finding: CellFinding) -> float:
    return sum(_parts_ms(finding).values())


def _parts_ms(finding: CellFinding) -> Mapping[str, float]:
    assert finding.split is not None
    split: Split = finding.split
    if split.wait is None:
        return {IN_THE_APP: split.work.p50_ms, OUTSIDE: split.wire.p50_ms}
    return {WAITING: split.wait.p50_ms, WORKING: split.work.p50_ms, OUTSIDE: split.wire.p50_ms}


def _rows(cells: Sequence[CellFinding]) -> Iterator[Row]:
    """Yield a row for each part, in the order in which a request goes through them."""
    for one in cells:
        for place, (part, ms) in enumerate(_parts_ms(one).items()):
            yield {
                **row(one.cell, {"ms": ms}),
                SHOWN_AS: one_line(one.cell.launch.server),
                "part": part,
                "place": place,
            }


def _view(look: Sequence[Look], scale: Scale, parts: Sequence[str]) -> dict[str, Any]:
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
                "scale": {"type": "ordinal", "domain": parts, "range": [_OPACITIES[part] for part in parts]},
            },
            "tooltip": tooltip(part="part", ms="ms"),
        },
    }


def _alt(setting: Setting) -> str:
    told = []
    for style, cells in setting.by_style().items():
        parts = [_parts_ms(one) for one in cells]
        spans = [f"{between(milliseconds(of[part]) for of in parts)} ms {part}" for part in parts[0]]
        told.append(f"{style} ({describe_loads(cells)}): {', '.join(spans)}")
    return f"{'; '.join(told)}."
