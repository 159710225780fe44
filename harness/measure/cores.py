"""Which cores the client may use and which the server, where there are enough to keep them apart."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

FOR_THE_SERVER = 2
"""The fewest cores that a server is left with: fewer would measure the want of cores."""


@dataclass(frozen=True, slots=True)
class Shares:
    """The cores of the client and those of the server; both are empty where they share all there are."""

    client: tuple[int, ...] = ()
    server: tuple[int, ...] = ()


def allowed() -> list[int] | None:
    """The cores that this process may use, None where the system does not keep processes on cores."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


def shares(processes: int) -> Shares:
    """A core for each process of the client and the rest for the server, if these are enough."""
    return shared_out(allowed() or [], processes)


def shared_out(on_cores: Sequence[int], processes: int) -> Shares:
    """These cores shared out: the last of them go to the client, since systems like to use the first themselves."""
    if len(on_cores) < processes + FOR_THE_SERVER:
        return Shares()
    return Shares(client=tuple(on_cores[-processes:]), server=tuple(on_cores[:-processes]))


def pin(pid: int, on_cores: Sequence[int]) -> None:
    """Keep a process that was just started, and all that it starts, on these cores; on any, where none are given."""
    if on_cores:
        os.sched_setaffinity(pid, on_cores)
