"""The facts about scenarios and servers that the analysis needs: their words for reports, and models of bursts.

The matrix room reads them from the files of `scenarios/` and `servers/`. A journal outlives code: a scenario, a style
or a server that was removed since has no entry.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.model.plan import Launch


class Shape(StrEnum):
    """How requests of a burst wait for each other, by the model: not at all, for the thread limit, or otherwise."""

    AT_ONCE = "at-once"
    LIMIT_WAVES = "limit-waves"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class BurstModel:
    """How long a burst of one style should take if only the scenario's own work takes time.

    `expect_s` returns seconds for the requests of one worker, its thread limit and the threads of asyncio's own pool;
    the launch must have a delay.
    """

    shape: Shape
    expect_s: Callable[[Launch, int, int, int], float]


@dataclass(frozen=True, slots=True)
class StyleFacts:
    """A style in words, and its model in words if it has one.

    `using` is the library that it uses, None if that does not distinguish the styles of the scenario.
    """

    name: str
    says: str
    model: str | None
    using: str | None = None


@dataclass(frozen=True, slots=True)
class ParameterFacts:
    """A setting of a scenario, in seconds or whole numbers of the unit; `values` were in force in a run, ascending."""

    name: str
    values: tuple[float, ...]
    unit: str
    says: str


@dataclass(frozen=True, slots=True)
class ScenarioFacts:
    """A scenario: what it shows, its settings and styles, and the addresses of user reports by question.

    `app` is the user's own app, as `module:attribute`; nothing is known of what it shows.
    """

    name: str
    shows: str = ""
    parameters: tuple[ParameterFacts, ...] = ()
    styles: tuple[StyleFacts, ...] = ()
    reports: Mapping[str, str] = field(default_factory=dict)
    app: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All scenarios by name, the models by scenario and style, and the distribution of each server by name."""

    scenarios: Mapping[str, ScenarioFacts]
    models: Mapping[tuple[str, str], BurstModel]
    distributions: Mapping[str, str]
