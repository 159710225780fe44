import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.analysis.findings import Findings
from harness.report import folder, index, page, results
from harness.report.chart import THEMES
from harness.report.charts.catalog import draw_charts
from harness.report.index import Entry
from harness.report.markdown import render_markdown
from harness.report.report import build_report
from tests.builders.drawings import draw_once
from tests.builders.findings import Run, findings, with_plan
from tests.builders.reader import links, raw_html, tables

pytestmark = pytest.mark.usefixtures("shared_drawings")


def with_charts(some: Findings) -> str:
    return render_markdown(build_report(some, draw_charts(some, ())))


def published(reports: Path, name: str, started_at: str = "2026-10-01T12:00:00Z", title: str = "def vs async") -> Path:
    some = findings(Run(servers=("uvicorn",), title=title))
    path = reports / name
    path.mkdir()
    folder.write(path, replace(some, header=replace(some.header, started_at=started_at)), ())
    return path


def test_a_folder_holds_the_report_in_every_form_and_nothing_half_written(tmp_path: Path) -> None:
    some = with_plan(findings(Run(servers=("uvicorn",))), matrix="title: é\r\n")
    run = tmp_path / "run"
    run.mkdir()
    folder.write(run, some, ())
    assert sorted(path.name for path in run.iterdir()) == [
        "README.md", "charts", "index.html", "matrix.yaml", "results.json",
    ]  # fmt: skip
    assert (run / "README.md").read_bytes().decode() == with_charts(some)
    assert (run / "results.json").read_bytes().decode() == results.render(some)
    assert (run / "matrix.yaml").read_bytes().decode() == "title: é\r\n"
    assert (run / "index.html").read_bytes().decode() == page.render(some, draw_charts(some, ()), ())
    drawings = {
        f"charts/{chart.name}-{theme}.svg": draw_once(chart, theme)
        for chart in build_report(some, draw_charts(some, ())).charts
        for theme in THEMES
    }
    assert {str(path.relative_to(run)): path.read_text() for path in (run / "charts").iterdir()} == drawings
    assert (tmp_path / "README.md").read_text() == index.render(index.collect(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "run"]


def test_a_drawing_that_a_report_no_longer_has_is_found_and_removed(tmp_path: Path) -> None:
    some = findings(Run(servers=("uvicorn",)))
    run = tmp_path / "run"
    run.mkdir()
    folder.write(run, some, ())
    left, foreign = (run / "charts" / name for name in ("waves-light.svg", "mine.svg"))
    left.write_text("<svg/>")
    foreign.write_text("<svg/>")
    assert list(folder.check(run, some, ())) == [
        f"{left}: does not follow from the journal; remove it, or write the report anew"
    ]
    folder.write(run, some, ())
    assert list(folder.check(run, some, ())) == []
    assert foreign.exists()


def test_a_folder_named_by_a_dot_keeps_its_report_and_has_its_index_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    monkeypatch.chdir(run)
    folder.write(Path(), findings(), ())
    assert (run / "README.md").read_bytes().decode() == with_charts(findings())
    assert (tmp_path / "README.md").read_text() == index.render(index.collect(tmp_path))


@pytest.mark.parametrize("content", [b"", b"# Reports\n\nMy own words.\n", b"\xff", with_charts(findings()).encode()])
def test_what_is_no_index_of_ours_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "README.md").write_bytes(content)
    published(tmp_path, "run")
    assert (tmp_path / "README.md").read_bytes() == content


def test_a_folder_in_the_place_of_the_index_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").mkdir()
    published(tmp_path, "run")
    assert (tmp_path / "README.md").is_dir()


def test_an_index_of_ours_is_written_anew(tmp_path: Path) -> None:
    published(tmp_path, "old")
    published(tmp_path, "new")
    assert links((tmp_path / "README.md").read_text()) == ["new/README.md", "old/README.md"]


def test_what_cannot_be_put_in_place_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "README.md"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space left"):
        folder.replace(path, "new")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("README.md", "old")]


def test_the_index_lists_runs_newest_first(tmp_path: Path) -> None:
    published(tmp_path, "b", "2026-10-01T12:00:00Z", title="older")
    published(tmp_path, "a", "2026-10-02T12:00:00Z", title="newer")
    answer = "Up to 40 concurrent requests def keeps up with async def; at 41 it takes 2.00 times as long, on uvicorn."
    assert index.render([replace(entry, chart=None) for entry in index.collect(tmp_path)]) == (
        "# Reports\n\n"
        "All runs in this folder, the newest first. This file is written anew with every report.\n\n"
        "| date | report | verdict | chart |\n"
        "| --- | --- | --- | --- |\n"
        f"| 2026-10-02 12:00 UTC | [newer](a/README.md) | {answer} |  |\n"
        f"| 2026-10-01 12:00 UTC | [older](b/README.md) | {answer} |  |\n"
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"[]",
        b"\xff\xfe",
        b'{"title": "x"}',
        json.dumps({"title": 1, "cells": 2}).encode(),
        b"[" * 9999,
    ],
)
def test_a_folder_with_unreadable_results_is_named_beneath_the_table(tmp_path: Path, content: bytes) -> None:
    published(tmp_path, "good")
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / "results.json").write_bytes(content)
    told = index.render(index.collect(tmp_path))
    assert told.endswith("\n\nno results: junk (its results.json was not written by this harness, or damaged)\n")
    assert links(told) == ["good/README.md"]


def test_folders_without_results_are_named_and_files_are_not(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "odd" / "results.json").mkdir(parents=True)
    (tmp_path / "notes.txt").touch()
    assert index.render(index.collect(tmp_path)) == (
        "# Reports\n\n"
        "All runs in this folder, the newest first. This file is written anew with every report.\n\n"
        "There is no report yet.\n\n"
        "no results: empty (there is no results.json), odd (Is a directory)\n"
    )


def test_a_run_is_shown_by_the_chart_that_its_report_opens_with(tmp_path: Path) -> None:
    run = published(tmp_path, "run", title="<i>")
    (run / "charts").mkdir(exist_ok=True)
    for name in ("saturation", "staircase", "waves"):
        for theme in ("light", "dark"):
            (run / "charts" / f"{name}-{theme}.svg").touch()
    assert (
        '| <a href="run/README.md"><picture>'
        '<source media="(prefers-color-scheme: dark)" srcset="run/charts/staircase-dark.svg">'
        '<img alt="chart of &lt;i&gt;" src="run/charts/staircase-light.svg" width="240"></picture></a> |\n'
    ) in index.render(index.collect(tmp_path))


def test_a_chart_in_one_theme_only_is_none(tmp_path: Path) -> None:
    run = published(tmp_path, "run")
    (run / "charts").mkdir(exist_ok=True)
    for name in ("staircase", "throughput", "saturation"):
        (run / "charts" / f"{name}-dark.svg").unlink(missing_ok=True)
        (run / "charts" / f"{name}-light.svg").touch()
    assert index.collect(tmp_path)[0].chart is None


@given(st.text())
@example("a|b<script>alert(1)</script>`[x](http://evil)*\"'\\")
def test_hostile_entries_break_neither_table_nor_page(words: str) -> None:
    charts = tuple(f"{words}/charts/staircase-{theme}.svg" for theme in ("light", "dark"))
    told = index.render(
        [Entry(words, words, words, words), Entry(words, words, words, words, charts), Entry(words, problem=words)]
    )
    assert tables(told) == [[4, 4, 4]]
    assert len(links(told)) == 2
    assert [re.sub('".*?"', '""', tag) for tag in raw_html(told)] == [
        '<a href="">',
        "<picture>",
        '<source media="" srcset="">',
        '<img alt="" src="" width="">',
        "</picture>",
        "</a>",
    ]


def test_the_same_folders_give_the_same_index(tmp_path: Path) -> None:
    published(tmp_path, "b")
    published(tmp_path, "a")
    assert index.render(index.collect(tmp_path)) == index.render(index.collect(tmp_path))
    assert [entry.folder for entry in index.collect(tmp_path)] == ["a", "b"]
