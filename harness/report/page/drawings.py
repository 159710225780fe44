"""The charts of the page: their specifications, and their titles as HTML."""

from collections.abc import Sequence
from typing import Any

from harness.report.chart import THEMES, Chart
from harness.report.charts.theme import config
from harness.report.page.markup import text
from harness.report.page.packed import packed

HEADING = '<h2 id="charts" class="unseen" data-needs-scripts hidden>Charts</h2>'


def figure(chart: Chart) -> str:
    """Return the place of a chart, its title and how to read it; scripts draw it."""
    return (
        f'<figure id="chart-{chart.name}" data-needs-scripts hidden>\n'
        f"<h3>{text(chart.title)}</h3>\n<p>{text(_reading(chart))}</p>\n"
        f'<div class="scroll" tabindex="0"><div role="img" aria-label="{text(chart.title)}" '
        f'aria-describedby="chart-{chart.name}-alt"><div class="chart" aria-hidden="true"></div></div></div>\n'
        f'<p class="note" hidden>Nothing of this chart passes the filters.</p>\n'
        f'<figcaption id="chart-{chart.name}-alt">{text(_words(chart))}</figcaption>\n</figure>'
    )


def for_scripts(charts: Sequence[Chart]) -> dict[str, Any]:
    """Return the specifications, and their look in each theme."""
    return {
        "specs": {chart.name: _specification(chart) for chart in charts},
        "themes": {theme: config(theme) for theme in THEMES},
    }


def _reading(chart: Chart) -> str:
    """Return how to read a chart, which the page shows above the drawing."""
    lines: Sequence[str] = chart.spec["title"]["subtitle"]
    return " ".join(lines)


def _words(chart: Chart) -> str:
    """Return the description of a chart without its title."""
    return chart.alt.removeprefix(f"{chart.title}. ")


def _specification(chart: Chart) -> dict[str, Any]:
    """Return the specification of a chart without its title, its rows packed."""
    datasets = {name: packed(rows) for name, rows in chart.spec["datasets"].items()}
    return {**{key: value for key, value in chart.spec.items() if key != "title"}, "datasets": datasets}
