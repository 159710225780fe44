"""The user's own apps: their keys in a matrix, and the places of their folders and files."""

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from harness.matrix.catalog import scenario_catalog
from harness.matrix.kinds import (
    Check,
    Key,
    Kind,
    json_data,
    key,
    list_of,
    mapping,
    mapping_of,
    model_kind,
    name,
    text,
    whole,
)
from harness.matrix.positions import Entries, Problem, quote
from harness.model.apps import Expected, Method, OwnApp, OwnEndpoint
from harness.model.secrets import wrong_template

RESERVED = ("all", "baseline")
"""Words with a meaning of their own in every place for a name, so that nothing else can have that name."""

METHODS: tuple[Method, ...] = get_args(Method)
BODIES = ("json", "form", "body")
PIP_OPTIONS = ("-r", "-c", "-e")
"""The options of pip that name a file or a folder; an app may require nothing with another option."""

_OUR_HEADERS = ("connection", "content-length", "transfer-encoding", "matrix-")
"""The beginnings of the headers that the harness writes itself."""


def _matches(pattern: str, expected: str) -> Check:
    """Return the check that a whole text matches a pattern."""
    return lambda written: None if re.fullmatch(pattern, written) else f"expected {expected}, found {quote(written)}"


_wrong_import = _matches(
    r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*(\(\))?",
    "an app such as 'mypackage.main:app' or 'mypackage.main:create_app()'",
)
_wrong_characters = _matches(r"[\w.:() /-]{1,100}", "a name of letters, digits, spaces and any of . : ( ) / - _")
_wrong_endpoint_characters = _matches(r"[A-Za-z0-9_.-]{1,60}", "a name of at most 60 letters, digits and any of . - _")
_wrong_line_for_pip = _matches(
    r"-[rce] +[^ ].*|[A-Za-z0-9._/][^\s]*(\s*[^-\s].*)?",
    "a requirement such as 'django>=5', or '-r FILE', '-c FILE' or '-e FOLDER'",
)
_wrong_header_name = _matches(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", "the name of a header")


def _wrong_app_name(written: str) -> str | None:
    if written in scenario_catalog() or written in RESERVED:
        return f"{quote(written)} is a reserved word; give the app another name"
    return _wrong_characters(written)


def _wrong_endpoint_name(written: str) -> str | None:
    if written in RESERVED:
        return f"{quote(written)} is a reserved word; give the endpoint another name"
    return _wrong_endpoint_characters(written)


def _wrong_path(written: str) -> str | None:
    if not written.startswith("/"):
        return f"expected a path that begins with '/', found {quote(written)}"
    if "#" in written:
        return f"a request has no fragment; leave out '#' and the rest in {quote(written)}"
    if written.partition("?")[0].rstrip("/") == "/_matrix" or written.startswith("/_matrix/"):
        return "the harness answers '/_matrix' itself; ask for another path"
    return wrong_template(written)


def _wrong_header(written: str) -> str | None:
    if written.lower().startswith(_OUR_HEADERS):
        return f"the harness sets {quote(written.lower())} itself; leave it out"
    return _wrong_header_name(written)


def _wrong_header_value(written: str) -> str | None:
    return wrong_template(written) if written.isascii() else f"expected ASCII, found {quote(written)}"


def _method_and_bodies(section: Entries) -> Iterator[Problem]:
    """Yield the problems of the method, the bodies and the answer of an endpoint together."""
    methods = [method.lower() for method in METHODS if method.lower() in section]
    bodies = [body for body in BODIES if body in section]
    if len(methods) != 1:
        found = " and ".join(methods) or "none"
        yield Problem(section.place, f"expected one method with its path, such as `get: /items`, found {found}")
    if len(bodies) > 1:
        found = " and ".join(bodies)
        yield Problem(section.place, f"expected one of {', '.join(BODIES)} at most, found {found}")
    expect = section.get("expect")
    if methods == ["head"] and isinstance(expect, Entries) and "json" in expect:
        yield Problem(expect.key_places["json"], "the answer to HEAD has no body; leave this out")


def _make_endpoint(_: Entries, found: dict[str, Any]) -> OwnEndpoint:
    (method,) = (method for method in METHODS if method.lower() in found)
    return OwnEndpoint(method, found.pop(method.lower()), **found)


_EXPECT = mapping(
    "Expected",
    {
        "status": Key(whole(200, 599), "The status of a good answer; left out, any of 2xx.", examples=[200]),
        "json": Key(
            json_data(),
            "Data that the JSON of a good answer has to hold; its objects may hold more.",
            examples=[{"ok": True}],
        ),
    },
    lambda _, found: Expected(**found),
    may_be_empty=False,
    description="A good answer.",
)
_PATH = text(_wrong_path)
_ENDPOINT_KEYS = {
    **{
        method.lower(): Key(_PATH, f"The path, with its query, that is asked with {method}.", examples=["/items/1"])
        for method in METHODS
    },
    "json": Key(json_data(wrong_template), "The body, as JSON.", examples=[{"name": "x"}]),
    "form": Key(mapping_of(text(wrong_template)), "The body, as a URL-encoded form.", examples=[{"name": "x"}]),
    "body": Key(text(wrong_template, may_have_lines=True), "The body, as text.", examples=["name=x"]),
    "headers": Key(
        mapping_of(text(_wrong_header_value), _wrong_header),
        "Headers of the request.",
        {},
        [{"authorization": "Bearer $TOKEN"}],
    ),
    "expect": Key(_EXPECT, "A good answer: checked before any load, and of every answer under load."),
}
_ENDPOINT = mapping(
    "Endpoint",
    _ENDPOINT_KEYS,
    _make_endpoint,
    may_be_empty=False,
    check=_method_and_bodies,
    description="The request to an endpoint: exactly one method with its path, its body and headers, and the answer.",
    oneOf=[{"required": [method.lower()]} for method in METHODS],
)


@dataclass(frozen=True, slots=True)
class AppKeys:
    """An app of the user's."""

    name: str | None = key(text(_wrong_app_name), "The name of the app; left out, its import string.", "before")
    app: str = key(
        text(_wrong_import),
        "The ASGI app, as `module:attribute`, or as `module:factory()` that makes it; it is not edited.",
        "mypackage.main:app",
        "mypackage.main:create_app()",
        required=True,
    )
    path: str | None = key(
        text(),
        "A directory, relative to this file, that is put on the import path and is the server's working directory; "
        "left out for an app that is installed.",
        "../mypackage",
    )
    requires: tuple[str, ...] = key(
        list_of(text(_wrong_line_for_pip)),
        "Installed by `nox -s matrix` for the app: requirements, or `-r FILE`, `-c FILE`, `-e FOLDER`, places "
        "relative to this file.",
        ["django>=5", "-r ../mypackage/requirements.txt"],
        default=(),
    )
    endpoints: Mapping[str, OwnEndpoint] = key(
        mapping_of(_ENDPOINT, _wrong_endpoint_name),
        "The requests, by a name that stands where a style stands. `$NAME` in a request is a variable of the "
        "environment, and `$$` a dollar sign.",
        {"sync": {"get": "/items/sync", "expect": {"status": 200, "json": {"ok": True}}}},
        required=True,
    )

    def __str__(self) -> str:
        return self.name or self.app


_APP = model_kind(AppKeys)
_NAMED_SCENARIO = name("scenario", tuple(scenario_catalog()), is_open=True)
SCENARIO = Kind(
    lambda value: (_APP if isinstance(value, Entries) else _NAMED_SCENARIO).read(value),
    {"anyOf": [_NAMED_SCENARIO.schema, _APP.schema]},
)
"""The name of a scenario, or a mapping that describes an app of the user's."""

APP_DEFINITIONS = (_APP, _ENDPOINT, _EXPECT)


def relocate(app: AppKeys, folder: Path) -> OwnApp:
    """Return an app whose places, written relative to a folder, are relative to the working directory."""
    path = None if app.path is None else os.path.relpath(folder / app.path)
    requires = list(app.requires)
    for number, (option, place) in enumerate(map(option_and_place, requires)):
        if place is not None:
            requires[number] = f"{option} {os.path.relpath(folder / place)}".strip()
    return OwnApp(app.app, path, tuple(requires), app.endpoints)


def missing_places(app: AppKeys | OwnApp, folder: Path) -> Iterator[str]:
    """Yield every directory and file of an app that is not there; its places are relative to a folder."""
    if app.path is not None and not _is_there(folder / app.path, is_folder=True):
        yield f"no directory {quote(app.path)} to import {app.app} from"
    for required in app.requires:
        option, place = option_and_place(required)
        if place is not None and not _is_there(folder / place):
            yield f"no {'folder' if option == '-e' else 'file'} {quote(place)} to install from"


def for_pip(requirement: str) -> str:
    """Return a requirement, its place relative to the working directory, as a line of a file in any folder."""
    option, place = option_and_place(requirement)
    if place is None:
        return requirement
    absolute = str(Path(place).resolve())
    return f"{option} {shlex.quote(absolute)}" if option else absolute


def option_and_place(requirement: str) -> tuple[str, str | None]:
    """Return the option of a requirement, empty without any, and its file or folder, None without one."""
    option, _, place = requirement.partition(" ")
    if option in PIP_OPTIONS:
        return option, place.strip()
    return "", requirement if requirement.startswith((".", "/")) else None


def distributions(requirements: Iterable[str]) -> list[str]:
    """Return the distributions that requirements are sure to name.

    A place, an address and a requirement on condition name none: `psycopg[binary]>=3.2` names `psycopg`.
    """
    plain = (each for each in requirements if option_and_place(each) == ("", None) and ";" not in each)
    # An address may follow a name, as in `shop @ https://...`.
    names = (re.match(r"[A-Za-z0-9._-]+", each) for each in plain if "/" not in each.partition("@")[0])
    return [name[0] for name in names if name]


def _is_there(place: Path, *, is_folder: bool = False) -> bool:
    try:
        return place.is_dir() if is_folder else place.exists()
    except OSError:  # a name that is too long
        return False
