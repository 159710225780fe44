"""The article's own figures beside ours."""

from harness.analysis.findings import ArticleRow, Findings
from harness.report.writing.markdown import Align, code, table, text
from harness.report.writing.numbers import NONE, listed, milliseconds, percent, seconds

ARTICLE = '"Behind the Scenes: Concurrency in FastAPI"'
_HEADERS = ("server", "style", "at once", "article, s", "here, s", "excess, ms")
_ALIGN: tuple[Align, ...] = ("left", "left", "right", "right", "right", "right", "right")
_READING = (
    f"{ARTICLE} measured uvicorn on a laptop of 8 cores; its `/sync` is `def` here. "
    "The excess is what was measured here beyond what the model expects."
)
_BOUNDED = (
    "The client's own CPU time meanwhile is the most of it that can be laid at the client's door, in brackets as a "
    "share of the excess."
)
_MEASURED = (
    "The same cells were measured with the engine in place of the article's client, too: what is in excess then cannot "
    "be laid at that client's door, and the difference can."
)


def section(findings: Findings) -> str | None:
    """The article's figures beside ours, or None where the run did nothing that the article did."""
    if not findings.article:
        return None
    with_engine = any(row.engine_excess_s is not None for row in findings.article)
    reading = f"{_READING} {_MEASURED if with_engine else _BOUNDED}"
    headers = (*_HEADERS, "with the engine, ms" if with_engine else "client at most")
    rows = [[*_row(row), _engine(row) if with_engine else _client(row)] for row in findings.article]
    sentences = [f"- {_said(alike)}" for alike in _highest(findings.article)]
    return "\n\n".join(["## The article", reading, table(headers, rows, _ALIGN), "\n".join(sentences)])


def _row(row: ArticleRow) -> list[str]:
    return [
        text(row.server),
        code(row.style),
        str(row.concurrency),
        seconds(row.article_s),
        seconds(row.median_s),
        milliseconds(1000 * row.excess_s),
    ]


def _engine(row: ArticleRow) -> str:
    return NONE if row.engine_excess_s is None else milliseconds(1000 * row.engine_excess_s)


def _client(row: ArticleRow) -> str:
    """The most that the client's part of the excess can be, and nothing where nothing is in excess."""
    return NONE if row.excess_s <= 0 else f"{milliseconds(1000 * _client_s(row))} ms ({_share(row)})"


def _highest(rows: tuple[ArticleRow, ...]) -> list[list[ArticleRow]]:
    """For each style the rows of its most simultaneous requests, one a server."""
    styles = dict.fromkeys(row.style for row in rows)
    most = {style: max(row.concurrency for row in rows if row.style == style) for style in styles}
    return [[row for row in rows if (row.style, row.concurrency) == alike] for alike in most.items()]


def _said(alike: list[ArticleRow]) -> str:
    row = alike[0]
    article_ms = 1000 * (row.article_s - row.floor_s)
    return (
        f"{code(row.style)}, {row.concurrency} at once: the article was {milliseconds(article_ms)} ms above the "
        f"{seconds(row.floor_s)} s of the model; here {listed([_above(row) for row in alike])}."
    )


def _above(row: ArticleRow) -> str:
    excess_ms = 1000 * row.excess_s
    if excess_ms <= 0:
        return f"{text(row.server)} was {milliseconds(-excess_ms)} ms below"
    bound = "at most " if row.engine_excess_s is None else ""
    return f"{text(row.server)} was {milliseconds(excess_ms)} ms above (the client {bound}{_share(row)} of it)"


def _share(row: ArticleRow) -> str:
    return percent(round(_client_s(row) / row.excess_s, 2))


def _client_s(row: ArticleRow) -> float:
    """The client's part of an excess: nothing, all of it, or what lies between."""
    part_s = row.client_s if row.engine_excess_s is None else row.excess_s - row.engine_excess_s
    return min(max(part_s, 0.0), row.excess_s)
