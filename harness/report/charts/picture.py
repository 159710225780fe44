"""A chart in Markdown, in the theme of the reader."""

import html

from harness.report.charts.chart import Chart

FOLDER = "charts"
THEMES = ("light", "dark")


def path(chart: Chart, theme: str) -> str:
    """Return the path of a chart's drawing in one theme, relative to the run folder."""
    return f"{FOLDER}/{chart.name}-{theme}.svg"


def picture(chart: Chart) -> str:
    """Return the chart as GitHub Markdown, with a light and a dark version."""
    light, dark = (path(chart, theme) for theme in THEMES)
    return (
        f'<picture>\n<source media="(prefers-color-scheme: dark)" srcset="{dark}">\n'
        f'<img alt="{html.escape(chart.alt)}" src="{light}">\n</picture>'
    )
