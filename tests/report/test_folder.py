import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.report import folder, index, readme, results
from harness.report.index import Entry
from tests.report.builders import Run, findings, with_plan
from tests.report.reader import links, raw_html, tables


def published(reports: Path, name: str, started_at: str = "2026-10-01T12:00:00Z", title: str = "def vs async") -> Path:
    some = findings(Run(servers=("uvicorn",), title=title))
    path = reports / name
    path.mkdir()
    folder.write(path, replace(some, header=replace(some.header, started_at=started_at)), ())
    return path


def test_a_folder_holds_the_report_in_every_form_and_nothing_half_written(tmp_path: Path) -> None:
    some = with_plan(findings(), matrix="title: é\r\n")
    run = tmp_path / "run"
    run.mkdir()
    folder.write(run, some, ())
    assert sorted(path.name for path in run.iterdir()) == ["README.md", "matrix.yaml", "results.json"]
    assert (run / "README.md").read_bytes().decode() == readme.render(some)
    assert (run / "results.json").read_bytes().decode() == results.render(some)
    assert (run / "matrix.yaml").read_bytes().decode() == "title: é\r\n"
    assert (tmp_path / "README.md").read_text() == index.render(index.collect(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "run"]


def test_a_folder_named_by_a_dot_keeps_its_report_and_has_its_index_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    monkeypatch.chdir(run)
    folder.write(Path(), findings(), ())
    assert (run / "README.md").read_bytes().decode() == readme.render(findings())
    assert (tmp_path / "README.md").read_text() == index.render(index.collect(tmp_path))


@pytest.mark.parametrize("content", [b"", b"# Reports\n\nMy own words.\n", b"\xff", readme.render(findings()).encode()])
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
    answer = (
        "With a thread limit of 40, def kept up with async up to 40 simultaneous requests and fell behind at 41 on "
        "uvicorn, taking 2.00 times as long: two waves instead of one."
    )
    assert index.render(index.collect(tmp_path)) == (
        "# Reports\n\n"
        "All runs in this folder, the newest first. This file is written anew with every report.\n\n"
        "| date | report | servers | blocks | answer |\n"
        "| --- | --- | --- | ---: | --- |\n"
        f"| 2026-10-02 12:00 UTC | [newer](a/README.md) | uvicorn | 6 | {answer} |\n"
        f"| 2026-10-01 12:00 UTC | [older](b/README.md) | uvicorn | 6 | {answer} |\n"
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


def test_hostile_entries_break_neither_table_nor_page() -> None:
    words = "a|b<script>alert(1)</script>`[x](http://evil)*"
    told = index.render([Entry(words, words, words, (words,), words), Entry(words, problem=words)])
    assert raw_html(told) == []
    assert tables(told) == [[5, 5]]
    assert len(links(told)) == 1


def test_a_server_of_several_cells_is_named_once(tmp_path: Path) -> None:
    published(tmp_path, "run")
    assert index.collect(tmp_path)[0].servers == ("uvicorn",)
