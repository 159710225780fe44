"""What every service is to the harness: how it is started, and what is known of it while it runs."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.measure.stop import Stop


class ServiceError(Exception):
    """A service that could not be started, or that is of no more use; its text says why, with the end of its log."""


@dataclass(frozen=True, slots=True)
class Site:
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


Starter = Callable[[Site], AbstractContextManager[RunningService]]
"""Starts a service, and ends it with all its processes, whatever happens. Raises ServiceError where it cannot."""
