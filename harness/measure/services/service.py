"""What every service is to the harness: how it is started, and what is known of it while it runs."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from harness.matrix.database import POSTGRES, address, template_of, trouble, uses_one
from harness.measure.stop import Stop
from harness.model.errors import InputError
from harness.model.plan import Plan


class ServiceError(Exception):
    """A service that could not be started, or that is of no more use; its text says why, with the end of its log."""


@dataclass(frozen=True, slots=True)
class ServiceContext:
    """Where a service is started: the log that its processes write, the cores that they run on (all where none are
    given), and whether the run was asked to stop.
    """

    log: Path
    on_cores: Sequence[int]
    stop: Stop


class RunningService(Protocol):
    """A service that was started.

    `address` is what an endpoint calls it by. `pids` are its living processes, whose CPU seconds are the harness's own;
    `obituary` says how it died, None where it lives.
    """

    @property
    def address(self) -> str: ...

    def pids(self) -> list[int]: ...

    def obituary(self) -> str | None: ...


Starter = Callable[[ServiceContext], AbstractContextManager[RunningService]]
"""Starts a service, and ends it with all its processes, whatever happens. Raises ServiceError where it cannot."""


@dataclass(frozen=True, slots=True)
class ExternalService:
    """A service of somebody else's; of its processes and of its end nothing is known."""

    address: str = field(repr=False)

    def pids(self) -> list[int]:
        return []

    def obituary(self) -> str | None:
        return None


def find_external_services(plan: Plan, environment: Mapping[str, str]) -> dict[str, ExternalService]:
    """What the matrix or the environment names in place of a service of ours. Raises InputError where it is no good."""
    template = template_of(plan.database, environment)
    if template is None or not any(uses_one(cell.launch.scenario) for cell in plan.cells):
        return {}
    if problem := trouble(template, environment):
        raise InputError(problem)
    return {POSTGRES: ExternalService(address(template, environment))}
