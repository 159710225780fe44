"""The results of a simulation: shares of its trials, each with its error and its promise."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """The share of trials in which something happened."""

    hits: int
    trials: int

    @property
    def value(self) -> float:
        return self.hits / self.trials

    @property
    def error(self) -> float:
        """The standard error of the share."""
        # One trial more of each kind (Laplace): seeing none in a thousand does not prove that there are none.
        likely = (self.hits + 1) / (self.trials + 2)
        return math.sqrt(likely * (1 - likely) / self.trials)


@dataclass(frozen=True, slots=True)
class Promise:
    """The most or the least that a share may be."""

    bound: float
    is_least: bool

    def is_kept(self, share: Share, errors: float = 0.0) -> bool:
        """Return whether a share keeps the promise, or would if it were better by `errors` of its errors."""
        beyond = self.bound - share.value if self.is_least else share.value - self.bound
        return beyond <= errors * share.error


CHANCE = 3.0
"""How many of its errors a share may lie beyond its promise by chance."""

NEVER = Promise(0.0, is_least=False)
FALSE_AT_MOST = Promise(0.05, is_least=False)
COVERS_AT_LEAST = Promise(0.93, is_least=True)
COVERS_ALWAYS = Promise(0.95, is_least=True)
FOUND_AT_LEAST = Promise(0.90, is_least=True)


@dataclass(frozen=True, slots=True)
class Row:
    """A share of the trials and what it is a share of; `promise` is None if there is none."""

    what: str
    share: Share
    promise: Promise | None = None

    def is_kept(self, errors: float = 0.0) -> bool:
        return self.promise is None or self.promise.is_kept(self.share, errors)


@dataclass(frozen=True, slots=True)
class FactRows:
    """Other figures, as they are printed."""

    headers: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class PageTable:
    """One table, with an introduction in Markdown."""

    says: str
    rows: Sequence[Row] | FactRows


@dataclass(frozen=True, slots=True)
class Part:
    """One question and the tables that answer it."""

    title: str
    tables: tuple[PageTable, ...]

    @property
    def rows(self) -> list[Row]:
        """All shares of all tables."""
        return [row for table in self.tables if not isinstance(table.rows, FactRows) for row in table.rows]
