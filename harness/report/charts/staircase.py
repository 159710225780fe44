"""The lead chart of bursts: their time over their size, next to what the models expect."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.analysis.findings import CellFinding, Findings, Knee
from harness.article.findings import article_findings
from harness.model.executors import executor_of
from harness.model.words import one_line
from harness.report.charts.chart import Chart
from harness.report.charts.looks import ARTICLE, MODEL, SHOWN_AS, colour, shape
from harness.report.charts.palette import looks
from harness.report.charts.panels import Panel, Setting, cut, grid, heading, settings
from harness.report.charts.rows import Row, row
from harness.report.charts.scales import MOST_APART, Scale, scales
from harness.report.charts.tooltips import tooltip
from harness.report.writing.marks import over_blocks
from harness.report.writing.numbers import between, seconds

_MOST_POINTS = 200
"""The most points of one model: a staircase with more steps looks like a line."""

_MOST_TICKS = 6
_HEIGHT = 190
_MARGINS = 60


def staircase(findings: Findings) -> Chart | None:
    """Draw the time until the last answer over concurrent requests; return None without bursts.

    There is a column per style and a row per setting.
    """
    measured = [one for one in findings.cells if executor_of(one.cell).is_burst and one.median_s is not None]
    if not measured:
        return None
    drawn, left = cut(_knees_first(settings(measured, findings), findings))
    title = _title(drawn, findings)
    peaks_s = [{style: max(map(_top_s, cells)) for style, cells in one.by_style().items()} for one in drawn]
    beside = [_panels(setting, y, findings) for setting, y in zip(drawn, scales(peaks_s), strict=True)]
    spec = grid("staircase", heading(title, _reading(measured), left), beside, _HEIGHT, _MARGINS)
    return Chart("staircase", title, f"{title}. {_alt(drawn[0])}", spec)


def _knees_first(every: Sequence[Setting], findings: Findings) -> list[Setting]:
    """Return the settings, those with a knee first."""
    bent = {knee.launch for knee in findings.knees}
    return sorted(every, key=lambda setting: not any(one.cell.launch in bent for one in setting.cells))


def _panels(setting: Setting, y: Mapping[str, Scale], findings: Findings) -> list[Panel]:
    """Return a panel per style, as wide as the largest burst; one with few requests has a scale of its own."""
    most = max(one.cell.concurrency for one in setting.cells)
    panels = []
    for style, cells in setting.by_style().items():
        largest = max(one.cell.concurrency for one in cells)
        x = Scale(largest, is_own=True) if MOST_APART * largest < most else Scale(most)
        across = x.axis("requests at once")
        if not x.is_own and (ticks := _ticks(cells, most)):
            across["axis"] |= {"values": ticks, "labelOverlap": "greedy"}
        rows = [*_measured(cells), *_models(cells, findings), *_articles(cells, findings)]
        panels.append(Panel(style, setting.name, rows, _view(across, y[style].axis("seconds"), findings)))
    return panels


def _top_s(finding: CellFinding) -> float:
    return max(finding.median_s or 0.0, finding.high_s or 0.0, finding.model_s or 0.0)


def _ticks(cells: Sequence[CellFinding], most: int) -> list[int]:
    """Return where the threads of all workers are used up once, twice and so on: the steps should be there.

    Return nothing if that never happens, or too often for ticks.
    """
    step = max((one.limiter_tokens * one.cell.launch.workers for one in cells if one.limiter_tokens), default=most + 1)
    return list(range(0, most + 1, step)) if step <= most <= step * _MOST_TICKS else []


def _measured(cells: Sequence[CellFinding]) -> Iterator[Row]:
    for one in cells:
        figures = {"s": one.median_s, "low_s": one.low_s, "high_s": one.high_s, "model_s": one.model_s}
        yield {**row(one.cell, figures), SHOWN_AS: one_line(one.cell.launch.server), "kind": "measured"}


def _models(cells: Sequence[CellFinding], findings: Findings) -> Iterator[Row]:
    """Yield the model of each server, at the points where it bends."""
    of_launch = {one.cell.launch: one.cell for one in cells}
    for curve in findings.curves:
        cell = of_launch.get(curve.launch)
        if cell is not None and cell.style == curve.style:
            every = -(-len(curve.points) // _MOST_POINTS)
            for requests, expected_s in (*curve.points[:-1:every], curve.points[-1]):
                yield {**row(cell, {"s": expected_s}), "concurrency": requests, SHOWN_AS: MODEL, "kind": "model"}


def _articles(cells: Sequence[CellFinding], findings: Findings) -> Iterator[Row]:
    """Yield the article's figures, for the cells that did what the article did."""
    as_it_did = {
        (one.cell.launch.server, one.cell.style, one.cell.concurrency): one.cell
        for one in cells
        if one.cell.client == "article"
    }
    for told in article_findings(findings).rows:
        cell = as_it_did.get((told.server, told.style, told.concurrency))
        if cell is not None:
            yield {**row(cell, {"s": told.article_s}), SHOWN_AS: ARTICLE, "kind": "article"}


def _view(x: Mapping[str, Any], y: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    """Return bands, then the model, then the measurements, and the article around them."""
    references = [*([MODEL] if findings.curves else []), *([ARTICLE] if article_findings(findings).rows else [])]
    look = looks([one.cell for one in findings.cells])
    coloured = {"color": colour(look, *references)}
    at = {"x": {"field": "concurrency", **x}, "y": {"field": "s", **y}, **coloured}
    shaped = {**at, "shape": shape(look, *references)}
    return {
        "layer": [
            {
                "transform": [{"filter": "isValid(datum.low_s)"}],
                "mark": {"type": "area", "opacity": 0.22},
                "encoding": {**at, "y": {"field": "low_s", **y}, "y2": {"field": "high_s"}},
            },
            {
                "transform": [{"filter": "datum.kind === 'model'"}],
                "mark": {"type": "line", "strokeWidth": 1},
                "encoding": {**at, "detail": {"field": "server"}},
            },
            {
                "transform": [{"filter": "datum.kind === 'measured'"}],
                "mark": {"type": "line", "strokeWidth": 1, "opacity": 0.8},
                "encoding": at,
            },
            {
                "transform": [{"filter": "datum.kind === 'article'"}],
                "mark": {"type": "point", "size": 190, "strokeWidth": 1.5, "opacity": 1},
                "encoding": {**shaped, "tooltip": tooltip(s="seconds, in the article")},
            },
            {
                "transform": [{"filter": "datum.kind === 'measured'"}],
                "mark": {"type": "point", "size": 60, "strokeWidth": 1.75, "opacity": 1},
                "encoding": {**shaped, "tooltip": tooltip(s="seconds", low_s="from", high_s="to", model_s="model")},
            },
        ]
    }


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


def _reading(measured: Sequence[CellFinding]) -> str:
    bands = ", bands are 95% intervals" if any(one.low_s is not None for one in measured) else ""
    median = "medians over " if any(one.blocks > 1 for one in measured) else ""
    return f"Seconds until the last answer of so many requests at once: {median}{over_blocks(measured)}{bands}."


def _alt(setting: Setting) -> str:
    """Return the figures at the highest load of each style of one setting."""
    told = []
    for style, cells in setting.by_style().items():
        most = max(one.cell.concurrency for one in cells)
        took_s = [one.median_s for one in cells if one.cell.concurrency == most and one.median_s is not None]
        told.append(f"{style} took {between(map(seconds, took_s))} s for {most} at once")
    return f"{f'With {setting.name}: ' if setting.name else ''}{'; '.join(told)}."


def _is_as_expected(knee: Knee) -> bool:
    return knee.high is not None and not knee.placement.contradicts_the_model
