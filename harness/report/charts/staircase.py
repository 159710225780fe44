"""The lead chart of bursts: how long they take over how many requests they are, beside what the models expect."""

from collections.abc import Iterator, Sequence
from typing import Any

from harness.analysis.findings import CellFinding, Findings
from harness.model.plan import BURST, Cell
from harness.report.charts.chart import Chart
from harness.report.charts.looks import ARTICLE, MODEL, by_server
from harness.report.charts.palette import looks
from harness.report.charts.panels import WIDTH, Panel, Setting, grid, heading, label, own_scales, settings, styles
from harness.report.charts.rows import Row, row
from harness.report.knees import place
from harness.report.marks import over_blocks
from harness.report.numbers import between, seconds

_MOST_POINTS = 200
"""Points of one model: a staircase of more steps is a line to the eye."""

_MOST_TICKS = 6
_HEIGHT = 190
_MARGINS = 62
"""Pixels that the axis of a panel takes beside it, with the gap to its neighbour."""


def staircase(findings: Findings) -> Chart | None:
    """Seconds until the last answer over requests at once: a column a style, a row a setting; None without bursts."""
    measured = [cell for cell in findings.cells if cell.cell.executor == BURST and cell.median_s is not None]
    if not measured:
        return None
    drawn, left = settings(measured, findings)
    rows = [_panels(setting, number, findings, measured) for number, setting in enumerate(drawn)]
    columns = max(len(beside) for beside in rows)
    above = heading(_title(findings), _reading(measured, rows), left)
    spec = grid(rows, above, (round(WIDTH / columns) - _MARGINS, _HEIGHT))
    return Chart("staircase", _title(findings), _alt(drawn[0], findings), spec)


def _panels(setting: Setting, number: int, findings: Findings, measured: Sequence[CellFinding]) -> list[Panel]:
    """A panel for each style; those whose figures are far off have scales of their own."""
    work = {(one.cell.launch.scenario, one.cell.launch.delay_s) for one in setting.cells}
    alike = [one for one in measured if (one.cell.launch.scenario, one.cell.launch.delay_s) in work]
    peaks_s = {style: max(_top_s(one) for one in alike if one.cell.style == style) for style in styles(alike)}
    own = own_scales(peaks_s)
    shared_s = max(peak for style, peak in peaks_s.items() if style not in own)
    most = max(one.cell.concurrency for one in setting.cells)
    panels = []
    for style in styles(setting.cells):
        cells = setting.of_style(style)
        largest = max(one.cell.concurrency for one in cells)
        is_small = 3 * largest < most
        y = _axis("seconds until the last answer", peaks_s[style] if style in own else shared_s, is_own=style in own)
        x = _axis("requests at once", largest if is_small else most, is_own=is_small)
        if ticks := _ticks(cells, largest if is_small else most):
            x["axis"] = {**x["axis"], "values": ticks, "grid": True}
        rows = [*_models(cells, findings), *_measured(cells), *_articles(cells, findings)]
        panels.append(
            Panel(f"staircase-{number}-{style}", rows, {"title": label(style, setting.name), **_view(x, y, findings)})
        )
    return panels


def _top_s(finding: CellFinding) -> float:
    assert finding.median_s is not None
    return max(finding.median_s, finding.high_s or 0.0, finding.model_s or 0.0)


def _axis(title: str, most: float, *, is_own: bool) -> dict[str, Any]:
    """An axis from nothing to the most; where it is not that of its neighbours, its title says so."""
    return {
        "type": "quantitative",
        "scale": {"domain": [0, round(1.04 * most, 6)], "nice": False},
        "axis": {"title": f"{title} (own scale)" if is_own else title, "tickCount": 5, "grid": True},
    }


def _ticks(cells: Sequence[CellFinding], most: int) -> list[int]:
    """Where the threads of all workers are used up, once, twice and so on: there the steps should be."""
    limits = {one.limiter_tokens * one.cell.launch.workers for one in cells if one.limiter_tokens}
    step = max(limits, default=0)
    if not step or step > most:
        return []
    stride = step * -(-(most // step) // _MOST_TICKS)
    return list(range(0, most + 1, stride))


def _measured(cells: Sequence[CellFinding]) -> Iterator[Row]:
    for one in cells:
        figures = {"s": one.median_s, "low_s": one.low_s, "high_s": one.high_s, "model_s": one.model_s}
        yield {**row(one.cell, figures), "shown_as": one.cell.launch.server, "kind": "measured"}


def _models(cells: Sequence[CellFinding], findings: Findings) -> Iterator[Row]:
    """The model of each server, at the points where it bends."""
    of_launch = {one.cell.launch: one.cell for one in cells}
    for curve in findings.curves:
        cell = of_launch.get(curve.launch)
        if cell is not None and cell.style == curve.style:
            every = -(-len(curve.points) // _MOST_POINTS)
            for requests, expected_s in (*curve.points[:-1:every], curve.points[-1]):
                yield {**row(cell, {"s": expected_s}), "concurrency": requests, "shown_as": MODEL, "kind": "model"}


def _articles(cells: Sequence[CellFinding], findings: Findings) -> Iterator[Row]:
    """The article's figures, each once, for whichever servers were measured as it measured its one."""
    by_key = {_key(one.cell): one.cell for one in cells if one.cell.client == "article"}
    for of_article in findings.article:
        cell = by_key.get((of_article.server, of_article.style, of_article.concurrency))
        if cell is not None:
            yield {**row(cell, {"s": of_article.article_s}), "shown_as": ARTICLE, "kind": "article"}


def _key(cell: Cell) -> tuple[str, str, int]:
    return cell.launch.server, cell.style, cell.concurrency


def _view(x: dict[str, Any], y: dict[str, Any], findings: Findings) -> dict[str, Any]:
    """Bands below, then the model, then what was measured; the article on top."""
    references = [MODEL] if findings.curves else []
    references += [ARTICLE] if findings.article else []
    look = by_server(looks([one.cell for one in findings.cells]), *references)
    at = {"x": {"field": "concurrency", **x}, "y": {"field": "s", **y}}
    tooltip = [
        {"field": field, "type": "nominal", "title": title}
        for field, title in (
            ("shown_as", "server"),
            ("concurrency", "requests at once"),
            ("s", "seconds"),
            ("low_s", "from"),
            ("high_s", "to"),
        )
    ]
    return {
        "layer": [
            {
                "transform": [{"filter": "datum.kind === 'measured' && isValid(datum.low_s)"}],
                "mark": {"type": "area", "opacity": 0.25},
                "encoding": {**at, "y": {"field": "low_s", **y}, "y2": {"field": "high_s"}, "color": look["color"]},
            },
            {
                "transform": [{"filter": "datum.kind === 'model'"}],
                "mark": {"type": "line", "strokeWidth": 1},
                "encoding": {**at, "color": look["color"], "detail": {"field": "server"}},
            },
            {
                "transform": [{"filter": "datum.kind === 'measured'"}],
                "mark": {"type": "line", "strokeWidth": 1.25},
                "encoding": {**at, "color": look["color"]},
            },
            {
                "transform": [{"filter": "datum.kind !== 'model'"}],
                "mark": {"type": "point", "filled": True, "size": 42, "opacity": 1},
                "encoding": {**at, **look, "tooltip": tooltip},
            },
        ]
    }


def _title(findings: Findings) -> str:
    """What is to be seen: where the threads run out, if that was found on every server, and else what is drawn."""
    places = {place(knee) for knee in findings.knees if knee.claimed}
    if places == {"as expected"} and all(knee.claimed for knee in findings.knees):
        return "def falls behind async where its threads run out"
    compared = {"def", "async"} <= {one.cell.style for one in findings.cells if one.median_s is not None}
    return "How long bursts take in def and in async" if compared else "How long bursts take"


def _reading(measured: Sequence[CellFinding], rows: Sequence[Sequence[Panel]]) -> str:
    bands = any(one.low_s is not None for one in measured)
    figures = f"medians over {over_blocks(measured)}" if max(one.blocks for one in measured) > 1 else "one block"
    return f"Seconds until the last answer of so many requests at once: {figures}{', 95% intervals as bands' if bands else ''}."


def _alt(setting: Setting, findings: Findings) -> str:
    """The figures at the highest load that every style of the first setting has."""
    told = []
    for style in styles(setting.cells):
        cells = setting.of_style(style)
        most = max(one.cell.concurrency for one in cells)
        took = [one.median_s for one in cells if one.cell.concurrency == most and one.median_s is not None]
        told.append(f"{between(map(seconds, took))} s for {most} in {style}")
    where = f" ({setting.name})" if setting.name else ""
    return f"Line charts of the seconds until the last answer over the number of requests at once{where}: {'; '.join(told)}."
