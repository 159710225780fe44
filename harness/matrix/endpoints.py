"""What an endpoint of the user's own app may say: one request, and what a good answer to it is."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, get_args

from yaml.nodes import Node, ScalarNode

from harness.matrix.containers import Key, Keys, Named, Section
from harness.matrix.json_data import JsonData
from harness.matrix.kinds import Schema, Text, Whole
from harness.matrix.nodes import Problems, found, meaning_of, shown
from harness.model.apps import Expected, Method, OwnEndpoint
from harness.model.secrets import wrong_template

METHODS: tuple[Method, ...] = get_args(Method)
BODIES = ("json", "form", "body")

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = ("connection", "content-length", "transfer-encoding", "matrix-")
"""The beginnings of the headers that the harness writes itself."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The kind of an endpoint: exactly one method with its path, and what goes with them."""

    def read(self, node: Node, problems: Problems) -> OwnEndpoint | None:
        section = _endpoint_keys().read(node, problems)
        if section is None:
            return None
        methods = [method for method in METHODS if method.lower() in section]
        bodies = [body for body in BODIES if body in section]
        if len(methods) != 1:
            there_are = " and ".join(map(str.lower, methods)) or "none"
            problems.add(node, f"expected one method with its path, such as `get: /items`, found {there_are}")
        if len(bodies) > 1:
            problems.add(node, f"expected one of {', '.join(BODIES)} at most, found {' and '.join(bodies)}")
        expect: Section = (section["expect"].value or {}) if "expect" in section else {}
        if methods == ["HEAD"] and "json" in expect:
            problems.add(expect["json"].place, "the answer to HEAD has no body; leave this out")
        if len(methods) != 1 or any(told.value is None for told in (*section.values(), *expect.values())):
            return None
        return _endpoint_of(methods[0], section, expect)

    def schema(self) -> Schema:
        return {**_endpoint_keys().schema(), "oneOf": [{"required": [method.lower()]} for method in METHODS]}


def _endpoint_keys() -> Keys:
    paths = {
        method.lower(): Key(Text(_wrong_path), f"The path, with its query, that is asked with {method}.", ("/items/1",))
        for method in METHODS
    }
    return Keys(
        {
            **paths,
            "json": Key(JsonData(wrong_template), "The body, as JSON.", ({"name": "x"},)),
            "form": Key(Named(Text(), Text(wrong_template)), "The body, as a URL-encoded form.", ({"name": "x"},)),
            "body": Key(_Body(), "The body, as text.", ("name=x",)),
            "headers": Key(
                Named(Text(_wrong_header), Text(_wrong_header_value)),
                "Headers of the request.",
                ({"authorization": "Bearer $TOKEN"},),
            ),
            "expect": Key(
                Keys(
                    {
                        "status": Key(Whole(200, 599), "The status of a good answer; left out, any of 2xx.", (200,)),
                        "json": Key(
                            JsonData(),
                            "What the JSON of a good answer has to hold; its objects may hold more.",
                            ({"ok": True},),
                        ),
                    },
                    may_be_empty=False,
                ),
                "What a good answer is: checked before any load, and of every answer under load.",
            ),
        },
        may_be_empty=False,
    )


@dataclass(frozen=True, slots=True)
class _Body:
    """Text of one line or several."""

    def read(self, node: Node, problems: Problems) -> str | None:
        if not isinstance(node, ScalarNode) or meaning_of(node) is not None or not node.value:
            problems.add(node, f"expected text, found {found(node)}; put it in quotes to make it text")
            return None
        text: str = node.value
        if any(unicodedata.category(sign) == "Cs" for sign in text):
            problems.add(node, f"expected text, found half a character in {shown(text)}")
        elif refusal := wrong_template(text):
            problems.add(node, refusal)
        else:
            return text
        return None

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1}


def _endpoint_of(method: Method, section: Section, expect: Section) -> OwnEndpoint:
    told: dict[str, Any] = {name: written.value for name, written in section.items()}
    form: Section | None = told.get("form")
    return OwnEndpoint(
        method=method,
        path=told[method.lower()],
        headers={name: written.value for name, written in told.get("headers", {}).items()},
        json=told.get("json"),
        form=None if form is None else {name: written.value for name, written in form.items()},
        body=told.get("body"),
        expect=Expected(**{name: written.value for name, written in expect.items()}),
    )


def _wrong_path(text: str) -> str | None:
    if not text.startswith("/"):
        return f"expected a path that begins with '/', found {shown(text)}"
    if "#" in text:
        return f"a request has no fragment; leave out '#' and what follows in {shown(text)}"
    if text.partition("?")[0].rstrip("/") == "/_matrix" or text.startswith("/_matrix/"):
        return "the harness answers '/_matrix' itself; ask for another path"
    return wrong_template(text)


def _wrong_header(text: str) -> str | None:
    if not _HEADER.fullmatch(text):
        return f"expected the name of a header, found {shown(text)}"
    if text.lower().startswith(_OURS):
        return f"the harness writes {shown(text.lower())} itself; leave it out"
    return None


def _wrong_header_value(text: str) -> str | None:
    return wrong_template(text) if text.isascii() else f"expected ASCII, found {shown(text)}"
