"""A chart in Markdown: the picture in the theme of whoever reads."""

import html

from harness.report.charts.chart import Chart

FOLDER = "charts"
THEMES = ("light", "dark")


def path(chart: Chart, theme: str) -> str:
    """Where the drawing of a chart in one theme lies, from the run folder."""
    return f"{FOLDER}/{chart.name}-{theme}.svg"


def picture(chart: Chart) -> str:
    """The chart as a block of GitHub's Markdown: light, and dark for those who prefer it."""
    light, dark = (path(chart, theme) for theme in THEMES)
    return (
        f'<picture>\n<source media="(prefers-color-scheme: dark)" srcset="{dark}">\n'
        f'<img alt="{html.escape(chart.alt)}" src="{light}">\n</picture>'
    )
