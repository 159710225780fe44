"""Check JSON data against expected data: its objects may hold more, its lists may not."""

import json
from collections.abc import Iterator
from typing import Any


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
