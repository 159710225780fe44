"""A run folder on disk: its report in every form, and the index of all of them."""

import os
from collections.abc import Collection, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from harness.analysis.analyse import analyse
from harness.analysis.bursts import Burst, find_typical_bursts
from harness.analysis.findings import Findings
from harness.article.examine import examine
from harness.model import journal
from harness.model.scenarios import Facts
from harness.report import index, page, results
from harness.report.chart import THEMES, drawing_path
from harness.report.charts.catalog import CHARTS, draw_charts
from harness.report.charts.svg import draw
from harness.report.markdown import render_markdown
from harness.report.report import build_report

REPORT = "README.md"
MATRIX = "matrix.yaml"
EXTENSIONS = (examine,)
"""The plug-ins whose findings are part of every report."""

_SHOWN = 30
"""Characters that are shown on either side of the first difference."""


def read(folder: Path, facts: Facts) -> tuple[Findings, tuple[Burst, ...]]:
    """Return all that the report of a run folder is made from. Raises InputError if its journal is bad."""
    path = journal.find(folder)
    findings = analyse(journal.read(path), facts, journal.sha256(path), EXTENSIONS)
    return findings, find_typical_bursts(journal.read(path), findings)


def write(folder: Path, findings: Findings, bursts: Sequence[Burst]) -> None:
    """Write the report of a run into its folder, and the index next to it unless that is a foreign file.

    Raises OSError if the folder is missing or cannot be written to; no file is ever left half written.
    """
    # The parent of `.` is `.` again: only a resolved folder is sure to lie inside its parent.
    folder = folder.resolve()
    files = _files(findings, bursts)
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        replace(folder / name, content)
    for drawing in _left_over(folder, files):
        drawing.unlink()
    if index.may_be_written(folder.parent / REPORT):
        replace(folder.parent / REPORT, index.render(index.collect(folder.parent)))


def check(folder: Path, findings: Findings, bursts: Sequence[Burst]) -> Iterator[str]:
    """Yield a line for each file of a report that differs from what follows from its findings; it may lack the page."""
    files = _files(findings, bursts)
    for name, content in files.items():
        path = folder / name
        if name == page.FILE_NAME and not path.exists():
            continue
        try:
            published = path.read_bytes()
        except OSError as error:
            yield f"{path}: cannot be read: {error.strerror}; it follows from the journal, so write it anew"
            continue
        if published != content.encode():
            yield f"{path}:{_first_difference(published, content.encode())}"
    for drawing in _left_over(folder, files):
        yield f"{drawing}: does not follow from the journal; remove it, or write the report anew"


def _files(findings: Findings, bursts: Sequence[Burst]) -> dict[str, str]:
    """Return all files that are made from a journal, by their paths in the run folder."""
    drawn = draw_charts(findings, bursts)
    document = build_report(findings, drawn)
    return {
        REPORT: render_markdown(document),
        results.FILE_NAME: results.render(findings),
        MATRIX: findings.header.plan.matrix,
        **{chart.path(theme): draw(chart, theme) for chart in document.charts for theme in THEMES},
        page.FILE_NAME: page.render(findings, drawn, bursts),
    }


def render_page(folder: Path, facts: Facts) -> str:
    """Return the page of a run folder. Raises InputError if its journal is bad."""
    findings, bursts = read(folder, facts)
    return page.render(findings, draw_charts(findings, bursts), bursts)


def _left_over(folder: Path, files: Collection[str]) -> list[Path]:
    """Return the drawings that an earlier rendering left behind; other files are not ours."""
    ours = [drawing_path(entry.name, theme) for entry in CHARTS for theme in THEMES]
    return [folder / path for path in ours if path not in files and (folder / path).is_file()]


def _first_difference(published: bytes, derived: bytes) -> str:
    """Return where two contents differ, and how: `12: found ..., but ... follows from the journal`."""
    lines = zip_longest(published.splitlines(), derived.splitlines(), fillvalue=b"")
    number, (found, follows) = next(
        ((number, pair) for number, pair in enumerate(lines, start=1) if pair[0] != pair[1]), (1, (b"", b""))
    )
    if found == follows:
        return "1: its line ends are not those that follow from the journal"
    at = next((place for place, (one, other) in enumerate(zip(found, follows, strict=False)) if one != other), 0)
    return f"{number}: found {_around(found, at)}, but {_around(follows, at)} follows from the journal"


def _around(line: bytes, at: int) -> str:
    """Return the part of a line around a position, short enough to read."""
    part = line[max(0, at - _SHOWN) : at + _SHOWN].decode(errors="replace")
    return repr(part) if line else "nothing"


def replace(path: Path, content: str) -> None:
    """Replace a file at once; its line ends are those of the content."""
    half_written = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        half_written.write_bytes(content.encode())
        half_written.replace(path)
    finally:
        half_written.unlink(missing_ok=True)
