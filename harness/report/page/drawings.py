"""Charts as the page has them: their specifications, and as HTML the words that stand inside the drawings elsewhere."""

from collections.abc import Sequence
from typing import Any

from harness.report.charts.chart import Chart
from harness.report.charts.picture import THEMES
from harness.report.charts.theme import config
from harness.report.page.markup import text
from harness.report.page.packed import packed

HEADING = '<h2 id="charts" class="unseen" data-needs-scripts hidden>Charts</h2>'


def figure(chart: Chart) -> str:
    """The place of a chart, and in words what it shows and how it is read; scripts draw it."""
    return (
        f'<figure id="chart-{chart.name}" data-needs-scripts hidden>\n'
        f"<h3>{text(chart.title)}</h3>\n<p>{text(_reading(chart))}</p>\n"
        f'<div class="scroll" tabindex="0"><div role="img" aria-label="{text(chart.title)}" '
        f'aria-describedby="chart-{chart.name}-alt"><div class="chart" aria-hidden="true"></div></div></div>\n'
        f'<p class="note" hidden>Nothing of this chart passes the filters.</p>\n'
        f'<figcaption id="chart-{chart.name}-alt">{text(_words(chart))}</figcaption>\n</figure>'
    )


def for_scripts(charts: Sequence[Chart]) -> dict[str, Any]:
    """The specifications, and how they look in each theme."""
    return {
        "specs": {chart.name: _specification(chart) for chart in charts},
        "themes": {theme: config(theme) for theme in THEMES},
    }


def _reading(chart: Chart) -> str:
    """What it takes to read a chart: it stands above the drawing, as wide as the page likes, and not inside."""
    lines: Sequence[str] = chart.spec["title"]["subtitle"]
    return " ".join(lines)


def _words(chart: Chart) -> str:
    """What is to be seen, less the title, which stands above."""
    return chart.alt.removeprefix(f"{chart.title}. ")


def _specification(chart: Chart) -> dict[str, Any]:
    """The specification without its title, its rows packed."""
    datasets = {name: packed(rows) for name, rows in chart.spec["datasets"].items()}
    return {**{key: value for key, value in chart.spec.items() if key != "title"}, "datasets": datasets}
