"""The user's own apps: the place and requirements of each, and the requests to it.

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
    """The answer that an endpoint must give.

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
        form = self.form or {}
        return names_in([self.path, *self.headers.values(), *texts_in(self.json), *form.values(), self.body or ""])


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


def find_missing(expected: Any, found: Any, where: str = "the JSON") -> str | None:
    """Say which expected data is missing from the data found; None if nothing is."""
    return next(_list_missing(expected, found, where), None)


def _list_missing(expected: Any, found: Any, where: str) -> Iterator[str]:
    match expected, found:
        case dict(), dict():
            for key, value in expected.items():
                name = json.dumps(key, ensure_ascii=False)
                if key in found:
                    yield from _list_missing(value, found[key], f"{where}[{name}]")
                else:
                    yield f"{where} has no {name}"
        case list(), list() if len(expected) == len(found):
            for index, (one, other) in enumerate(zip(expected, found, strict=True)):
                yield from _list_missing(one, other, f"{where}[{index}]")
        case list(), list():
            yield f"{where} has {len(found)} items, {len(expected)} were expected"
        # To Python, true is 1 and false is 0.
        case _ if isinstance(expected, bool) != isinstance(found, bool) or expected != found:
            yield f"{where} is {_show(found)}, {_show(expected)} was expected"


def _show(data: Any) -> str:
    if isinstance(data, dict | list):
        return "an object" if isinstance(data, dict) else "a list"
    return json.dumps(data, ensure_ascii=False)
