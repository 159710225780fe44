"""The kinds of values in a matrix file: how pydantic reads each of them, and what the JSON Schema says of it.

A reader takes a value of the tree. It returns what the value means, or raises `UnreadableError` with all that is wrong.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn, Self

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from harness.matrix.catalog import axis_names
from harness.matrix.positions import KEY, Items, PathSteps, Place, Scalar, Section, describe, quote, unknown
from harness.matrix.source import wrong_text
from harness.model import axes
from harness.model.axes import Catalog

JsonSchema = dict[str, Any]
Check = Callable[[str], str | None]
"""Returns what is wrong with a text, or None if it is good."""

UNITS_US = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000}
_DURATION = re.compile(r"([1-9][0-9]{0,5})(us|ms|s|m)")
_LONGEST_S = 3600.0
SHARE = r"((?:0|[1-9][0-9]?)(?:\.[0-9]{1,3})?)%"
_DIGITS = re.compile(r"0|[1-9][0-9]*")

_JSON_WORDS = {"true": True, "false": False, "null": None}
_JSON_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,15})")
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,15})\.[0-9]{1,16}")

_OPEN_CATALOGS = (Catalog.SCENARIOS, Catalog.SERVERS, Catalog.STYLES)
"""The catalogs to which a matrix file adds names of its own, so that names are checked when all of it is read."""

_EXPECTED = {"dict_type": "a mapping", "list_type": "a list", "tuple_type": "a list"}
"""What pydantic missed, by the type of its error."""


class UnreadableError(ValueError):
    """Everything that is wrong with a value: texts, each with the steps from the value to where it belongs."""

    def __init__(self, *problems: tuple[PathSteps, str]) -> None:
        super().__init__(problems)
        self.problems = problems


def refuse(text: str, *steps: str | int) -> NoReturn:
    """Raise UnreadableError with a single problem."""
    raise UnreadableError((steps, text))


def problems_in(error: ValidationError | UnreadableError) -> list[tuple[PathSteps, str]]:
    """Return everything that is wrong, each with the steps to it."""
    if isinstance(error, UnreadableError):
        return list(error.problems)
    problems: list[tuple[PathSteps, str]] = []
    for each in error.errors(include_url=False):
        if each["type"] == "missing":
            continue
        cause = each.get("ctx", {}).get("error")
        if isinstance(cause, UnreadableError):
            problems += [((*each["loc"], *steps), text) for steps, text in cause.problems]
        else:
            problems.append((each["loc"], f"expected {_EXPECTED[each['type']]}, found {describe(each['input'])}"))
    return problems


MODEL = "x-model"
"""The key of a JSON Schema that names the model which describes the rest."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value, to annotate a field of a model with."""

    read: Callable[[Any], Any]
    schema: JsonSchema

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(lambda value: self.read(_as_written(value)))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        return dict(self.schema)


class Keys(BaseModel):
    """A mapping with known keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    may_be_empty: ClassVar[bool] = True

    @classmethod
    def check_together(cls, section: Section) -> Iterator[tuple[PathSteps, str]]:  # noqa: ARG003 - a model may use it
        """Yield what is wrong with the keys of a mapping together, whether or not their values can be read."""
        yield from ()

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        described = handler(schema)
        if not cls.may_be_empty:
            handler.resolve_ref_schema(described)["minProperties"] = 1
        return described

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, section: Any, read: Callable[[Any], Self]) -> Self:
        """Read the mapping, and say everything that is wrong with it in our own words."""
        fields = cls.model_fields
        # A model that is made from the table of axes has these before what it inherits.
        in_order = dict.fromkeys([*(name for name in cls.__annotations__ if name in fields), *fields])
        known = {fields[name].alias or name: fields[name] for name in in_order}
        if not isinstance(section, Section):
            refuse(f"expected a mapping with keys such as {next(iter(known))!r}, found {describe(section)}")
        if not section and not cls.may_be_empty:
            refuse(f"expected at least one of {', '.join(known)}, found none")
        strange = [name for name in section if name not in known]
        problems: list[tuple[PathSteps, str]] = [((name, KEY), unknown("key", name, known)) for name in strange]
        problems += [
            ((), missing_key(name, field))
            for name, field in known.items()
            if field.is_required() and name not in section
        ]
        problems += cls.check_together(section)
        try:
            model = read({name: value for name, value in section.items() if name in known})
        except ValidationError as error:
            # A key that is misspelt explains what is wrong with the mapping as a whole.
            problems += [(steps, text) for steps, text in problems_in(error) if steps or not strange]
        if problems:
            raise UnreadableError(*problems)
        return model


def missing_key(name: str, field: FieldInfo) -> str:
    """Return that a key is missing, and what it means."""
    return f"the key {name!r} is missing: {field.description}"


def model_kind(model: type[Keys]) -> Kind:
    """Return the kind of a mapping that a model reads; `schema.py` puts a reference in place of its name."""
    return Kind(model.model_validate, {MODEL: model.__name__})


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
        refuse(f"expected {expected}, found {quote(value.text) if is_number else describe(value)}")

    number: JsonSchema = {"type": "integer", "minimum": minimum, "maximum": maximum}
    return Kind(read, {"anyOf": [number, *({"const": word} for word in words)]} if words else number)


def text(check: Check | None = None) -> Kind:
    """Return the kind of one line of text that passes a check."""

    def read(value: Any) -> str:
        if not isinstance(value, Scalar):
            refuse(f"expected text, found {describe(value)}")
        if problem := wrong_text(value) or (check and check(value.text)):
            refuse(problem)
        return value.text

    return Kind(read, {"type": "string", "minLength": 1})


def lines(check: Check) -> Kind:
    """Return the kind of a text of one line or several that passes a check."""

    def read(value: Any) -> str:
        if not isinstance(value, Scalar) or value.meaning or not value.text:
            refuse(f"expected text, found {describe(value)}; put it in quotes to make it text")
        if problem := _half_a_character(value.text) or check(value.text):
            refuse(problem)
        return value.text

    return Kind(read, {"type": "string", "minLength": 1})


def name(kind: str, names: Sequence[str], *, is_open: bool = False) -> Kind:
    """Return the kind of one of these names; an open one is checked later, against the whole file."""

    def read(value: Any) -> str:
        if not isinstance(value, Scalar) or value.meaning or not value.text:
            refuse(f"expected {' or '.join(names)}, found {describe(value)}")
        if problem := wrong_text(value):
            refuse(problem)
        if not is_open and value.text not in names:
            refuse(unknown(kind, value.text, names))
        return value.text

    closed: JsonSchema = {"enum": list(names)}
    return Kind(read, {"anyOf": [closed, text().schema]} if is_open else closed)


def duration(least_s: float = 0.0, why: str = "") -> Kind:
    """Return the kind of a whole number with a unit, read as seconds; `why` explains the least that it may be."""

    def read(value: Any) -> float:
        match = _DURATION.fullmatch(value.text) if isinstance(value, Scalar) else None
        duration_s = int(match[1]) * UNITS_US[match[2]] / 1e6 if match else None
        if duration_s is None or duration_s > _LONGEST_S:
            refuse(f"expected a duration such as 250us, 100ms, 2s or 1m, at most 60m, found {describe(value)}")
        if duration_s < least_s:
            refuse(f"{describe(value)} is too short: {why}")
        return duration_s

    return Kind(read, {"type": "string", "pattern": f"^{_DURATION.pattern}$"})


def share() -> Kind:
    """Return the kind of a percentage between 0% and 100%, read as a fraction of 1."""

    def read(value: Any) -> float:
        match = re.fullmatch(SHARE, value.text) if isinstance(value, Scalar) else None
        if match is None or float(match[1]) == 0:
            refuse(f"expected a share such as 5% or 2.5%, below 100%, found {describe(value)}")
        return float(match[1]) / 100

    return Kind(read, {"type": "string", "pattern": f"^{SHARE}$"})


def several(kind: Kind) -> Kind:
    """Return the kind of a value, or a list of different ones, read as a tuple either way."""

    def read(value: Any) -> tuple[Any, ...]:
        items = value if isinstance(value, Items) else [value]
        if not items:
            refuse("expected at least one value, found an empty list")
        values: list[Any] = []
        problems: list[tuple[PathSteps, str]] = []
        for index, item in enumerate(items):
            try:
                found = kind.read(item)
            except (UnreadableError, ValidationError) as error:
                problems += [((index, *steps), text) for steps, text in problems_in(error)]
                continue
            if str(found) in map(str, values):
                problems.append(((index,), f"{quote(str(found))} is listed twice; list it once"))
            values.append(found)
        if problems:
            raise UnreadableError(*problems)
        return tuple(values)

    array: JsonSchema = {"type": "array", "items": kind.schema, "minItems": 1, "uniqueItems": True}
    return Kind(read, {"anyOf": [*kind.schema.get("anyOf", [kind.schema]), array]})


def one_or_all(kind: Kind, word: str) -> Kind:
    """Return the same kind, or a word that stands for all of its values; that word is read as None."""

    def read(value: Any) -> Any:
        return None if isinstance(value, Scalar) and value.text == word else kind.read(value)

    return Kind(read, {"anyOf": [{"const": word}, kind.schema]})


def hinted(kind: Kind, mistaken: tuple[type, ...], hint: str) -> Kind:
    """Return the same kind, which adds a hint to what it says of values of mistaken types."""

    def read(value: Any) -> Any:
        try:
            return kind.read(value)
        except (UnreadableError, ValidationError) as error:
            if not isinstance(value, mistaken):
                raise
            raise UnreadableError(*((steps, f"{text}; {hint}") for steps, text in problems_in(error))) from None

    return Kind(read, kind.schema)


def unread() -> Kind:
    """Return the kind of a name or number that is read later, when the keys next to it are known."""
    return Kind(lambda value: value, {"type": ["string", "integer"]})


def json_data(check: Check | None = None) -> Kind:
    """Return the kind of JSON data other than a bare `null`, whose texts pass a check.

    It takes only what YAML and JSON read alike.
    """

    def read(value: Any) -> Any:
        problems: list[tuple[PathSteps, str]] = []
        data = _nested_json(value, (), check, problems)
        if data is None and not problems:
            refuse(f"expected JSON, found {describe(value)}; write some, or leave the key out")
        if problems:
            raise UnreadableError(*problems)
        return data

    return Kind(read, {"type": ["object", "array", "string", "number", "boolean"]})


def axis_kind(axis: axes.Axis, *, may_stand_in: bool) -> Kind:
    """Return the kind of one value of an axis, perhaps also the words that stand in for other values."""
    kind = axis.kind
    assert kind is not None, f"{axis.name} is not an axis of the matrix"
    words = (kind.stand_in,) if kind.stand_in and may_stand_in else ()
    if isinstance(kind, axes.Whole):
        return whole(kind.minimum, kind.maximum, *((kind.word,) if kind.word else ()), *words)
    if isinstance(kind.names, Catalog):
        is_open = kind.names in _OPEN_CATALOGS
        names = axis_names(kind.names)
        return name(axis.name, names if is_open else (*words, *names), is_open=is_open)
    return name(axis.name, (*words, *kind.names))


def _as_written(value: Any) -> Any:
    """Return a value of the tree for a key or a default, which pydantic hands over as Python has them."""
    return value if isinstance(value, (Scalar, Items, Section)) else Scalar(str(value), Place(1, 1))


def _nested_json(value: Any, steps: PathSteps, check: Check | None, problems: list[tuple[PathSteps, str]]) -> Any:
    match value:
        case Items():
            return [_nested_json(item, (*steps, index), check, problems) for index, item in enumerate(value)]
        case Section():
            return {key: _nested_json(item, (*steps, key), check, problems) for key, item in value.items()}
    written: str = value.text
    if value.meaning:
        if written in _JSON_WORDS:
            return _JSON_WORDS[written]
        if _JSON_INTEGER.fullmatch(written):
            return int(written)
        if _JSON_NUMBER.fullmatch(written):
            return float(written)
        advice = "write it as JSON has it, or in quotes to make it text"
        problems.append((steps, f"expected JSON such as true, null, 1 or 1.5, found {describe(value)}; {advice}"))
    elif problem := _half_a_character(written) or (check and check(written)):
        problems.append((steps, problem))
    return written


def _half_a_character(written: str) -> str | None:
    if any(unicodedata.category(character) == "Cs" for character in written):
        return f"expected text, found half a character in {quote(written)}"
    return None
