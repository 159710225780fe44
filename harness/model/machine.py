"""The machine as it is at the moment, as far as it shows in what is measured on it."""

from dataclasses import dataclass

BESIDE_CONNECTIONS = 64
"""Files that a load process or a server has open beside its connections."""


@dataclass(frozen=True, slots=True)
class Boost:
    """Whether cores run faster than their nominal clock rate where heat allows it: turbo, precision boost.

    What is written to the file `switch` turns it `off`.
    """

    is_on: bool
    switch: str
    off: str


@dataclass(frozen=True, slots=True)
class Program:
    """Another program that is running, and how many cores it kept busy."""

    name: str
    pid: int
    cores: float


@dataclass(frozen=True, slots=True)
class Machine:
    """What was read or measured; None is what cannot be found out here.

    `cores` are those of the machine, `allowed` those that this process may use, `kept_apart` says whether client and
    server have cores of their own, `quota` how many cores' worth of time the container may use, None where no limit is
    to be seen. `governors` are those of all cores, each once, none where the system names none. `load` is the load
    average of the last minute. Over `watched_s` seconds others spent the share `others` of the machine's time, the
    `busiest` of them first, and the share `stolen` went to other machines on the same host; of all time since the
    start, that was `stolen_ever`. A process may have `files_now` files open, and may raise that to `files_at_most`;
    infinite is no limit. `clock_step_us` is the smallest step of the clock that was seen, and half and 99% of so many
    `sleeps` of a millisecond woke no later than `late_p50_us` and `late_p99_us`. `slowed_by` is what slows this Python
    down.
    """

    cores: int
    allowed: int | None
    kept_apart: bool
    quota: float | None
    governors: tuple[str, ...]
    boost: Boost | None
    is_virtual: bool | None
    load: float | None
    watched_s: float
    others: float
    busiest: tuple[Program, ...]
    stolen: float | None
    stolen_ever: float | None
    files_now: float
    files_at_most: float
    clock_step_us: float
    sleeps: int
    late_p50_us: float
    late_p99_us: float
    memory_free_mb: int
    swap_used_mb: int
    slowed_by: tuple[str, ...]
