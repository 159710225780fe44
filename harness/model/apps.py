"""The user's own apps: where each is found, what it needs, and the requests to it.

Texts that are sent are templates (`$NAME` stands for an environment variable), and stay so in a plan.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.model.secrets import names_in, texts_in

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the answer of an endpoint has to be.

    A `status` of None allows any 2xx. `json` is data that the JSON body has to hold, None for any body: an object may
    hold more than expected, a list may not.
    """

    status: int | None = None
    json: Any = None


@dataclass(frozen=True, slots=True)
class OwnEndpoint:
    """One request, which takes the place of a style; it has at most one of `json`, `form` and `body`."""

    method: Method
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    body: str | None = None
    expect: Expected = Expected()

    @property
    def variables(self) -> list[str]:
        """Return the environment variables that its request takes."""
        return names_in(self._templates())

    def _templates(self) -> Iterator[str]:
        yield self.path
        yield from self.headers.values()
        yield from texts_in(self.json)
        yield from (self.form or {}).values()
        yield self.body or ""


@dataclass(frozen=True, slots=True)
class OwnApp:
    """An ASGI app of the user's, as `module:attribute`, or `module:factory()`.

    `path` is put on the import path and is the server's working directory, `requires` are lines for pip; both are
    relative to the working directory of the harness.
    """

    app: str
    path: str | None
    requires: tuple[str, ...]
    endpoints: Mapping[str, OwnEndpoint]

    @property
    def variables(self) -> list[str]:
        """Return the environment variables that its requests take."""
        return list(dict.fromkeys(name for endpoint in self.endpoints.values() for name in endpoint.variables))


def missing(expected: Any, found: Any, where: str = "the JSON") -> str | None:
    """Return what is missing from the data that was found, in words; None if it holds everything expected."""
    match expected, found:
        case dict(), dict():
            return _first(_of_object(expected, found, where))
        case list(), list() if len(expected) == len(found):
            pairs = enumerate(zip(expected, found, strict=True))
            return _first(missing(one, other, f"{where}[{place}]") for place, (one, other) in pairs)
        case list(), list():
            return f"{where} has {len(found)} items, {len(expected)} were expected"
    # To Python, true is 1 and false is 0.
    is_same = isinstance(expected, bool) == isinstance(found, bool) and expected == found
    return None if is_same else f"{where} is {_shown(found)}, {_shown(expected)} was expected"


def _of_object(expected: dict[str, Any], found: dict[str, Any], where: str) -> Iterator[str | None]:
    for key, value in expected.items():
        name = json.dumps(key, ensure_ascii=False)
        yield missing(value, found[key], f"{where}[{name}]") if key in found else f"{where} has no {name}"


def _first(problems: Iterator[str | None]) -> str | None:
    return next((problem for problem in problems if problem), None)


def _shown(data: Any) -> str:
    match data:
        case dict():
            return "an object"
        case list():
            return "a list"
        case _:
            return json.dumps(data, ensure_ascii=False)
