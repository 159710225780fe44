"""A chart: what it shows, as a Vega-Lite specification that knows nothing of themes, and in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
