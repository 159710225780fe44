"""The opening page of a site of reports: one HTML file that needs no network and no script."""

import html
from collections.abc import Sequence
from importlib.resources import files
from string import Template
from urllib.parse import quote

from harness.model.words import one_line
from harness.report.index import Entry, remarks, thumbnail
from harness.report.report import format_time

PAGE = "index.html"


def render(entries: Sequence[Entry]) -> str:
    """Return the page that lists these reports in their order, each leading to the page in its folder."""
    listed = "".join(_template("report.html").substitute(_template_fields(entry)) for entry in entries)
    return _template(PAGE).substitute(style=_text("style.css"), reports=listed)


def _template_fields(entry: Entry) -> dict[str, str]:
    page = quote(f"{entry.folder}/{PAGE}")
    chart = entry.chart and thumbnail(entry.chart, entry.title)
    return {
        "page": page,
        "title": html.escape(one_line(entry.title)),
        "date": html.escape(format_time(entry.started_at)),
        "remarks": "".join(f" · {html.escape(one_line(remark))}" for remark in remarks(entry)),
        "stamp": html.escape(one_line(entry.started_at)),
        "verdict": html.escape(one_line(entry.verdict)),
        # The title leads there already: whoever goes from link to link need not come here as well.
        "chart": f'<a href="{page}" tabindex="-1">{chart}</a>' if chart else "",
    }


def _template(name: str) -> Template:
    return Template(_text(name))


def _text(name: str) -> str:
    return (files(__name__) / name).read_text(encoding="utf-8")
