"""What a scenario is, in the words of its own file, and what it was told in a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ParameterFinding:
    """Something that a scenario was told: the values that were in force, in order, and what they are.

    A value is in seconds where the unit is `s`, and a whole number of it otherwise.
    """

    name: str
    values: tuple[float, ...]
    unit: str
    says: str


@dataclass(frozen=True, slots=True)
class StyleFinding:
    """A style that was to be measured: what it does, what its model says, None where it has none, and the library that
    it uses, None where that tells no style of its scenario from others.
    """

    name: str
    says: str
    model: str | None
    using: str | None = None


@dataclass(frozen=True, slots=True)
class ScenarioFinding:
    """A scenario of the plan: what it shows, what it was told, its styles, and the user reports that it answers.

    `reports` are addresses by what they ask.
    """

    name: str
    shows: str
    parameters: tuple[ParameterFinding, ...] = ()
    styles: tuple[StyleFinding, ...] = ()
    reports: Mapping[str, str] = field(default_factory=dict)
