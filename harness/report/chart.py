"""A chart: a Vega-Lite specification that knows nothing of themes, its words, and where its drawings are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CHARTS_FOLDER = "charts"
THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart of a report.

    `name` is its file's stem and its anchor, `title` says what is to be seen, `alt` the same for those who cannot see
    it; both are plain text. `spec` is Vega-Lite with its data inside, without a configuration: the theme brings that.
    Its `datasets` hold the rows, one dataset for each view in it; every row says what it was measured under, as `rows`
    has it. So whoever shows it can leave out rows, and views that have none any more.
    """

    name: str
    title: str
    alt: str
    spec: Mapping[str, Any]

    def path(self, theme: str) -> str:
        """Return the path of the drawing in one theme, relative to the run folder."""
        return drawing_path(self.name, theme)


def drawing_path(name: str, theme: str) -> str:
    """Return the path of the drawing of a chart in one theme, relative to the run folder."""
    return f"{CHARTS_FOLDER}/{name}-{theme}.svg"
