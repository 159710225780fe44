"""Read this machine: ask the system for its settings, and watch it for two seconds."""

import math
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from heapq import nlargest
from itertools import pairwise
from pathlib import Path
from statistics import median

import psutil

from harness.measure.environment import CPU_INFO, first_line, text
from harness.measure.process import cpu_s, list_allowed_cores, split_cores

WATCH_S = 2.0
CPUS = Path("/sys/devices/system/cpu")
CONTROL_GROUPS = Path("/sys/fs/cgroup")
OWN_CONTROL_GROUP = Path("/proc/self/cgroup")

SLEEP_S = 0.001
SLEEPS = 300
"""Enough for a 99th percentile."""

CLOCK_READINGS = 10_000
BUSY_FROM_CORES = 0.02
"""Do not name programs below this: CPU time is counted in ticks of 10 ms, and the watch lasts two seconds."""

MAX_PROGRAMS = 3
MB = 2**20


@dataclass(frozen=True, slots=True)
class Boost:
    """Whether cores may exceed their nominal clock rate; writing `off` to the file `switch` forbids it."""

    is_on: bool
    switch: str
    off: str


@dataclass(frozen=True, slots=True)
class Program:
    """Another running program, and how many cores it kept busy."""

    name: str
    pid: int
    cores: float


@dataclass(frozen=True, slots=True)
class Machine:
    """The readings of a machine; None is what cannot be read here.

    `allowed` counts the cores this process may use, `kept_apart` says whether client and server get cores of their own,
    `quota` is the container's CPU limit in cores. Over `watched_s`, other programs used the share `others` of the
    machine, the `busiest` first, and the hypervisor took the share `stolen` (`stolen_ever` since boot). A process may
    have `files_now` files open and may raise that to `files_at_most`; infinity is no limit. Sleeps of 1 ms woke late by
    `late_p50_us` and `late_p99_us`.
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
    late_p50_us: float
    late_p99_us: float
    memory_free_mb: int
    swap_used_mb: int
    slowed_by: tuple[str, ...]


def read_machine() -> Machine:
    """Return the machine as it is now; takes two seconds."""
    began_s, own_s, used_s = time.monotonic(), time.process_time(), _read_cpu_s()
    psutil.cpu_times_percent()
    clock_step_us = _read_clock_step_us()
    late_us = sorted(_sleep_late_us() for _ in range(SLEEPS))
    time.sleep(max(0.0, WATCH_S - (time.monotonic() - began_s)))
    watched_s, percent, ever = time.monotonic() - began_s, psutil.cpu_times_percent(), psutil.cpu_times()
    own = (time.process_time() - own_s) / watched_s / (psutil.cpu_count() or 1)
    not_others = sum(getattr(percent, name, 0.0) for name in ("idle", "iowait", "steal")) / 100 + own
    allowed = list_allowed_cores()
    files_now, files_at_most = (
        math.inf if limit == resource.RLIM_INFINITY else limit for limit in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    return Machine(
        cores=psutil.cpu_count() or 1,
        allowed=None if allowed is None else len(allowed),
        kept_apart=bool(split_cores(processes=1).client),
        quota=read_quota(CONTROL_GROUPS, text(OWN_CONTROL_GROUP)),
        governors=read_governors(CPUS),
        boost=read_boost(CPUS),
        is_virtual=is_virtual(text(CPU_INFO)),
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        watched_s=watched_s,
        others=max(0.0, 1 - not_others),
        busiest=tuple(_find_busiest(used_s, watched_s)),
        stolen=percent.steal / 100 if hasattr(percent, "steal") else None,
        stolen_ever=ever.steal / sum(ever) if hasattr(ever, "steal") else None,
        files_now=files_now,
        files_at_most=files_at_most,
        clock_step_us=clock_step_us,
        late_p50_us=median(late_us),
        late_p99_us=late_us[math.ceil(0.99 * SLEEPS) - 1],
        memory_free_mb=psutil.virtual_memory().available // MB,
        swap_used_mb=psutil.swap_memory().used // MB,
        slowed_by=tuple(find_slowdowns()),
    )


def read_governors(cpus: Path) -> tuple[str, ...]:
    """Return the different frequency governors of all cores."""
    names = (first_line(path) for path in cpus.glob("cpu[0-9]*/cpufreq/scaling_governor"))
    return tuple(sorted({name for name in names if name}))


def read_boost(cpus: Path) -> Boost | None:
    """Return whether cores may exceed their nominal clock rate, where Linux has a switch for it.

    Intel's own driver has a switch that turns boost off, others one that turns it on: Linux, admin-guide/pm,
    intel_pstate.rst and cpufreq.rst.
    """
    for path, on, off in ((cpus / "intel_pstate/no_turbo", "0", "1"), (cpus / "cpufreq/boost", "1", "0")):
        if (value := first_line(path)) in (on, off):
            return Boost(value == on, str(path), off)
    return None


def is_virtual(cpu_info: str) -> bool | None:
    """Return whether this is a virtual machine, by its processor's flags; None if there are none (not x86)."""
    flags = next((line for line in cpu_info.splitlines() if line.startswith("flags")), None)
    return None if flags is None else "hypervisor" in flags.split()


def read_quota(mounted: Path, own_groups: str) -> float | None:
    """Return how many cores' worth of CPU time the control group (version 2) and its parents allow.

    `own_groups` is the text of /proc/self/cgroup. Inside a container the group's files may lie at the root.
    """
    own = next((line.removeprefix("0::/") for line in own_groups.splitlines() if line.startswith("0::/")), "")
    folders = [mounted / own, *(mounted / own).parents]
    quotas = [_read_cpu_max(folder / "cpu.max") for folder in folders if folder.is_relative_to(mounted)]
    return min((quota for quota in quotas if quota is not None), default=None)


def find_slowdowns() -> Iterator[str]:
    """Yield what slows this Python down, and the servers with it."""
    if hasattr(sys, "gettotalrefcount"):
        yield "a debug build"
    if sys.flags.dev_mode:
        yield "development mode"


def _read_cpu_max(path: Path) -> float | None:
    match (first_line(path) or "").split():
        case [most_us, period_us] if most_us.isdecimal() and period_us.isdecimal():
            return int(most_us) / int(period_us)
    return None


def _read_cpu_s() -> dict[int, float]:
    """Return the CPU seconds that every other process has used so far, by pid."""
    return {pid: cpu_s(pid) for pid in psutil.pids() if pid != os.getpid()}


def _find_busiest(before_s: dict[int, float], watched_s: float) -> Iterator[Program]:
    used = {pid: (now_s - before_s.get(pid, 0.0)) / watched_s for pid, now_s in _read_cpu_s().items()}
    for pid in nlargest(MAX_PROGRAMS, used, key=lambda pid: used[pid]):
        if used[pid] >= BUSY_FROM_CORES:
            # A process that has just ended has no name any more.
            with suppress(psutil.Error):
                yield Program(psutil.Process(pid).name(), pid, used[pid])


def _read_clock_step_us() -> float:
    """Return the smallest step between two readings of the clock; its declared resolution if it never moved."""
    readings = [time.monotonic_ns() for _ in range(CLOCK_READINGS)]
    steps = {later - earlier for earlier, later in pairwise(readings)} - {0}
    return min(steps) / 1e3 if steps else time.get_clock_info("monotonic").resolution * 1e6


def _sleep_late_us() -> float:
    """Sleep for 1 ms and return how late that woke."""
    began_ns = time.monotonic_ns()
    time.sleep(SLEEP_S)
    return (time.monotonic_ns() - began_ns) / 1e3 - SLEEP_S * 1e6
