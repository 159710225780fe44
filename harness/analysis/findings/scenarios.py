"""What a scenario is, in the words of its own file, and the settings that it had in a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ParameterFinding:
    """A setting of a scenario, with the values that were in force, ascending: seconds, or whole numbers of the unit."""

    name: str
    values: tuple[float, ...]
    unit: str
    says: str


@dataclass(frozen=True, slots=True)
class StyleFinding:
    """A style that was to be measured: what it does, its model if it has one, and the library that it uses.

    The library is None if it does not distinguish the styles of the scenario.
    """

    name: str
    says: str
    model: str | None
    using: str | None = None


@dataclass(frozen=True, slots=True)
class ScenarioFinding:
    """A scenario of the plan: what it shows, its settings and styles, and the addresses of user reports by question.

    `app` is the user's own app, as `module:attribute`; nothing is known of what it shows.
    """

    name: str
    shows: str = ""
    parameters: tuple[ParameterFinding, ...] = ()
    styles: tuple[StyleFinding, ...] = ()
    reports: Mapping[str, str] = field(default_factory=dict)
    app: str | None = None
