"""The user's own apps: what a matrix may say of them, and where their folders and files lie."""

import os
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, get_args

from pydantic import ConfigDict, Field

from harness.matrix.catalog import scenario_catalog
from harness.matrix.kinds import Keys, Kind, json_data, lines, model_kind, name, text, whole
from harness.matrix.positions import KEY, PathSteps, Section, quote
from harness.model.apps import Expected, Method, OwnApp, OwnEndpoint
from harness.model.secrets import wrong_template

RESERVED = ("all", "baseline")
"""Words that have a meaning wherever a name may stand: nothing can be called that."""

METHODS: tuple[Method, ...] = get_args(Method)
BODIES = ("json", "form", "body")
PIP_OPTIONS = ("-r", "-c", "-e")
"""The options of pip that name a file or a folder; an app may require nothing with another option."""

_IMPORT = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*(\(\))?")
_ENDPOINT = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_APP_NAME = re.compile(r"[\w.:() /-]{1,100}")
_REQUIREMENT = re.compile(r"[A-Za-z0-9._/][^\s]*(\s*[^-\s].*)?")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OUR_HEADERS = ("connection", "content-length", "transfer-encoding", "matrix-")
"""The beginnings of the headers that the harness writes itself."""


def _wrong_import(written: str) -> str | None:
    if _IMPORT.fullmatch(written):
        return None
    return f"expected an app such as 'mypackage.main:app' or 'mypackage.main:create_app()', found {quote(written)}"


def _wrong_app_name(written: str) -> str | None:
    if written in scenario_catalog() or written in RESERVED:
        return f"{quote(written)} is a reserved word; give the app another name"
    if not _APP_NAME.fullmatch(written):
        return f"expected a name of letters, digits, spaces and any of . : ( ) / - _, found {quote(written)}"
    return None


def _wrong_requirement(written: str) -> str | None:
    option, place = option_and_place(written)
    if place if option else _REQUIREMENT.fullmatch(written):
        return None
    return f"expected a requirement such as 'django>=5', or '-r FILE', '-c FILE' or '-e FOLDER', found {quote(written)}"


def _wrong_endpoint_name(written: str) -> str | None:
    if written in RESERVED:
        return f"{quote(written)} is a reserved word; give the endpoint another name"
    if not _ENDPOINT.fullmatch(written):
        return f"expected a name of at most 60 letters, digits and any of . - _, found {quote(written)}"
    return None


def _wrong_path(written: str) -> str | None:
    if not written.startswith("/"):
        return f"expected a path that begins with '/', found {quote(written)}"
    if "#" in written:
        return f"a request has no fragment; leave out '#' and what follows in {quote(written)}"
    if written.partition("?")[0].rstrip("/") == "/_matrix" or written.startswith("/_matrix/"):
        return "the harness answers '/_matrix' itself; ask for another path"
    return wrong_template(written)


def _wrong_header(written: str) -> str | None:
    if not _HEADER.fullmatch(written):
        return f"expected the name of a header, found {quote(written)}"
    if written.lower().startswith(_OUR_HEADERS):
        return f"the harness sets {quote(written.lower())} itself; leave it out"
    return None


def _wrong_header_value(written: str) -> str | None:
    return wrong_template(written) if written.isascii() else f"expected ASCII, found {quote(written)}"


class ExpectKeys(Keys):
    """What a good answer is."""

    may_be_empty: ClassVar[bool] = False
    status: Annotated[int | None, whole(200, 599)] = Field(
        None, description="The status of a good answer; left out, any of 2xx.", examples=[200]
    )
    json_body: Annotated[Any, json_data()] = Field(
        None,
        alias="json",
        description="What the JSON of a good answer has to hold; its objects may hold more.",
        examples=[{"ok": True}],
    )


def _path_field(method: Method) -> Any:
    return Field(None, description=f"The path, with its query, that is asked with {method}.", examples=["/items/1"])


_Path = Annotated[str | None, text(_wrong_path)]


class EndpointKeys(Keys):
    """What is asked of an endpoint: exactly one method with its path, and what goes with them."""

    may_be_empty: ClassVar[bool] = False
    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [method.lower()]} for method in METHODS]})

    get: _Path = _path_field("GET")
    post: _Path = _path_field("POST")
    put: _Path = _path_field("PUT")
    patch: _Path = _path_field("PATCH")
    delete: _Path = _path_field("DELETE")
    head: _Path = _path_field("HEAD")
    json_body: Annotated[Any, json_data(wrong_template)] = Field(
        None, alias="json", description="The body, as JSON.", examples=[{"name": "x"}]
    )
    form: dict[str, Annotated[str, text(wrong_template)]] | None = Field(
        None, description="The body, as a URL-encoded form.", examples=[{"name": "x"}]
    )
    body: Annotated[str | None, lines(wrong_template)] = Field(
        None, description="The body, as text.", examples=["name=x"]
    )
    headers: dict[Annotated[str, text(_wrong_header)], Annotated[str, text(_wrong_header_value)]] = Field(
        {}, description="Headers of the request.", examples=[{"authorization": "Bearer $TOKEN"}]
    )
    expect: ExpectKeys | None = Field(
        None, description="What a good answer is: checked before any load, and of every answer under load."
    )

    @classmethod
    def check_together(cls, section: Section) -> Iterator[tuple[PathSteps, str]]:
        """Yield what is wrong with the method, the bodies and the answer together."""
        methods = [method.lower() for method in METHODS if method.lower() in section]
        bodies = [body for body in BODIES if body in section]
        if len(methods) != 1:
            found = " and ".join(methods) or "none"
            yield (), f"expected one method with its path, such as `get: /items`, found {found}"
        if len(bodies) > 1:
            yield (), f"expected one of {', '.join(BODIES)} at most, found {' and '.join(bodies)}"
        expect = section.get("expect")
        if methods == ["head"] and isinstance(expect, Section) and "json" in expect:
            yield ("expect", "json", KEY), "the answer to HEAD has no body; leave this out"

    def endpoint(self) -> OwnEndpoint:
        """Return the endpoint as a plan holds it."""
        method = next(method for method in METHODS if getattr(self, method.lower()) is not None)
        expect = Expected(self.expect.status, self.expect.json_body) if self.expect else Expected()
        path = getattr(self, method.lower())
        return OwnEndpoint(method, path, self.headers, self.json_body, self.form, self.body, expect)


class AppKeys(Keys):
    """An app of the user's."""

    name: Annotated[str | None, text(_wrong_app_name)] = Field(
        None, description="What the app is called; left out, what it is imported by.", examples=["before"]
    )
    app: Annotated[str, text(_wrong_import)] = Field(
        description="The ASGI app, as `module:attribute`, or as `module:factory()` that makes it; it is not edited.",
        examples=["mypackage.main:app", "mypackage.main:create_app()"],
    )
    path: Annotated[str | None, text()] = Field(
        None,
        description="A directory, relative to this file, that is put on the import path and is the server's working "
        "directory; left out for an app that is installed.",
        examples=["../mypackage"],
    )
    requires: tuple[Annotated[str, text(_wrong_requirement)], ...] = Field(
        (),
        description="What `nox -s matrix` installs for the app: requirements, or `-r FILE`, `-c FILE`, `-e FOLDER`, "
        "places relative to this file.",
        examples=[["django>=5", "-r ../mypackage/requirements.txt"]],
    )
    endpoints: dict[Annotated[str, text(_wrong_endpoint_name)], EndpointKeys] = Field(
        description="What is asked, by a name that stands where a style stands. `$NAME` in what is sent is a variable "
        "of the environment, and `$$` a dollar sign.",
        examples=[{"sync": {"get": "/items/sync", "expect": {"status": 200, "json": {"ok": True}}}}],
    )

    def __str__(self) -> str:
        """Return the name of the app in the matrix."""
        return self.name or self.app

    def own_app(self) -> OwnApp:
        """Return the app as it is written, its places relative to the matrix file."""
        endpoints = {name: endpoint.endpoint() for name, endpoint in self.endpoints.items()}
        return OwnApp(self.app, self.path, self.requires, endpoints)


def scenario_kind() -> Kind:
    """Return the kind of a scenario: its name, or a mapping that describes an app of the user's."""
    named = name("scenario", tuple(scenario_catalog()), is_open=True)

    app = model_kind(AppKeys)

    def read(value: Any) -> Any:
        return app.read(value) if isinstance(value, Section) else named.read(value)

    return Kind(read, {"anyOf": [named.schema, app.schema]})


def relocate(app: OwnApp, folder: Path) -> OwnApp:
    """Return an app whose places, written relative to a folder, are relative to the working directory."""
    path = None if app.path is None else os.path.relpath(folder / app.path)
    return replace(app, path=path, requires=tuple(_relocate_requirement(each, folder) for each in app.requires))


def missing_places(app: OwnApp, folder: Path) -> Iterator[str]:
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
    return [_distribution(each) for each in requirements if _names_one(each)]


def _distribution(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    return match[0] if match else requirement


def _names_one(requirement: str) -> bool:
    # An address may follow a name, as in `shop @ https://...`.
    is_address = "/" in requirement.partition("@")[0]
    return option_and_place(requirement) == ("", None) and not is_address and ";" not in requirement


def _is_there(place: Path, *, is_folder: bool = False) -> bool:
    try:
        return place.is_dir() if is_folder else place.exists()
    except OSError:  # a name that is too long
        return False


def _relocate_requirement(requirement: str, folder: Path) -> str:
    option, place = option_and_place(requirement)
    return requirement if place is None else f"{option} {os.path.relpath(folder / place)}".strip()
