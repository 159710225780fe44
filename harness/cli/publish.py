"""The command `publish`: make a small static site of a folder of reports, which opens from a disk and at any address.

It replaces only sites that it made: a site holds the list of its files, and a folder that holds more than its list is
refused. A new site is built next to its place and moved there at once.
"""

# ruff: noqa: T201 - this module prints

import argparse
import json
import os
import shlex
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.cli import GOOD
from harness.matrix.catalog import read_facts
from harness.model import journal
from harness.model.errors import InputError
from harness.report import index, results, site
from harness.report.chart import CHARTS_FOLDER
from harness.report.folder import MATRIX, REPORT, render_page
from harness.report.index import Entry

MARKER = ".asgi-matrix-site"
"""The file that lists all paths of a site as JSON; only a folder with this file is a site."""

NO_JEKYLL = ".nojekyll"
"""The file that makes GitHub Pages serve the others as they are."""

_RUN_FILES = (REPORT, results.FILE_NAME, journal.PACKED_NAME, journal.FILE_NAME, MATRIX)


def publish(arguments: argparse.Namespace) -> int:
    """Make a site, and print its contents.

    Raises InputError if there is nothing to publish, a journal is bad, or the output must not be replaced.
    """
    reports, output = arguments.reports, arguments.output.resolve()
    found = _read_entries(reports)
    published = [entry for entry in found if entry.problem is None]
    _check_output(output, reports.resolve())
    try:
        with _replace_folder(output) as folder:
            _build_site(folder, reports, published)
    except OSError as error:
        raise InputError(f"--output: cannot make the site {output}: {error.strerror}") from error
    page = str(output / site.PAGE)
    left_out = {entry.folder: entry.problem for entry in found if entry.problem is not None}
    if arguments.json:
        made = [
            {"title": entry.title, "started_at": entry.started_at, "page": f"{entry.folder}/{site.PAGE}"}
            for entry in published
        ]
        print(json.dumps({"page": page, "reports": made, "left_out": left_out}, indent=2, ensure_ascii=False))
    else:
        print(*(f"left out: {name} ({problem})" for name, problem in left_out.items()), page, sep="\n")
    return GOOD


def _read_entries(reports: Path) -> list[Entry]:
    """Return an entry for each folder of `reports`. Raises InputError if there is no report."""
    if not reports.is_dir():
        raise InputError(f"{reports}: there is no such folder; name the one that run folders lie in")
    if (reports / results.FILE_NAME).exists():
        raise InputError(f"{reports}: this is a run folder; name the one that it lies in, {reports.resolve().parent}")
    found = index.collect(reports)
    if all(entry.problem is not None for entry in found):
        output = shlex.quote(str(reports))
        raise InputError(f"{reports}: there is no report in it; make one: python -m harness run --output {output}")
    return found


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


def _build_site(site_folder: Path, reports: Path, entries: Sequence[Entry]) -> None:
    """Copy the public files of each run folder, without the logs of its servers, and add what makes them a site.

    A page that a folder lacks is made from its journal.
    """
    for entry in entries:
        run, into = reports / entry.folder, site_folder / entry.folder
        (into / CHARTS_FOLDER).mkdir(parents=True)
        drawings = [f"{CHARTS_FOLDER}/{path.name}" for path in (run / CHARTS_FOLDER).glob("*.svg")]
        for name in (*_RUN_FILES, *drawings):
            if (run / name).is_file():
                shutil.copyfile(run / name, into / name)
        page = run / site.PAGE
        content = page.read_bytes() if page.is_file() else render_page(run, read_facts()).encode()
        (into / site.PAGE).write_bytes(content)
    (site_folder / site.PAGE).write_bytes(site.render(entries).encode())
    (site_folder / NO_JEKYLL).touch()
    (site_folder / MARKER).write_text(json.dumps([MARKER, *_list_paths(site_folder)], indent=1) + "\n")
