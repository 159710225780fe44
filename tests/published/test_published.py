"""Every published figure can be derived again from its journal, and whatever is changed in either shows."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.model import journal
from harness.report import folder as report_folder
from harness.report import index, results
from tests.builders.journals import FACTS, analyse
from tests.builders.published import report_of
from tests.commands import call, read_journal, rewrite_journal

REPORTS = Path(__file__).parents[2] / "reports"
PUBLISHED = sorted(path.parent for path in REPORTS.glob(f"*/{journal.PACKED_NAME}"))

BURSTS = next(folder for folder in reversed(PUBLISHED) if folder.name.endswith("-article"))
"""A small run of bursts on several servers."""

GOLDEN = next(folder for folder in reversed(PUBLISHED) if folder.name.endswith("-default"))
"""The one report that is published with its page, and has to be what this version makes of its journal."""


@pytest.mark.parametrize("folder", PUBLISHED, ids=lambda folder: folder.name)
def test_every_published_figure_follows_from_its_journal(folder: Path) -> None:
    assert (folder / "results.json").read_text() == results.render(report_of(folder)[0])


def test_the_golden_report_follows_from_its_journal_byte_for_byte() -> None:
    told = f"{GOLDEN}: every figure follows from the journal, byte for byte\n"
    assert call("report", "--check", GOLDEN) == (0, told, "")
    assert (GOLDEN / "index.html").is_file()


LARGEST_BYTES = {"scenarios": 3_100_000}
"""The largest reports by profile, if more than two million bytes; the scenarios are sixteen measurements in one."""


@pytest.mark.parametrize("folder", PUBLISHED, ids=lambda folder: folder.name)
def test_a_published_report_is_small_and_has_no_page_but_one(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    small = [path for path in files if path.name != "index.html"]
    assert (len(files) > len(small)) == (folder == GOLDEN)
    assert sum(path.stat().st_size for path in small) <= LARGEST_BYTES.get(folder.name.partition("-")[2], 2_000_000)


def test_the_index_lists_all_published_reports() -> None:
    assert PUBLISHED
    assert (REPORTS / "README.md").read_text() == index.render(index.collect(REPORTS))


pytestmark = pytest.mark.usefixtures("shared_drawings")
Line = dict[str, Any]
Change = Callable[[list[Line]], list[Line]]


def samples_of(lines: list[Line], server: str) -> list[Line]:
    """The good samples of one server, in order."""
    cells = lines[0]["plan"]["cells"]
    return [
        line
        for line in lines
        if line["kind"] == "sample" and line["status"] == "ok" and cells[line["cell"]]["launch"]["server"] == server
    ]


def two_servers_swapped(lines: list[Line]) -> list[Line]:
    """What one server gave in the name of another."""
    measured = ("duration_s", "outcomes", "client", "server", "host", "health", "requests", "steady")
    for one, other in zip(samples_of(lines, "uvicorn"), samples_of(lines, "granian"), strict=False):
        for name in measured:
            one[name], other[name] = other[name], one[name]
    return lines


def a_block_dropped(lines: list[Line]) -> list[Line]:
    last = max(line["block"] for line in lines if line["kind"] == "sample")
    return [line for line in lines if line.get("block") != last]


def a_duration_doubled(lines: list[Line]) -> list[Line]:
    samples_of(lines, "uvicorn")[0]["duration_s"] *= 2
    return lines


def a_latency_doubled(lines: list[Line]) -> list[Line]:
    answered_us = samples_of(lines, "uvicorn")[0]["requests"]["answered_us"]
    answered_us[-1] *= 2
    return lines


def the_latencies_of_a_sample_doubled(lines: list[Line]) -> list[Line]:
    requests = samples_of(lines, "uvicorn")[0]["requests"]
    requests["answered_us"] = [2 * us for us in requests["answered_us"]]
    return lines


def a_wall_time_doubled(lines: list[Line]) -> list[Line]:
    """A figure that no table shows."""
    samples_of(lines, "uvicorn")[0]["wall_s"] *= 2
    return lines


@pytest.mark.parametrize(
    "change",
    [two_servers_swapped, a_block_dropped, a_duration_doubled, a_latency_doubled, a_wall_time_doubled],
    ids=lambda change: change.__name__,
)
def test_a_change_to_the_journal_shows(change: Change, tmp_path: Path) -> None:
    folder = changed(BURSTS, change, tmp_path)

    problems = checked(folder)

    assert any(problem.startswith(f"{folder}/README.md:") for problem in problems)
    assert any(problem.startswith(f"{folder}/results.json:") for problem in problems)


@pytest.mark.parametrize(
    "change",
    [two_servers_swapped, a_block_dropped, a_duration_doubled, the_latencies_of_a_sample_doubled],
    ids=lambda change: change.__name__,
)
def test_a_change_to_what_was_measured_shows_in_the_figures_whatever_the_digest(change: Change, tmp_path: Path) -> None:
    before, after = (
        results.render(analyse(journal.read(journal.find(folder))))
        for folder in (BURSTS, changed(BURSTS, change, tmp_path))
    )
    assert before != after


def checked(folder: Path) -> list[str]:
    """What `report --check` says of a run folder."""
    return list(report_folder.check(folder, *report_folder.read(folder, FACTS)))


def changed(published: Path, change: Change, into: Path) -> Path:
    """A copy of a run folder with a change to its journal."""
    folder = into / "changed"
    shutil.copytree(published, folder)
    lines = change([json.loads(line) for line in read_journal(folder).splitlines()])
    rewrite_journal(folder, "".join(f"{json.dumps(line)}\n" for line in lines).encode())
    return folder


@pytest.mark.parametrize("name", ["README.md", "results.json", "matrix.yaml", "charts/waves-dark.svg", "index.html"])
def test_a_figure_doubled_in_a_report_shows_where_it_stands(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(GOLDEN, folder)
    lines = (folder / name).read_text().splitlines(keepends=True)
    number, figure = next(
        (place, found[0]) for place, line in enumerate(lines) if (found := re.findall(r"[1-9]\d+", line))
    )
    lines[number] = lines[number].replace(figure, str(2 * int(figure)), 1)
    (folder / name).write_text("".join(lines))

    (problem,) = checked(folder)

    assert problem.startswith(f"{folder / name}:{number + 1}: found ")
    assert "\n" not in problem


def test_a_file_that_is_missing_shows(tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(BURSTS, folder)
    (folder / "results.json").unlink()

    code, output, _ = call("report", "--check", folder, "--json")
    advice = "it follows from the journal, so write it anew"

    assert code == 1
    assert json.loads(output) == {
        str(folder): {
            "follows": False,
            "problems": [f"{folder}/results.json: cannot be read: No such file or directory; {advice}"],
        }
    }
