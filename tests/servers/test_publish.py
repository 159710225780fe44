"""The command `publish`: what is in the site, where its links lead, and what it never touches."""

import argparse
import json
import os
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.cli import publish as publishing
from harness.model.errors import InputError
from harness.report import site
from harness.report.folder import render_page
from harness.report.index import Entry
from tests.builders.journals import FACTS
from tests.builders.published import REPORTS, folder
from tests.commands import call

RUNS = tuple(sorted((folder("saturation").name, folder("article").name), reverse=True))
"""Two small published runs, the newer one first."""

FILES = ("README.md", "index.html", "journal.jsonl.gz", "matrix.yaml", "results.json")
CHARTS = ("charts/staircase-dark.svg", "charts/staircase-light.svg")


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """A folder of two runs, one of which has charts, and of a third thing."""
    into = tmp_path / "reports"
    for run in RUNS:
        shutil.copytree(REPORTS / run, into / run)
        shutil.rmtree(into / run / "charts", ignore_errors=True)
        (into / run / "index.html").write_text(f"the page of {run}")
        (into / run / "logs").mkdir()
        (into / run / "logs" / "uvicorn.log").write_text("what a server said")
    (into / RUNS[0] / "charts").mkdir()
    for name in CHARTS:
        (into / RUNS[0] / name).write_text(f"<svg>{name}</svg>")
    (into / "notes").mkdir()
    return into


def make_site(reports: Path, output: Path, *, as_json: bool) -> None:
    publishing.publish(argparse.Namespace(reports=reports, output=output, json=as_json))


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Links(HTMLParser):
    """Every address that a page names but for its icon, which it holds itself, and every tag that it opens."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        named = [value or "" for name, value in attrs if name in ("href", "src", "srcset")]
        self.addresses += [address for address in named if not address.startswith("data:")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_a_site_holds_each_run_as_it_is_and_not_its_logs(reports: Path, tmp_path: Path) -> None:
    code, output, errors = call("publish", reports, "--output", tmp_path / "site")

    assert (code, errors) == (0, "")
    assert output.splitlines() == ["left out: notes (there is no results.json)", f"{tmp_path}/site/index.html"]
    made = tree(tmp_path / "site")
    of_runs = {f"{run}/{name}" for run in RUNS for name in FILES} | {f"{RUNS[0]}/{name}" for name in CHARTS}
    assert set(made) == of_runs | {"index.html", ".nojekyll", publishing.MARKER}
    assert {name: content for name, content in made.items() if name in of_runs} == {
        name: content for name, content in tree(reports).items() if name in of_runs
    }


def test_every_link_is_relative_and_leads_to_a_file_of_the_site(reports: Path, tmp_path: Path) -> None:
    make_site(reports, tmp_path / "site", as_json=False)
    links = Links((tmp_path / "site" / "index.html").read_text()).addresses
    assert [link for link in links if link.endswith(".html")] == [
        f"{RUNS[0]}/index.html",
        f"{RUNS[0]}/index.html",
        f"{RUNS[1]}/index.html",
    ]
    assert f"{RUNS[0]}/charts/staircase-dark.svg" in links
    for link in links:
        parts = urlsplit(link)
        assert (parts.scheme, parts.netloc, parts.path[:1] == "/") == ("", "", False)
        assert (tmp_path / "site" / unquote(parts.path)).is_file()


def test_what_was_published_is_told_to_programs(reports: Path, tmp_path: Path) -> None:
    _, output, _ = call("publish", reports, "--output", tmp_path / "site", "--json")
    of_runs = [json.loads((reports / run / "results.json").read_text()) for run in RUNS]
    assert json.loads(output) == {
        "page": f"{tmp_path}/site/index.html",
        "reports": [
            {"title": found["title"], "started_at": found["started_at"], "page": f"{run}/index.html"}
            for run, found in zip(RUNS, of_runs, strict=True)
        ],
        "left_out": {"notes": "there is no results.json"},
    }


def test_the_same_reports_make_the_same_site_in_place_of_the_old_one(reports: Path, tmp_path: Path) -> None:
    output = tmp_path / "deep" / "site"
    make_site(reports, output, as_json=True)
    before = tree(output)
    make_site(reports, output, as_json=True)
    assert tree(output) == before
    shutil.rmtree(reports / RUNS[1])
    make_site(reports, output, as_json=True)
    assert set(tree(output)) == {name for name in before if not name.startswith(RUNS[1])}
    assert [path.name for path in output.parent.iterdir()] == ["site"], "nothing is left beside it"


@pytest.mark.parametrize("foreign", ["CNAME", "empty", f"{RUNS[0]}/mine.txt", "link"])
def test_a_site_with_something_else_in_it_is_left_as_it_is(foreign: str, reports: Path, tmp_path: Path) -> None:
    output = tmp_path / "site"
    make_site(reports, output, as_json=True)
    path = output / foreign
    match foreign:
        case "empty":
            path.mkdir()
        case "link":
            path.symlink_to(reports)
        case _:
            path.write_text("mine")
    before = tree(output)
    code, printed, errors = call("publish", reports, "--output", output)
    assert (code, printed) == (2, "")
    assert errors == (
        f"--output: {output} holds {foreign}, which `publish` did not put there; name a new or an empty folder, "
        "or move that away\n"
    )
    assert tree(output) == before


@pytest.mark.parametrize("marker", [None, b"", b"\xff", b"{}", b"[1]", b'"index.html"'])
def test_a_folder_that_is_no_site_is_left_as_it_is(marker: bytes | None, reports: Path, tmp_path: Path) -> None:
    output = tmp_path / "home"
    output.mkdir()
    (output / "letter.txt").write_text("dear")
    if marker is not None:
        (output / publishing.MARKER).write_bytes(marker)
    before = tree(output)
    with pytest.raises(InputError, match="did not put there"):
        make_site(reports, output, as_json=False)
    assert tree(output) == before


def test_an_empty_folder_becomes_a_site(reports: Path, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    make_site(reports, tmp_path / "site", as_json=True)
    assert (tmp_path / "site" / "index.html").is_file()


def test_a_page_that_a_report_lacks_is_made_from_its_journal(reports: Path, tmp_path: Path) -> None:
    (reports / RUNS[1] / "index.html").unlink()
    make_site(reports, tmp_path / "site", as_json=True)
    assert (tmp_path / "site" / RUNS[1] / "index.html").read_text() == render_page(REPORTS / RUNS[1], FACTS)
    assert not (reports / RUNS[1] / "index.html").exists(), "nothing is written among the reports"


def test_a_damaged_journal_makes_no_site(reports: Path, tmp_path: Path) -> None:
    (reports / RUNS[1] / "index.html").unlink()
    path = reports / RUNS[1] / "journal.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-100])
    code, output, errors = call("publish", reports, "--output", tmp_path / "site")
    assert (code, output) == (2, "")
    assert errors.startswith(f"{path}: the journal is damaged: ")
    assert not (tmp_path / "site").exists()


def test_what_cannot_be_published_is_refused_with_the_next_step(reports: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "file").touch()
    site_ = tmp_path / "site"
    for asked, output, message in (
        (tmp_path / "missing", site_, "there is no such folder; name the one that run folders lie in"),
        (tmp_path / "none", site_, "there is no report in it; make one: python -m harness run --output"),
        (reports / RUNS[0], site_, f"this is a run folder; name the one that it lies in, {reports}"),
        (reports, reports, "lie one in the other; name a folder apart from the reports"),
        (reports, reports / "site", "lie one in the other; name a folder apart from the reports"),
        (reports, tmp_path, "lie one in the other; name a folder apart from the reports"),
        (reports, tmp_path / "file", "is a file; name a folder"),
        (reports, tmp_path / "file" / "site", "cannot make the site"),
    ):
        before = tree(tmp_path)
        with pytest.raises(InputError, match=message):
            make_site(asked, output, as_json=False)
        assert tree(tmp_path) == before
    assert call("publish", tmp_path / "missing", "--output", site_)[0] == 2
    assert call("publish", reports)[0] == 2


def test_a_site_that_cannot_be_finished_leaves_the_old_one_and_nothing_beside_it(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "place" / "site"
    make_site(reports, output, as_json=True)
    before = tree(output)
    rename = Path.rename

    def only_once(path: Path, target: Path) -> Path:
        if path.name.endswith(".new"):
            raise OSError(28, os.strerror(28))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", only_once)
    with pytest.raises(InputError, match="No space left on device"):
        make_site(reports, output, as_json=True)
    assert tree(output) == before
    assert [path.name for path in output.parent.iterdir()] == ["site"]


@given(st.text())
@example("</h2><script>alert(1)</script>\"'&$page")
def test_whatever_a_report_is_called_the_page_shows_it_and_stays_what_it_is(words: str) -> None:
    charts = (f"{words}-light.svg", f"{words}-dark.svg")
    page = Links(site.render([Entry(words, words, words, words, charts)]))
    plain = Links(site.render([Entry("a", "b", "c", "d", ("e", "f"))]))
    assert page.tags == plain.tags
    assert len(page.addresses) == len(plain.addresses)
    assert all(urlsplit(address).scheme == "" for address in page.addresses)


def test_the_page_of_a_site_asks_the_network_for_nothing() -> None:
    page = site.render([Entry("a", "2026-10-01T12:00:00Z", "A title", "A verdict.", ("a-light.svg", "a-dark.svg"))])
    assert Links(page).addresses == ["a/index.html", "a/index.html", "a-dark.svg", "a-light.svg"]
    assert "url(" not in page
    assert "@import" not in page
    assert "script" not in Links(page).tags
    assert "A verdict." in Links(page).words
    assert '<time datetime="2026-10-01T12:00:00Z">2026-10-01 12:00 UTC</time>' in page
