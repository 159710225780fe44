"""Secrets: values from the environment, read where they are used, and kept out of everything that is written.

Rule 1: files have `$NAME` (string.Template); the value takes its place in memory only.
Rule 2: quotes (of an answer, a log, an error) are redacted before they are cut short and before they are recorded.
"""

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from string import Template
from typing import Any
from urllib.parse import quote, quote_plus

PIECE = 12
"""This many characters of a secret in a row count as all of it, since a quote may have been cut short."""

_NO_UTF_8 = "surrogateescape"
"""How Python decodes bytes of the environment that are not UTF-8."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The values of some variables, by name; its repr does not show them."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    def expanded(self, template: str) -> str:
        """Return a template with the values in place of the names; raise KeyError if a variable has no value."""
        return Template(template).substitute(self.values)

    def redacted(self, text: str) -> str:
        """Return a text with names in place of the values and long pieces of them, however these are escaped."""
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
    """Return the fault of a template, None if it has none."""
    if Template(template).is_valid():
        return None
    return "expected $NAME or ${NAME} for a variable of the environment, or $$ for a dollar sign, after each '$'"


def names_in(templates: Iterable[str]) -> list[str]:
    """Return the variables that templates name, each once."""
    return list(dict.fromkeys(name for template in templates for name in Template(template).get_identifiers()))


def not_set(names: Iterable[str], known: Container[str]) -> str | None:
    """Return which of these variables are not set, and how to set them; None if all are."""
    missing = [name for name in names if name not in known]
    if not missing:
        return None
    are = "is" if len(missing) == 1 else "are"
    commands = "; ".join(f"export {name}=..." for name in missing)
    return f"{' and '.join(f'${name}' for name in missing)}, which {are} not set; {commands}"


def texts_in(data: Any) -> Iterator[str]:
    """Yield every text in JSON data except keys."""
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
    """Return JSON data with the values in place of the names, in every text except keys."""
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
    """Return a text with a name in place of a secret and of every long piece of it."""
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
