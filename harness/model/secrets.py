"""Secrets: values from the environment, taken up where they are used, and kept out of all that is written down.

Rule 1: what is written down has `$NAME` (string.Template); the value takes its place in memory only.
Rule 2: whatever was quoted (an answer, a log, an error) is redacted before it is cut short and before it is recorded.
"""

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from string import Template
from typing import Any
from urllib.parse import quote, quote_plus

PIECE = 12
"""So many signs in a row of a secret are as good as the whole: what was quoted may have been cut short by others."""

_NO_UTF_8 = "surrogateescape"
"""How Python has those bytes of the environment that are no UTF-8."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The values of some variables, by name; they are in no representation of it."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    def expanded(self, template: str) -> str:
        """A template with the values in place of the names. Raises KeyError where a variable has no value."""
        return Template(template).substitute(self.values)

    def redacted(self, text: str) -> str:
        """A text with the names in place of the values, however these were escaped, and of longer pieces of them."""
        # The longest first: one value may be part of another.
        for form, name in sorted(self._forms(), key=lambda pair: len(pair[0]), reverse=True):
            text = _without(text, form, f"${name}")
        return text

    def _forms(self) -> Iterator[tuple[str, str]]:
        for name, value in self.values.items():
            as_bytes = value.encode(errors=_NO_UTF_8)
            escaped = (escape(value), json.dumps(value)[1:-1], repr(value)[1:-1], repr(as_bytes)[2:-1])
            forms = (value, *escaped, quote(as_bytes, safe=""), quote_plus(as_bytes))
            yield from ((form, name) for form in dict.fromkeys(forms) if form)


def wrong_template(template: str) -> str | None:
    """What is wrong with a template, or None where nothing is."""
    if Template(template).is_valid():
        return None
    return "expected $NAME or ${NAME} for a variable of the environment, or $$ for a dollar sign, after each '$'"


def names_in(templates: Iterable[str]) -> list[str]:
    """The variables that templates name, each once."""
    return list(dict.fromkeys(name for template in templates for name in Template(template).get_identifiers()))


def not_set(names: Iterable[str], known: Container[str]) -> str | None:
    """Which of these variables are not among those that are known, and how to set them; None where all are."""
    missing = [name for name in names if name not in known]
    if not missing:
        return None
    are = "is" if len(missing) == 1 else "are"
    commands = "; ".join(f"export {name}=..." for name in missing)
    return f"{' and '.join(f'${name}' for name in missing)}, which {are} not set; {commands}"


def texts_in(data: Any) -> Iterator[str]:
    """Every text in JSON data, keys aside."""
    match data:
        case str():
            yield data
        case Mapping():
            for value in data.values():
                yield from texts_in(value)
        case list() | tuple():
            for item in data:
                yield from texts_in(item)


def expanded_data(data: Any, secrets: Secrets) -> Any:
    """JSON data with the values in place of the names, in every text but the keys."""
    match data:
        case str():
            return secrets.expanded(data)
        case Mapping():
            return {key: expanded_data(value, secrets) for key, value in data.items()}
        case list() | tuple():
            return [expanded_data(item, secrets) for item in data]
        case _:
            return data


def _without(text: str, secret: str, name: str) -> str:
    """A text in which a name stands for every run of signs that is a secret, or a piece of one that is long enough."""
    size = min(len(secret), PIECE)
    pieces = {secret[start : start + size] for start in range(len(secret) - size + 1)}
    if not any(piece in text for piece in pieces):
        return text
    parts: list[str] = []
    kept = hidden_until = 0
    for start in range(len(text) - size + 1):
        if text[start : start + size] in pieces:
            if start > hidden_until or not parts:
                parts += [text[kept:start], name]
            kept = hidden_until = start + size
    return "".join([*parts, text[kept:]])
