"""A service that the user brings, by its address: it is neither started nor ended here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.matrix.database import POSTGRES, address, template_of, trouble, uses_one
from harness.model.errors import InputError
from harness.model.plan import Plan


@dataclass(frozen=True, slots=True)
class GivenService:
    """A service of somebody else's; of its processes and of its end nothing is known."""

    address: str = field(repr=False)

    def pids(self) -> list[int]:
        return []

    def obituary(self) -> str | None:
        return None


def given(plan: Plan, environment: Mapping[str, str]) -> dict[str, GivenService]:
    """What the matrix or the environment names in place of a service of ours. Raises InputError where it is no good."""
    template = template_of(plan.database, environment)
    if template is None or not any(uses_one(cell.launch.scenario) for cell in plan.cells):
        return {}
    if problem := trouble(template, environment):
        raise InputError(problem)
    return {POSTGRES: GivenService(address(template, environment))}
