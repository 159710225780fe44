"""What `scenario` may say: names of scenarios, and mappings that describe the user's own apps."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yaml.nodes import MappingNode, Node, SequenceNode

from harness.matrix.containers import Key, Keys, ListOf, Named, Section
from harness.matrix.endpoints import Endpoint
from harness.matrix.kinds import Name, Schema, Text
from harness.matrix.nodes import Problems, Written, place_of, shown
from harness.matrix.places import missing_places, option_and_place, resolved
from harness.matrix.reserved import RESERVED
from harness.model.apps import OwnApp

_IMPORT = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*(\(\))?")
_ENDPOINT = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_APP_NAME = re.compile(r"[\w.:() /-]{1,100}")
_REQUIREMENT = re.compile(r"[A-Za-z0-9._/][^\s]*(\s*[^-\s].*)?")

APPS = "apps"
"""Where the apps of `scenario` stand once they are read; in the file it is no key."""


@dataclass(frozen=True, slots=True)
class ToldApp:
    """An app as it was read, and what it is called in the matrix."""

    name: str
    app: OwnApp


@dataclass(frozen=True, slots=True)
class Scenarios:
    """A scenario by its name, an app of the user's as a mapping, or a list of these; read as a tuple either way."""

    names: tuple[str, ...]

    def read(self, node: Node, problems: Problems) -> tuple[Written, ...] | None:
        items = node.value if isinstance(node, SequenceNode) else [node]
        if not items:
            problems.add(node, "expected at least one value, found an empty list")
            return None
        told = [self._one(item, problems) for item in items]
        names = [each.name if isinstance(each, ToldApp) else each for each in told]
        is_good = None not in told
        for number, (item, name) in enumerate(zip(items, names, strict=True)):
            if name is not None and name in names[:number]:
                problems.add(item, f"{shown(name)} is in the list already; name it once")
                is_good = False
        return tuple(Written(each, place_of(item)) for item, each in zip(items, told, strict=True)) if is_good else None

    def schema(self) -> Schema:
        one = {"anyOf": [Name("scenario", self.names).schema(), _app_keys(self.names).schema()]}
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1, "uniqueItems": True}]}

    def _one(self, node: Node, problems: Problems) -> str | ToldApp | None:
        if not isinstance(node, MappingNode):
            return Name("scenario", self.names, is_open=True).read(node, problems)
        noted = Problems()
        section = _app_keys(self.names).read(node, noted)
        for problem in noted:
            problems.add(problem.place, problem.text)
        return None if list(noted) or section is None else _told(section)


def apart(section: Section, folder: Path, problems: Problems) -> Section:
    """A section whose `scenario` holds nothing but names; the apps among them stand by themselves.

    Their places are relative to that folder before, and to the working directory after; one that is not there is a
    problem.
    """
    told: tuple[Written, ...] = (section["scenario"].value if "scenario" in section else None) or ()
    apps: Section = {}
    names = []
    for each in told:
        names.append(Written(each.value.name if isinstance(each.value, ToldApp) else each.value, each.place))
        if isinstance(each.value, ToldApp):
            apps[each.value.name] = Written(resolved(each.value.app, folder), each.place)
            for missing in missing_places(each.value.app, folder):
                problems.add(each.place, f"{missing}; write it relative to this file")
    if not apps:
        return section
    place = section["scenario"].place
    return {**section, "scenario": Written(tuple(names), place), APPS: Written(apps, place)}


def _app_keys(scenarios: tuple[str, ...]) -> Keys:
    def name(text: str) -> str | None:
        if text in (*scenarios, *RESERVED):
            return f"{shown(text)} has a meaning of its own; give the app another name"
        if not _APP_NAME.fullmatch(text):
            return f"expected a name of letters, digits, spaces and any of . : ( ) / - _, found {shown(text)}"
        return None

    return Keys(
        {
            "name": Key(Text(name), "What the app is called; left out, what it is imported by.", ("before",)),
            "app": Key(
                Text(_wrong_import),
                "The ASGI app, as `module:attribute`, or as `module:factory()` that makes it; it is not edited.",
                ("mypackage.main:app", "mypackage.main:create_app()"),
            ),
            "path": Key(
                Text(),
                "A directory, relative to this file, that is put on the import path and is the server's working "
                "directory; left out for an app that is installed.",
                ("../mypackage",),
            ),
            "requires": Key(
                ListOf(Text(_wrong_requirement)),
                "What `nox -s matrix` installs for the app: requirements, or `-r FILE`, `-c FILE`, `-e FOLDER`, places "
                "relative to this file.",
                (["django>=5", "-r ../mypackage/requirements.txt"],),
            ),
            "endpoints": Key(
                Named(Text(_wrong_name), Endpoint()),
                "What is asked, by a name that stands where a style stands. `$NAME` in what is sent is a variable of "
                "the environment, and `$$` a dollar sign.",
                ({"sync": {"get": "/items/sync", "expect": {"status": 200, "json": {"ok": True}}}},),
            ),
        },
        required=("app", "endpoints"),
    )


def _told(section: Mapping[str, Written]) -> ToldApp | None:
    told: dict[str, Any] = {name: written.value for name, written in section.items()}
    if any(value is None for value in told.values()):
        return None
    endpoints = {name: written.value for name, written in told["endpoints"].items()}
    requires = tuple(written.value for written in told.get("requires", ()))
    return ToldApp(told.get("name", told["app"]), OwnApp(told["app"], told.get("path"), requires, endpoints))


def _wrong_import(text: str) -> str | None:
    if _IMPORT.fullmatch(text):
        return None
    return f"expected an app such as 'mypackage.main:app' or 'mypackage.main:create_app()', found {shown(text)}"


def _wrong_requirement(text: str) -> str | None:
    option, place = option_and_place(text)
    if place if option else _REQUIREMENT.fullmatch(text):
        return None
    return f"expected a requirement such as 'django>=5', or '-r FILE', '-c FILE' or '-e FOLDER', found {shown(text)}"


def _wrong_name(text: str) -> str | None:
    if text in RESERVED:
        return f"{shown(text)} has a meaning of its own; give the endpoint another name"
    if not _ENDPOINT.fullmatch(text):
        return f"expected a name of at most 60 letters, digits and any of . - _, found {shown(text)}"
    return None
