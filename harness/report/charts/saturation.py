"""The lead chart of open loops: how much of the offered rate was answered, and at which latency."""

from collections.abc import Iterator, Sequence
from typing import Any

from harness.analysis.findings import CellFinding, Findings
from harness.model.executors import executor_of, load_of
from harness.model.words import one_line
from harness.report.cells import describe_blocks
from harness.report.chart import Chart
from harness.report.charts.logarithmic import milliseconds_axis
from harness.report.charts.looks import SHOWN_AS, colour, shape
from harness.report.charts.palette import NEUTRAL, Look, looks
from harness.report.charts.panels import MOST_ROWS, Panel, Setting, cut, grid, heading, settings
from harness.report.charts.rows import Row, row
from harness.report.charts.scales import Scale
from harness.report.charts.tooltips import tooltip
from harness.report.numbers import between, per_second

_HEIGHT = 170
_MARGINS = 66
_TITLE = "What was answered of the rate that was asked for, and how late"
_QUANTILES = {"p50_ms": "median", "p95_ms": "95th percentile"}


def saturation(findings: Findings) -> Chart | None:
    """Draw two panels per style and setting, answers above latencies; return None without open loops."""
    loops = [one for one in findings.cells if executor_of(one.cell).is_open_loop and one.rps is not None]
    if not loops:
        return None
    # Each setting takes two rows of panels.
    drawn, left = cut(settings(loops, findings), MOST_ROWS // 2)
    look = looks([one.cell for one in findings.cells])
    above = heading(
        _TITLE,
        f"Open loop, {describe_blocks(loops)}. Above: a server keeps up on the grey line. Below: latency from when "
        "a request was due, logarithmic.",
        left,
    )
    beside = [part for setting in drawn for part in _panels(setting, look)]
    spec = grid("saturation", above, beside, _HEIGHT, _MARGINS)
    return Chart("saturation", _TITLE, f"{_TITLE}. {_alt(drawn[0])}", spec)


def _panels(setting: Setting, look: Sequence[Look]) -> tuple[list[Panel], list[Panel]]:
    """Return the answers of each style, and below them the latencies; a setting has one scale for each."""
    scale = Scale(max(load_of(one.cell) for one in setting.cells))
    asked = scale.axis("requests/s offered")
    times_ms = [one["ms"] for one in _latencies(setting.cells)]
    answered, late = [], []
    for style, cells in setting.by_style().items():
        answered.append(Panel(style, setting.name, list(_answers(cells)), _answered(look, asked, scale)))
        if rows := list(_latencies(cells)):
            late.append(Panel(f"{style}, latency", setting.name, rows, _late(look, asked, times_ms)))
    return answered, late


def _answers(cells: Sequence[CellFinding]) -> Iterator[Row]:
    for one in cells:
        figures = {"rps": one.rps, "low": one.rps_low, "high": one.rps_high}
        dropped = None if one.punctuality is None else one.punctuality.dropped
        yield {**row(one.cell, figures), SHOWN_AS: one_line(one.cell.launch.server), "dropped": dropped}


def _latencies(cells: Sequence[CellFinding]) -> Iterator[Row]:
    for one in cells:
        if one.latency is not None:
            for field, quantile in _QUANTILES.items():
                if ms := getattr(one.latency, field):
                    server = one_line(one.cell.launch.server)
                    yield {**row(one.cell, {"ms": ms}), SHOWN_AS: server, "quantile": quantile}


def _answered(look: Sequence[Look], asked: dict[str, Any], scale: Scale) -> dict[str, Any]:
    answers = scale.axis("requests/s answered")
    at = {"x": {"field": "rate", **asked}, "y": {"field": "rps", **answers}}
    return {
        "layer": [
            {
                "mark": {"type": "rule", "color": NEUTRAL, "strokeWidth": 1},
                "encoding": {
                    "x": {"datum": 0, **asked},
                    "y": {"datum": 0, **answers},
                    "x2": {"datum": scale.most},
                    "y2": {"datum": scale.most},
                },
            },
            {
                "transform": [{"filter": "isValid(datum.low)"}],
                "mark": {"type": "area", "opacity": 0.25},
                "encoding": {
                    "x": at["x"],
                    "y": {"field": "low", **answers},
                    "y2": {"field": "high"},
                    "color": colour(look),
                },
            },
            {"mark": {"type": "line", "strokeWidth": 1}, "encoding": {**at, "color": colour(look)}},
            {
                "mark": {"type": "point", "size": 60, "strokeWidth": 1.75, "opacity": 1},
                "encoding": {
                    **at,
                    "color": colour(look),
                    "shape": shape(look),
                    "tooltip": tooltip(rate="offered/s", rps="answered/s", dropped="dropped"),
                },
            },
        ]
    }


def _late(look: Sequence[Look], asked: dict[str, Any], times_ms: Sequence[float]) -> dict[str, Any]:
    ms = milliseconds_axis(times_ms)
    dashes = {
        "field": "quantile",
        "type": "nominal",
        "scale": {"domain": list(_QUANTILES.values()), "range": [[1, 0], [4, 3]]},
    }
    at = {"x": {"field": "rate", **asked}, "y": {"field": "ms", **ms}, "color": colour(look)}
    told = tooltip(rate="offered/s", quantile="latency", ms="ms")
    return {
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 1.5}, "encoding": {**at, "strokeDash": dashes}},
            {
                "mark": {"type": "point", "size": 50, "strokeWidth": 1.75, "opacity": 1},
                "encoding": {**at, "shape": shape(look), "tooltip": told},
            },
        ]
    }


def _alt(setting: Setting) -> str:
    most = max(load_of(one.cell) for one in setting.cells)
    told = []
    for style, cells in setting.by_style().items():
        answered = [one.rps for one in cells if load_of(one.cell) == most and one.rps is not None]
        if answered:
            told.append(f"{style} answered {between(map(per_second, answered))} of {most}/s")
    return f"{'; '.join(told)}."
