"""The opening page of a site of reports: one HTML file that needs no network and no script."""

from collections.abc import Sequence
from urllib.parse import quote

from markupsafe import Markup

from harness.model.words import one_line
from harness.report.index import Entry, remarks, thumbnail
from harness.report.report import format_time
from harness.report.web import render_template

PAGE = "index.html"


def render(entries: Sequence[Entry]) -> str:
    """Return the page that lists these reports in their order, each leading to the page in its folder."""
    return render_template("site.html", title="asgi-matrix: reports", reports=list(map(_list_fields, entries)))


def _list_fields(entry: Entry) -> dict[str, object]:
    return {
        "page": quote(f"{entry.folder}/{PAGE}"),
        "title": one_line(entry.title),
        "date": format_time(entry.started_at),
        "remarks": list(map(one_line, remarks(entry))),
        "stamp": one_line(entry.started_at),
        "verdict": one_line(entry.verdict),
        "chart": entry.chart and Markup(thumbnail(entry.chart, entry.title)),  # noqa: S704 - it is escaped there
    }
