"""The kinds of values in a matrix file: how each is read, and its JSON Schema.

A reader takes a value of the tree. It returns the meaning of the value, or raises `UnreadableError` with every problem.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Any, NoReturn

from harness.matrix.positions import Entries, Items, Place, Problem, Scalar, describe, items_of, quote, unknown
from harness.matrix.source import wrong_text

JsonSchema = dict[str, Any]
Check = Callable[[str], str | None]
"""Returns the problem with a text, or None if it is good."""

UNITS_US = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000}
_DURATION = "([1-9][0-9]{0,5})(us|ms|s|m)"
_LONGEST_S = 3600.0
SHARE = r"((?:0|[1-9][0-9]?)(?:\.[0-9]{1,3})?)%"
_DIGITS = re.compile(r"0|[1-9][0-9]*")

_JSON_VALUE = re.compile(r"true|false|null|-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,16})?")
"""The values that JSON and YAML read alike, numbers not so long that a program would round them."""


class UnreadableError(ValueError):
    """Every problem with a value; `keys` are the keys of a mapping that could not be read."""

    def __init__(self, problems: Iterable[Problem], keys: Iterable[str] = ()) -> None:
        super().__init__(problems)
        self.problems = list(problems)
        self.keys = frozenset(keys)


def refuse(value: Scalar | Items | Entries, text: str) -> NoReturn:
    """Raise UnreadableError with a single problem, where a value stands."""
    raise UnreadableError([Problem(value.place, text)])


@contextmanager
def collect(problems: list[Problem]) -> Iterator[None]:
    """Add the problems of an unreadable value to others, and go on."""
    try:
        yield
    except UnreadableError as error:
        problems += error.problems


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value. The schema of a mapping with a name is a reference to its `definition`."""

    read: Callable[[Any], Any]
    schema: JsonSchema
    name: str = ""
    definition: JsonSchema = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a mapping; `default` is written as in a matrix, None for a key that is simply left out."""

    kind: Kind
    description: str
    default: Any = None
    examples: Sequence[Any] = ()
    required: bool = False

    def missing(self, name: str) -> str:
        """Return that the key is missing, and its meaning."""
        return f"the key {name!r} is missing: {self.description}"

    def read_default(self) -> Any:
        """Return the value that counts if the key is left out."""
        start = Place(1, 1)
        match self.default:
            case None:
                return None
            case dict():
                return self.kind.read(Entries(start))
            case tuple():
                return self.kind.read(Items((), start))
            case written:
                return self.kind.read(Scalar(str(written), start))

    def schema(self) -> JsonSchema:
        """Return the JSON Schema of the key."""
        described = self.kind.schema | {"description": self.description}
        if self.default is not None:
            described["default"] = list(self.default) if self.default == () else self.default
        return described | ({"examples": list(self.examples)} if self.examples else {})


def key(kind: Kind, description: str, *examples: Any, default: Any = None, required: bool = False) -> Any:
    """Return the field of a dataclass that holds the value of a key."""
    return field(metadata={"key": Key(kind, description, default, examples, required)})


def keys_of(model: Any) -> dict[str, Key]:
    """Return the keys that the fields of a dataclass hold."""
    return {each.name: each.metadata["key"] for each in fields(model)}


def mapping(
    name: str,
    keys: Mapping[str, Key],
    make: Callable[[Entries, dict[str, Any]], Any],
    *,
    may_be_empty: bool = True,
    check: Callable[[Entries], Iterable[Problem]] = lambda _: (),
    **schema: Any,
) -> Kind:
    """Return the kind of a mapping with known keys, made from it and the values that are written there.

    `check` returns the problems of the keys together, whether or not their values can be read.
    """

    def read(value: Any) -> Any:
        if not isinstance(value, Entries):
            refuse(value, f"expected a mapping with keys such as {next(iter(keys))!r}, found {describe(value)}")
        if not value and not may_be_empty:
            refuse(value, f"expected at least one of {', '.join(keys)}, found none")
        lacking = [(each, key) for each, key in keys.items() if key.required and each not in value]
        problems = [*unknown_keys(value, keys), *(Problem(value.place, key.missing(each)) for each, key in lacking)]
        problems += check(value)
        found: dict[str, Any] = {}
        for each in (each for each in keys if each in value):
            with collect(problems):
                found[each] = keys[each].kind.read(value[each])
        if problems:
            raise UnreadableError(problems, value.keys() - found.keys())
        return make(value, found)

    definition: JsonSchema = {
        "type": "object",
        "properties": {each: key.schema() for each, key in keys.items()},
        "additionalProperties": False,
        **schema,
    }
    if required := [each for each, key in keys.items() if key.required]:
        definition["required"] = required
    if not may_be_empty:
        definition["minProperties"] = 1
    return Kind(read, {"$ref": f"#/$defs/{name}"}, name, definition)


def model_kind(model: Any, **options: Any) -> Kind:
    """Return the kind of a mapping that is read as a dataclass, whose docstring describes it."""
    keys = keys_of(model)

    def make(_: Entries, found: dict[str, Any]) -> Any:
        return model(**{each: found[each] if each in found else key.read_default() for each, key in keys.items()})

    return mapping(model.__name__, keys, make, description=model.__doc__, **options)


def unknown_keys(section: Entries, known: Mapping[str, Key]) -> Iterator[Problem]:
    """Yield a problem for every key that is not known."""
    for name, place in section.key_places.items():
        if name not in known:
            yield Problem(place, unknown("key", name, known))


def mapping_of(kind: Kind, wrong_name: Check = lambda _: None) -> Kind:
    """Return the kind of a mapping from names of any kind to values of one kind."""

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, Entries):
            refuse(value, f"expected a mapping, found {describe(value)}")
        found: dict[str, Any] = {}
        problems = [Problem(value.key_places[each], text) for each in value if (text := wrong_name(each))]
        wrong = {problem.place for problem in problems}
        for each, held in value.items():
            with collect(problems):
                found[each] = kind.read(held)
        if problems:
            bad = (each for each in value if each not in found or value.key_places[each] in wrong)
            raise UnreadableError(problems, bad)
        return found

    names = {"minLength": 1}
    return Kind(read, {"type": "object", "propertyNames": names, "additionalProperties": kind.schema})


def list_of(kind: Kind, *, are_different: bool = False) -> Kind:
    """Return the kind of a list, perhaps of values that are all different, read as a tuple."""

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, Items):
            refuse(value, f"expected a list, found {describe(value)}")
        found: list[Any] = []
        problems: list[Problem] = []
        for item in value:
            with collect(problems):
                each = kind.read(item)
                if are_different and str(each) in map(str, found):
                    refuse(item, f"{quote(str(each))} is listed twice; list it once")
                found.append(each)
        if problems:
            raise UnreadableError(problems)
        return tuple(found)

    return Kind(read, {"type": "array", "items": kind.schema})


def several(kind: Kind) -> Kind:
    """Return the kind of a value, or a list of different ones, read as a tuple either way."""
    every = list_of(kind, are_different=True)

    def read(value: Any) -> Any:
        if value == []:
            refuse(value, "expected at least one value, found an empty list")
        return every.read(Items(items_of(value), value.place))

    array: JsonSchema = {**every.schema, "minItems": 1, "uniqueItems": True}
    return Kind(read, {"anyOf": [*kind.schema.get("anyOf", [kind.schema]), array]})


def whole(minimum: int, maximum: int, *words: str) -> Kind:
    """Return the kind of a whole number in plain decimal digits, or one of some words instead."""
    expected = " or ".join([f"a whole number from {minimum} to {maximum} in plain digits", *map(repr, words)])

    def read(value: Any) -> int | str:
        if isinstance(value, Scalar) and value.text in words:
            return value.text
        is_number = isinstance(value, Scalar) and not value.is_quoted and _DIGITS.fullmatch(value.text)
        # The length first: Python refuses to turn endless digits into a number.
        if is_number and len(value.text) <= len(str(maximum)) and minimum <= int(value.text) <= maximum:
            return int(value.text)
        refuse(value, f"expected {expected}, found {quote(value.text) if is_number else describe(value)}")

    number: JsonSchema = {"type": "integer", "minimum": minimum, "maximum": maximum}
    return Kind(read, {"anyOf": [number, *({"const": word} for word in words)]} if words else number)


def text(check: Check = lambda _: None, *, may_have_lines: bool = False) -> Kind:
    """Return the kind of a text that passes a check, on one line unless it may have several."""

    def read(value: Any) -> str:
        if not isinstance(value, Scalar):
            refuse(value, f"expected text, found {describe(value)}")
        if problem := (_wrong_lines if may_have_lines else wrong_text)(value) or check(value.text):
            refuse(value, problem)
        return value.text

    return Kind(read, {"type": "string", "minLength": 1})


def name(kind: str, names: Sequence[str], *, is_open: bool = False) -> Kind:
    """Return the kind of one of these names; an open one is checked later, against the whole file."""

    def read(value: Any) -> str:
        if not isinstance(value, Scalar) or value.meaning or not value.text:
            refuse(value, f"expected {' or '.join(names)}, found {describe(value)}")
        if problem := wrong_text(value) or (
            None if is_open or value.text in names else unknown(kind, value.text, names)
        ):
            refuse(value, problem)
        return value.text

    closed: JsonSchema = {"enum": list(names)}
    return Kind(read, {"anyOf": [closed, text().schema]} if is_open else closed)


def duration(least_s: float = 0.0, why: str = "") -> Kind:
    """Return the kind of a whole number with a unit, read as seconds; `why` explains the least that it may be."""

    def read(value: Any) -> float:
        match = re.fullmatch(_DURATION, value.text) if isinstance(value, Scalar) else None
        duration_s = int(match[1]) * UNITS_US[match[2]] / 1e6 if match else None
        if duration_s is None or duration_s > _LONGEST_S:
            refuse(value, f"expected a duration such as 250us, 100ms, 2s or 1m, at most 60m, found {describe(value)}")
        if duration_s < least_s:
            refuse(value, f"{describe(value)} is too short: {why}")
        return duration_s

    return Kind(read, {"type": "string", "pattern": f"^{_DURATION}$"})


def share() -> Kind:
    """Return the kind of a percentage between 0% and 100%, read as a fraction of 1."""

    def read(value: Any) -> float:
        match = re.fullmatch(SHARE, value.text) if isinstance(value, Scalar) else None
        if match is None or float(match[1]) == 0:
            refuse(value, f"expected a share such as 5% or 2.5%, below 100%, found {describe(value)}")
        return float(match[1]) / 100

    return Kind(read, {"type": "string", "pattern": f"^{SHARE}$"})


def hinted(kind: Kind, mistaken: tuple[type, ...], hint: str) -> Kind:
    """Return the same kind with a hint for people who write a value of a mistaken type."""

    def read(value: Any) -> Any:
        try:
            return kind.read(value)
        except UnreadableError as error:
            if not isinstance(value, mistaken):
                raise
            raise UnreadableError(Problem(each.place, f"{each.text}; {hint}") for each in error.problems) from None

    return Kind(read, kind.schema, kind.name, kind.definition)


def json_data(check: Check = lambda _: None) -> Kind:
    """Return the kind of JSON data other than a bare `null`, whose texts pass a check.

    It takes only values that YAML and JSON read alike.
    """

    def read(value: Any) -> Any:
        problems: list[Problem] = []
        data = _nested_json(value, check, problems)
        if problems:
            raise UnreadableError(problems)
        if data is None:
            refuse(value, f"expected JSON, found {describe(value)}; write some, or leave the key out")
        return data

    return Kind(read, {"type": ["object", "array", "string", "number", "boolean"]})


def _nested_json(value: Any, check: Check, problems: list[Problem]) -> Any:
    match value:
        case Items():
            return [_nested_json(item, check, problems) for item in value]
        case Entries():
            return {key: _nested_json(item, check, problems) for key, item in value.items()}
    written: str = value.text
    if value.meaning:
        if _JSON_VALUE.fullmatch(written):
            return json.loads(written)
        advice = "write it as JSON has it, or in quotes to make it text"
        text = f"expected JSON such as true, null, 1 or 1.5, found {describe(value)}; {advice}"
        problems.append(Problem(value.place, text))
    elif problem := _half_a_character(written) or check(written):
        problems.append(Problem(value.place, problem))
    return written


def _wrong_lines(value: Scalar) -> str | None:
    if value.meaning or not value.text:
        return f"expected text, found {describe(value)}; put it in quotes to make it text"
    return _half_a_character(value.text)


def _half_a_character(written: str) -> str | None:
    if any(unicodedata.category(character) == "Cs" for character in written):
        return f"expected text, found half a character in {quote(written)}"
    return None
