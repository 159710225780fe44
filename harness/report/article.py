"""The article's own figures beside ours."""

from harness.analysis.findings import ArticleRow, Findings
from harness.report.markdown import Align, code, table, text
from harness.report.numbers import NONE, milliseconds, percent, seconds

_HEADERS = ("server", "style", "at once", "article, s", "here, s", "excess, ms", "client at most")
_ALIGN: tuple[Align, ...] = ("left", "left", "right", "right", "right", "right", "right")
_READING = (
    '"Behind the Scenes: Concurrency in FastAPI" measured uvicorn on a laptop of 8 cores; its `/sync` is `def` here. '
    "The excess is what was measured here beyond what the model expects. The client's own CPU time meanwhile is the "
    "most of it that can be laid at the client's door, in brackets as a share of the excess."
)


def section(findings: Findings) -> str | None:
    """The article's figures beside ours, or None where the run did nothing that the article did."""
    if not findings.article:
        return None
    sentences = [f"- {_said(row)}" for row in _highest(findings.article)]
    rows = [_row(row) for row in findings.article]
    return "\n\n".join(["## The article", _READING, table(_HEADERS, rows, _ALIGN), "\n".join(sentences)])


def _row(row: ArticleRow) -> list[str]:
    return [
        text(row.server),
        code(row.style),
        str(row.concurrency),
        seconds(row.article_s),
        seconds(row.median_s),
        milliseconds(1000 * row.excess_s),
        _client(row),
    ]


def _client(row: ArticleRow) -> str:
    """The client's part of the excess: no more than all of it, and nothing where nothing is in excess."""
    if row.excess_s <= 0:
        return NONE
    part_s = min(row.client_s, row.excess_s)
    return f"{milliseconds(1000 * part_s)} ms ({percent(round(part_s / row.excess_s, 2))})"


def _highest(rows: tuple[ArticleRow, ...]) -> list[ArticleRow]:
    """The row of the most simultaneous requests of each server and style."""
    highest: dict[tuple[str, str], ArticleRow] = {}
    for row in rows:
        key = (row.server, row.style)
        if key not in highest or row.concurrency > highest[key].concurrency:
            highest[key] = row
    return list(highest.values())


def _said(row: ArticleRow) -> str:
    article_ms, here_ms = (1000 * (measured - row.floor_s) for measured in (row.article_s, row.median_s))
    door = "" if row.excess_s <= 0 else f"; the client accounts for at most {_client(row)} of these"
    return (
        f"{code(row.style)}, {row.concurrency} at once: the article was {milliseconds(article_ms)} ms above the "
        f"{seconds(row.floor_s)} s of the model; {text(row.server)} here was {_above(here_ms)}{door}."
    )


def _above(excess_ms: float) -> str:
    return f"{milliseconds(abs(excess_ms))} ms {'below' if excess_ms < 0 else 'above'}"
