from dataclasses import replace
from pathlib import Path

import pytest

from harness.article.findings import ArticleRow, article_findings
from harness.model.journal import Window
from harness.model.plan import Cell
from tests.builders.executors import BURST, CLOSED_LOOP
from tests.builders.journals import (
    FINISHED,
    IN_FORCE,
    LAUNCH,
    cell,
    findings,
    good,
    header,
    launched,
    plan,
    run,
    window,
)

TWO_SECONDS = replace(LAUNCH, delay_s=2.0)


def article_cell(style: str, concurrency: int) -> Cell:
    return cell(style, concurrency, TWO_SECONDS, client="article")


def in_three_waves(block: int, launch: int, place: int) -> Window:
    return good(block, launch, place, 6.25, process=(0,) * 120)


def test_the_articles_cells_stand_beside_its_figures(tmp_path: Path) -> None:
    found = findings(tmp_path, *run(plan(article_cell("def", 120)), in_three_waves))

    assert article_findings(found).rows == (
        ArticleRow(
            server="uvicorn",
            style="def",
            concurrency=120,
            article_s=6.136,
            median_s=6.25,
            model_s=6.0,
            client_s=0.01,
        ),
    )


@pytest.mark.parametrize(
    "other",
    [
        article_cell("async-blocking", 120),
        article_cell("def", 121),
        replace(article_cell("def", 120), client="engine"),
        replace(article_cell("def", 120), executor=CLOSED_LOOP),
        replace(article_cell("def", 120), launch=LAUNCH),
        replace(article_cell("def", 120), launch=replace(TWO_SECONDS, workers=2)),
    ],
)
def test_what_the_article_did_not_do_has_no_row(other: Cell, tmp_path: Path) -> None:
    sample_of = in_three_waves if other.executor == BURST else window
    assert article_findings(findings(tmp_path, *run(plan(other), sample_of))).rows == ()


def test_another_limit_in_force_has_no_row(tmp_path: Path) -> None:
    in_force = replace(IN_FORCE, limiter_tokens=100)
    only = plan(article_cell("def", 120))

    found = findings(tmp_path, header(only), launched(1, 1, TWO_SECONDS, in_force), in_three_waves(1, 1, 0), FINISHED)

    assert found.cells[0].status == "ok"
    assert article_findings(found).rows == ()


def test_the_same_cell_with_the_engine_tells_what_is_left_of_the_excess_without_the_client(tmp_path: Path) -> None:
    both = plan(article_cell("def", 120), cell("def", 120, TWO_SECONDS, client="engine"))

    def sample(block: int, launch: int, place: int) -> Window:
        return good(block, launch, place, 6.25 if place == 0 else 6.05, process=(0,) * 120)

    (row,) = article_findings(findings(tmp_path, *run(both, sample))).rows

    assert row.excess_s == pytest.approx(0.25)
    assert row.engine_s == pytest.approx(6.05)
