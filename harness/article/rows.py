"""The figures of the article, next to those of every cell that did the same."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from harness.analysis.findings import CellFinding
from harness.article.findings import ArticleRow
from harness.model.executors import BURST
from harness.model.plan import Cell

ARTICLE_S = {
    ("async", 20): 2.063,
    ("async", 40): 2.086,
    ("async", 80): 2.134,
    ("async", 120): 2.173,
    ("def", 20): 2.083,
    ("def", 40): 2.091,
    ("def", 80): 4.132,
    ("def", 120): 6.136,
}
"""Seconds until the last answer, by style and concurrent requests: uvicorn, one worker, 40 threads, a delay of 2 s.

Source: "Behind the Scenes: Concurrency in FastAPI", its table of execution times; its `sync` is our `def`.
"""

_DELAY_S = 2.0
_THREADS = 40


def rows(cells: Iterable[CellFinding]) -> Iterator[ArticleRow]:
    """Yield a row for every cell that did what the article did, on any server."""
    findings = {finding.cell: finding for finding in cells}
    for cell, finding in findings.items():
        article_s, excess_s = ARTICLE_S.get((cell.style, cell.concurrency)), _excess_s(finding)
        if article_s is None or not _repeats_the_article(cell) or finding.limiter_tokens != _THREADS:
            continue
        if finding.median_s is None or finding.model_s is None or excess_s is None or finding.client is None:
            continue
        yield ArticleRow(
            server=cell.launch.server,
            style=cell.style,
            concurrency=cell.concurrency,
            article_s=article_s,
            median_s=finding.median_s,
            floor_s=finding.model_s,
            excess_s=excess_s,
            client_s=finding.client.cpu_s,
            engine_excess_s=_excess_s(findings.get(replace(cell, client="engine"))),
        )


def _excess_s(finding: CellFinding | None) -> float | None:
    """Return the time measured beyond the model."""
    if finding is None or finding.median_s is None or finding.model_s is None:
        return None
    return finding.median_s - finding.model_s


def _repeats_the_article(cell: Cell) -> bool:
    return (
        cell.launch.scenario == "sleep"
        and cell.launch.delay_s == _DELAY_S
        and cell.launch.workers == 1
        and cell.executor == BURST.name
        and cell.client == "article"
    )
