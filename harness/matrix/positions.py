"""A matrix file as a tree of values with their places, and the problems at these places."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from harness.model.errors import InputError

LONGEST_SHOWN = 60

OTHER_WORDS = {"sync": "def", "blocking": "async-blocking", "thread": "def", "threads": "thread_limit"}
"""Names that people use for things that have another name here, and that look little alike."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line and a column, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as it is written.

    `meaning` is its meaning in YAML, such as "a number"; None means text.
    """

    text: str
    place: Place
    is_quoted: bool = False
    meaning: str | None = None


class Items(list[Any]):
    """A list of the file."""

    def __init__(self, items: Iterable[Any], place: Place) -> None:
        super().__init__(items)
        self.place = place


class Entries(dict[str, Any]):
    """A mapping of the file, with the place of each key."""

    def __init__(self, place: Place, entries: Iterable[tuple[str, Any, Place]] = ()) -> None:
        super().__init__()
        self.place = place
        self.key_places: dict[str, Place] = {}
        for key, value, key_place in entries:
            self[key] = value
            self.key_places[key] = key_place

    def place_of(self, key: str) -> Place:
        """Return where a key stands; a key that is missing stands where the mapping begins."""
        return self.key_places.get(key, self.place)

    def without(self, *keys: str) -> "Entries":
        """Return a copy that lacks these keys."""
        return Entries(self.place, (entry for entry in self._entries() if entry[0] not in keys))

    def overlaid(self, other: "Entries") -> "Entries":
        """Return a copy in which the keys of another mapping replace or join those of this one."""
        return Entries(self.place, (*self._entries(), *other._entries()))

    def _entries(self) -> Iterator[tuple[str, Any, Place]]:
        return ((key, value, self.key_places[key]) for key, value in self.items())


def items_of(value: Any) -> list[Any]:
    """Return the items of a list; a single value counts as a list of one."""
    return list(value) if isinstance(value, Items) else [value]


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in a sentence, and its place; None stands for the file as a whole."""

    place: Place | None
    text: str

    def as_line(self, path: Path) -> str:
        """Return the problem as a line that names its file."""
        where = f":{self.place.line}:{self.place.column}" if self.place else ""
        return f"{path}{where}: {self.text}"


class Problems:
    """The problems of one file, each of them once, so that all are reported together."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._found)

    def __contains__(self, problem: Problem) -> bool:
        return problem in self._found

    def add(self, place: Place | None, text: str) -> None:
        """Note a problem."""
        self._found[Problem(place, text)] = None

    def extend(self, problems: Iterable[Problem]) -> None:
        """Note several problems."""
        self._found |= dict.fromkeys(problems)

    def raise_any(self, path: Path) -> None:
        """Raise InputError with a line for each problem, in the order of the file, if there is any."""
        if self._found:
            in_order = sorted(self._found, key=lambda problem: problem.place or Place(0, 0))
            raise InputError("\n".join(problem.as_line(path) for problem in in_order))


def refuse_file(path: Path, place: Place | None, text: str) -> NoReturn:
    """Raise InputError for a problem that hides all others."""
    raise InputError(Problem(place, text).as_line(path))


def describe(value: Any) -> str:
    """Return a value as the end of a sentence: expected a number, found ..."""
    if not isinstance(value, Scalar):
        return "a mapping" if isinstance(value, Entries) else "a list"
    if value.is_quoted:
        return f"{quote(value.text)} in quotes, which make it text"
    if value.meaning == "nothing":
        return f"nothing ({value.text})" if value.text else "nothing"
    return f"{quote(value.text)}, which YAML reads as {value.meaning}" if value.meaning else quote(value.text)


def quote(text: str) -> str:
    """Return a text in quotes, on one line and shortened where it is long."""
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}...")


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Return that a name is not known, and which one may be meant."""
    return f"unknown {kind} {quote(name)}; {suggest(name, known)}"


def suggest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is most like another, or all of them where none is like it."""
    known = list(known)
    alike = (
        [OTHER_WORDS[name]] if OTHER_WORDS.get(name) in known else get_close_matches(name[:LONGEST_SHOWN], known, n=1)
    )
    if alike:
        return f"did you mean {quote(alike[0])}?"
    return f"choose from {', '.join(known)}" if known else "there is none"
