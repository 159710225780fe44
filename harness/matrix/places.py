"""Where the user's own apps lie: places that are written relative to a matrix file, and lines for pip."""

import os
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from harness.matrix.nodes import shown
from harness.model.apps import OwnApp

FILES = ("-r", "-c", "-e")
"""The options of pip that name a file or a folder; no other option may stand among what an app requires."""


def resolved(app: OwnApp, folder: Path) -> OwnApp:
    """An app whose places, written relative to a folder, are relative to the working directory."""
    path = None if app.path is None else os.path.relpath(folder / app.path)
    return replace(app, path=path, requires=tuple(_elsewhere(each, folder) for each in app.requires))


def missing_places(app: OwnApp, folder: Path) -> Iterator[str]:
    """Every directory and file of an app, its places being relative to a folder, that is not there."""
    if app.path is not None and not (folder / app.path).is_dir():
        yield f"no directory {shown(app.path)} to import {app.app} from"
    for required in app.requires:
        option, place = option_and_place(required)
        if place is not None and not (folder / place).exists():
            yield f"no {'folder' if option == '-e' else 'file'} {shown(place)} to install from"


def for_pip(requirement: str) -> str:
    """A requirement, its place being relative to the working directory, as a line of a requirements file anywhere."""
    option, place = option_and_place(requirement)
    if place is None:
        return requirement
    absolute = str(Path(place).resolve())
    return f"{option} {shlex.quote(absolute)}" if option else absolute


def _elsewhere(requirement: str, folder: Path) -> str:
    option, place = option_and_place(requirement)
    return requirement if place is None else f"{option} {os.path.relpath(folder / place)}".strip()


def option_and_place(requirement: str) -> tuple[str, str | None]:
    """The option of a requirement, empty without any, and the file or folder that it names, None without one."""
    option, _, place = requirement.partition(" ")
    if option in FILES:
        return option, place.strip()
    return "", requirement if requirement.startswith((".", "/")) else None


def distribution_of(requirement: str) -> str:
    """The distribution that a requirement names: `psycopg` for `psycopg[binary,pool]>=3.2`."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    return match[0] if match else requirement


def distributions(requirements: Iterable[str]) -> list[str]:
    """The distributions that requirements name; a place, an address, a requirement on condition name none for sure."""
    return [distribution_of(each) for each in requirements if _names_one(each)]


def _names_one(requirement: str) -> bool:
    # An address may follow a name, as in `shop @ https://...`.
    is_address = "/" in requirement.partition("@")[0]
    return option_and_place(requirement) == ("", None) and not is_address and ";" not in requirement
