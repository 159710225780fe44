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

    `explained` is one sentence. `expect_s` returns seconds for the requests of one worker, its thread limit and the
    threads of asyncio's own pool; the launch must have a delay.
    """

    explained: str
    shape: Shape
    expect_s: Callable[[Launch, int, int, int], float]


@dataclass(frozen=True, slots=True)
class StyleFacts:
    """A style in words, its model if it has one, and the library it uses if the styles of its scenario differ there."""

    says: str
    model: BurstModel | None
    using: str | None


@dataclass(frozen=True, slots=True)
class ParameterFacts:
    """A setting of a scenario: seconds if its unit is `s`, else a whole number."""

    name: str
    unit: str
    says: str


@dataclass(frozen=True, slots=True)
class ScenarioFacts:
    """What a scenario shows, its settings and styles, and the addresses of user reports by question."""

    shows: str
    parameters: tuple[ParameterFacts, ...]
    styles: Mapping[str, StyleFacts]
    reports: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Facts:
    """All scenarios, and the distribution of each server, by name."""

    scenarios: Mapping[str, ScenarioFacts] = field(default_factory=dict)
    distributions: Mapping[str, str] = field(default_factory=dict)

    def model_of(self, scenario: str, style: str) -> BurstModel | None:
        """Return the model of a style of a scenario, None if it has none."""
        known = self.scenarios.get(scenario)
        found = known.styles.get(style) if known else None
        return found.model if found else None
