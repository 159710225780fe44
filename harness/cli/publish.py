"""The command `publish`: make a small static site of a folder of reports, which opens from a disk and at any address.

It replaces only sites that it made: a site holds the list of its files, and a folder that holds more than its list is
refused. A new site is built next to its place and moved there at once.
"""

# ruff: noqa: T201 - printing is what this module is for

import argparse
import json
import os
import shlex
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.cli.outcome import GOOD
from harness.model import journal
from harness.model.errors import InputError
from harness.model.words import counted
from harness.report import index, results, site
from harness.report.charts.picture import FOLDER as CHARTS
from harness.report.folder import MATRIX, REPORT
from harness.report.index import Entry

MARKER = ".asgi-matrix-site"
"""The file that lists all paths of a site as JSON; only a folder with this file is a site."""

NO_JEKYLL = ".nojekyll"
"""The file that makes GitHub Pages serve the others as they are."""

_RUN_FILES = (site.PAGE, REPORT, results.FILE_NAME, journal.FILE_NAME, MATRIX)


def publish(arguments: argparse.Namespace) -> int:
    """Make a site, and print what it holds."""
    make_site(arguments.reports, arguments.output, as_json=arguments.json)
    return GOOD


def make_site(reports: Path, output: Path, *, as_json: bool) -> None:
    """Make the site, and print what it holds.

    Raises InputError if there is nothing to publish, a report has no page yet, or the output must not be replaced.
    """
    found = _read_entries(reports)
    entries = [entry for entry in found if entry.problem is None]
    _check_pages(reports, entries)
    output = output.resolve()
    _check_output(output, reports.resolve())
    try:
        with _replace_folder(output) as folder:
            _build(folder, reports, entries)
    except OSError as error:
        raise InputError(f"--output: cannot make the site {output}: {error.strerror}") from error
    _print_site(found, output, as_json=as_json)


def _read_entries(folder: Path) -> list[Entry]:
    """Return an entry for each folder of `reports`. Raises InputError if none holds a report."""
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder; name the one that run folders lie in")
    if (folder / results.FILE_NAME).exists():
        raise InputError(f"{folder}: this is a run folder; name the one that it lies in, {folder.resolve().parent}")
    found = index.collect(folder)
    if all(entry.problem is not None for entry in found):
        output = shlex.quote(str(folder))
        raise InputError(f"{folder}: there is no report in it; make one: python -m harness run --output {output}")
    return found


def _check_pages(reports: Path, entries: Sequence[Entry]) -> None:
    without = [reports / entry.folder for entry in entries if not (reports / entry.folder / site.PAGE).is_file()]
    if without:
        commands = (f"python -m harness report {shlex.quote(str(folder))}" for folder in without)
        raise InputError("\n".join([f"{counted(len(without), 'report')} without a page; write it first:", *commands]))


def _check_output(output: Path, reports: Path) -> None:
    """Raise InputError if the site must not be put there."""
    if output.is_relative_to(reports) or reports.is_relative_to(output):
        raise InputError(f"--output: {output} and {reports} lie one in the other; name a folder apart from the reports")
    if output.exists() and not output.is_dir():
        raise InputError(f"--output: {output} is a file; name a folder")
    foreign = sorted(set(_list_paths(output)) - _read_marker(output))
    if foreign:
        raise InputError(
            f"--output: {output} holds {foreign[0]}, which `publish` did not put there; name a new or an empty folder, "
            "or move that away"
        )


def _read_marker(output: Path) -> set[str]:
    """Return the paths that a site lists as its own; none if there is no site."""
    try:
        made = json.loads((output / MARKER).read_bytes())
    except (OSError, ValueError):
        return set()
    return {path for path in made if isinstance(path, str)} if isinstance(made, list) else set()


def _list_paths(folder: Path) -> list[str]:
    """Return the relative paths of all files and folders in a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@contextmanager
def _replace_folder(output: Path) -> Iterator[Path]:
    """Yield a new folder, which replaces the output at the end unless an error is raised."""
    new, old = (output.with_name(f".{output.name}.{os.getpid()}.{age}") for age in ("new", "old"))
    new.mkdir(parents=True)
    try:
        yield new
        if output.exists():
            output.rename(old)
        new.rename(output)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        if old.exists() and not output.exists():
            old.rename(output)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _build(folder: Path, reports: Path, entries: Sequence[Entry]) -> None:
    for entry in entries:
        _copy(reports / entry.folder, folder / entry.folder)
    (folder / site.PAGE).write_bytes(site.render(entries).encode())
    (folder / NO_JEKYLL).touch()
    (folder / MARKER).write_text(json.dumps([MARKER, *_list_paths(folder)], indent=1) + "\n")


def _copy(run: Path, into: Path) -> None:
    """Copy the public files of a run folder; the logs of its servers stay behind."""
    (into / CHARTS).mkdir(parents=True)
    drawings = [f"{CHARTS}/{path.name}" for path in (run / CHARTS).glob("*.svg")]
    for name in (*_RUN_FILES, *drawings):
        if (run / name).is_file():
            shutil.copyfile(run / name, into / name)


def _print_site(found: Sequence[Entry], output: Path, *, as_json: bool) -> None:
    published = [entry for entry in found if entry.problem is None]
    others = {entry.folder: entry.problem for entry in found if entry.problem is not None}
    page = output / site.PAGE
    if as_json:
        reports = [
            {"title": entry.title, "started_at": entry.started_at, "page": f"{entry.folder}/{site.PAGE}"}
            for entry in published
        ]
        print(json.dumps({"page": str(page), "reports": reports, "left_out": others}, indent=2, ensure_ascii=False))
    else:
        print(*(f"left out: {folder} ({problem})" for folder, problem in others.items()), page, sep="\n")
