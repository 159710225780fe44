"""Whether JSON data holds what is expected of it: its objects may hold more, its lists may not."""

import json
from typing import Any


def missing(expected: Any, found: Any, where: str = "the JSON") -> str | None:
    """What of the expected data another does not hold, in words, or None where it holds all of it."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key, value in expected.items():
            if key not in found:
                return f"{where} has no {json.dumps(key)}"
            if problem := missing(value, found[key], f"{where}[{json.dumps(key)}]"):
                return problem
        return None
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return f"{where} has {len(found)} items, {len(expected)} were expected"
        items = enumerate(zip(expected, found, strict=True))
        return next(
            (problem for number, (one, other) in items if (problem := missing(one, other, f"{where}[{number}]"))), None
        )
    # To Python, true is 1 and false is 0.
    if isinstance(expected, bool) == isinstance(found, bool) and expected == found:
        return None
    return f"{where} is {_shown(found)}, {_shown(expected)} was expected"


def _shown(data: Any) -> str:
    match data:
        case dict():
            return "an object"
        case list():
            return "a list"
        case _:
            return json.dumps(data, ensure_ascii=False)
