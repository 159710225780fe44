"""The lead chart of bursts: `def` (stairs) and `async` (flat) over concurrent requests, one panel per thread limit."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.analysis.findings import CellFinding, Findings, Knee
from harness.article.findings import article_findings
from harness.model.executors import executor_of
from harness.model.words import one_line
from harness.report.cells import COMPARED, describe_blocks
from harness.report.chart import Chart
from harness.report.charts.looks import SHOWN_AS
from harness.report.charts.palette import NEUTRAL, STYLES
from harness.report.charts.panels import Panel, Setting, cut, grid, heading, settings
from harness.report.charts.rows import Row, row
from harness.report.charts.scales import Scale
from harness.report.charts.tooltips import tooltip
from harness.report.numbers import between, short_ms

_MOST_POINTS = 200
"""The most points of one model: a staircase with more steps looks like a line."""

_MOST_TICKS = 6
_HEIGHT = 240
_MARGINS = 110
"""Pixels next to a panel for its axis, and for the names of the styles at the ends of their lines."""


def staircase(findings: Findings) -> Chart | None:
    """Draw the time until the last answer over concurrent requests; return None without bursts.

    Styles other than `def` and `async` are drawn only if these two are not there: they would press them flat.
    """
    bursts = [one for one in findings.cells if executor_of(one.cell).is_burst and one.median_s is not None]
    measured = [one for one in bursts if one.cell.style in COMPARED] or bursts
    if not measured:
        return None
    drawn, left = cut(_knees_first(settings(measured, findings), findings))
    title = _title(drawn, findings)
    highest = Scale(max(_top_ms(one) for setting in drawn for one in setting.cells))
    panels = [_panel(setting, highest, findings) for setting in drawn]
    pairs = [panels[start : start + 2] for start in range(0, len(panels), 2)]
    spec = grid("staircase", heading(title, _reading(measured, findings), left), pairs, _HEIGHT, _MARGINS)
    return Chart("staircase", title, f"{title}. {_alt(drawn[0])}", spec)


def _knees_first(every: Sequence[Setting], findings: Findings) -> list[Setting]:
    """Return the settings, those with a knee first."""
    bent = {knee.launch for knee in findings.knees}
    return sorted(every, key=lambda setting: not any(one.cell.launch in bent for one in setting.cells))


def _panel(setting: Setting, highest: Scale, findings: Findings) -> Panel:
    most = max(one.cell.concurrency for one in setting.cells)
    across = Scale(most).axis("concurrent requests", beyond=1.0)
    if ticks := _ticks(setting.cells, most):
        across["axis"] |= {"values": ticks, "labelOverlap": "greedy"}
    rows = [*_measured(setting), *_models(setting.cells, findings), *_articles(setting.cells, findings)]
    return Panel(setting.name, "", rows, _view(across, highest.axis("ms until the last answer"), findings))


def _top_ms(finding: CellFinding) -> float:
    return 1000 * max(finding.median_s or 0.0, finding.high_s or 0.0)


def _ticks(cells: Sequence[CellFinding], most: int) -> list[int]:
    """Return where the threads of all workers are used up once, twice and so on: the steps should be there.

    Return nothing if that never happens, or too often for ticks.
    """
    step = max((one.limiter_tokens * one.cell.launch.workers for one in cells if one.limiter_tokens), default=most + 1)
    return list(range(0, most + 1, step)) if step <= most <= step * _MOST_TICKS else []


def _measured(setting: Setting) -> Iterator[Row]:
    """Yield the figures; the last one of the first server carries the name of its style."""
    for style, cells in setting.by_style().items():
        most = max(one.cell.concurrency for one in cells)
        ends = [one for one in cells if one.cell.concurrency == most]
        for one in cells:
            figures = {name: _ms(value) for name, value in _times_s(one).items()}
            label = style if one is ends[0] else None
            yield {
                **row(one.cell, figures),
                SHOWN_AS: one_line(one.cell.launch.server),
                "kind": "measured",
                "label": label,
            }


def _times_s(finding: CellFinding) -> dict[str, float | None]:
    return {"ms": finding.median_s, "low_ms": finding.low_s, "high_ms": finding.high_s, "model_ms": finding.model_s}


def _ms(value_s: float | None) -> float | None:
    return None if value_s is None else 1000 * value_s


def _models(cells: Sequence[CellFinding], findings: Findings) -> Iterator[Row]:
    """Yield the model of each style, at the points where it bends."""
    launches = {one.cell.launch: one.cell for one in cells}
    styles = {one.cell.style for one in cells}
    for curve in findings.curves:
        if curve.launch in launches and curve.style in styles:
            every = -(-len(curve.points) // _MOST_POINTS)
            for requests, expected_s in (*curve.points[:-1:every], curve.points[-1]):
                known = row(launches[curve.launch], {"ms": 1000 * expected_s})
                yield {**known, "style": curve.style, "concurrency": requests, "kind": "model"}


def _articles(cells: Sequence[CellFinding], findings: Findings) -> Iterator[Row]:
    """Yield the article's figures, for the cells that did what the article did."""
    as_it_did = {
        (one.cell.launch.server, one.cell.style, one.cell.concurrency): one.cell
        for one in cells
        if one.cell.client == "article"
    }
    for found in article_findings(findings).rows:
        cell = as_it_did.get((found.server, found.style, found.concurrency))
        if cell is not None:
            yield {**row(cell, {"ms": 1000 * found.article_s}), "kind": "article"}


def _view(x: Mapping[str, Any], y: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    """Return bands of intervals, the models, a thin line per server, the article's points, and the names of styles."""
    names = list(dict.fromkeys(one.cell.style for one in findings.cells))
    colour = {
        "field": "style",
        "type": "nominal",
        "scale": {"domain": names, "range": [STYLES.get(name, NEUTRAL) for name in names]},
        "legend": None,
    }
    at = {"x": {"field": "concurrency", **x}, "y": {"field": "ms", **y}}
    lines = {**at, "color": colour, "detail": {"field": "server"}}
    return {
        "layer": [
            _layer("isValid(datum.low_ms)", {"type": "area", "opacity": 0.15}, {
                **lines, "y": {"field": "low_ms", **y}, "y2": {"field": "high_ms"}
            }),
            _layer("datum.kind === 'model'", {"type": "line", "strokeWidth": 1, "strokeDash": [3, 3]}, {
                **lines, "color": {"value": NEUTRAL}, "detail": [{"field": "server"}, {"field": "style"}]
            }),
            _layer("datum.kind === 'measured'", {"type": "line", "strokeWidth": 1.5}, lines),
            _layer("datum.kind === 'measured'", {"type": "point", "filled": True, "size": 28, "opacity": 1}, {
                **lines,
                "tooltip": tooltip(ms="ms until the last answer", low_ms="from", high_ms="to", model_ms="model"),
            }),
            _layer("datum.kind === 'article'", {"type": "point", "size": 190, "strokeWidth": 1.5}, {
                **lines, "tooltip": tooltip(ms="ms, in the article")
            }),
            _layer("isValid(datum.label)", {"type": "text", "align": "left", "dx": 8, "fontSize": 13}, {
                **at, "color": colour, "text": {"field": "label"}
            }),
        ]
    }  # fmt: skip


def _layer(condition: str, mark: Mapping[str, Any], encoding: Mapping[str, Any]) -> dict[str, Any]:
    return {"transform": [{"filter": condition}], "mark": mark, "encoding": encoding}


def _title(drawn: Sequence[Setting], findings: Findings) -> str:
    """Return that threads run out, if all knees that are drawn show it, or else what is drawn."""
    bent = {knee.launch.scenario for knee in findings.knees}
    as_expected = all(knee.claimed and _is_as_expected(knee) for knee in findings.knees)
    if bent and as_expected and all(setting.cells[0].cell.launch.scenario in bent for setting in drawn):
        return "def falls behind async where its threads run out"
    styles = [set(setting.by_style()) for setting in drawn]
    if all({"def", "async"} <= those for those in styles):
        return "How long bursts take in def and in async"
    return "How long bursts take" if len(styles) == 1 else "How long bursts take in each style"


def _is_as_expected(knee: Knee) -> bool:
    return knee.high is not None and not knee.placement.contradicts_the_model


def _reading(measured: Sequence[CellFinding], findings: Findings) -> str:
    bands = " Bands are 95% intervals." if any(one.low_s is not None for one in measured) else ""
    models = " Dashes are what the model expects." if findings.curves else ""
    stars = " Circles are the article's own figures." if article_findings(findings).rows else ""
    median = "median over " if any(one.blocks > 1 for one in measured) else ""
    return f"A line per server and style, {median}{describe_blocks(measured)}.{bands}{models}{stars}"


def _alt(setting: Setting) -> str:
    """Return the figures at the highest load of each style of one setting."""
    figures = []
    for style, cells in setting.by_style().items():
        most = max(one.cell.concurrency for one in cells)
        took_ms = [1000 * one.median_s for one in cells if one.cell.concurrency == most and one.median_s is not None]
        figures.append(f"{style} takes {between(map(short_ms, took_ms))} ms for {most} concurrent requests")
    return f"{f'With {setting.name}: ' if setting.name else ''}{'; '.join(figures)}."
