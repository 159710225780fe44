"""What the harness knows of every service: how it is started, and what it is asked while it runs."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from harness.matrix.database import POSTGRES, expand_url, find_url_problem, find_url_template, needs_postgres
from harness.measure.stop import Stop
from harness.model.errors import InputError
from harness.model.plan import Plan


class ServiceError(Exception):
    """A service that could not be started or no longer works; its text says why, with the end of its log."""


@dataclass(frozen=True, slots=True)
class ServiceContext:
    """What a service is started with: its log file, its cores (any if empty), and whether the run is to stop."""

    log: Path
    cores: Sequence[int]
    stop: Stop


class RunningService(Protocol):
    """A started service.

    Endpoints call it at `address`. `pids` are its living processes, whose CPU time counts as the harness's own.
    """

    @property
    def address(self) -> str: ...

    def pids(self) -> list[int]: ...

    def describe_exit(self) -> str | None: ...


Starter = Callable[[ServiceContext], AbstractContextManager[RunningService]]
"""Starts a service, and in the end ends all its processes. Raises ServiceError if it cannot be started."""


@dataclass(frozen=True, slots=True)
class ExternalService:
    """A service that the user runs: it is neither started nor ended here, and its processes are unknown."""

    address: str = field(repr=False)

    def pids(self) -> list[int]:
        return []

    def describe_exit(self) -> str | None:
        return None


def find_external_services(plan: Plan, environment: Mapping[str, str]) -> dict[str, ExternalService]:
    """Return the services that the matrix or the environment names. Raises InputError if one cannot be used."""
    template = find_url_template(plan.database, environment)
    if template is None or not any(needs_postgres(cell.launch.scenario) for cell in plan.cells):
        return {}
    if problem := find_url_problem(template, environment):
        raise InputError(problem)
    return {POSTGRES: ExternalService(expand_url(template, environment))}
