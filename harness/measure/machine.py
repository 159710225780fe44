"""Looks at the machine: reads what it says of itself, and watches it for two seconds."""

import math
import os
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import psutil

from harness.measure import cores
from harness.measure.environment import CPU_INFO, first_line, text
from harness.measure.process import cpu_s, machine_cpu_s
from harness.model.machine import Boost, Machine, Program

WATCH_S = 2.0
CPUS = Path("/sys/devices/system/cpu")
CONTROL_GROUPS = Path("/sys/fs/cgroup")
OWN_CONTROL_GROUP = Path("/proc/self/cgroup")

SLEEP_S = 0.001
SLEEPS = 300
"""As many as a 99th percentile needs."""

CLOCK_READINGS = 10_000
BUSY_FROM_CORES = 0.02
"""Below this, a program is not worth a name: two seconds are counted in ticks of a hundredth."""

MOST_PROGRAMS = 3
MB = 2**20


def look() -> Machine:
    """The machine as it is now."""
    before = _Reading.taken()
    step_us = _clock_step_us()
    late_us = sorted(_late_us() for _ in range(SLEEPS))
    time.sleep(max(0.0, WATCH_S - (time.monotonic() - before.at_s)))
    after = _Reading.taken()
    watched_s = after.at_s - before.at_s
    machine_s = watched_s * (psutil.cpu_count() or 1)
    stolen_s = None if before.stolen_s is None or after.stolen_s is None else after.stolen_s - before.stolen_s
    spent_s = after.spent_s - before.spent_s - (after.own_s - before.own_s) - (stolen_s or 0.0)
    allowed = cores.allowed()
    files_now, files_at_most = map(_limit, resource.getrlimit(resource.RLIMIT_NOFILE))
    return Machine(
        cores=psutil.cpu_count() or 1,
        allowed=None if allowed is None else len(allowed),
        kept_apart=bool(cores.shares(processes=1).client),
        quota=quota(CONTROL_GROUPS, text(OWN_CONTROL_GROUP)),
        governors=governors(CPUS),
        boost=boost(CPUS),
        is_virtual=is_virtual(text(CPU_INFO)),
        load=_load(),
        watched_s=watched_s,
        others=max(0.0, spent_s / machine_s),
        busiest=tuple(_busiest(before, after)),
        stolen=None if stolen_s is None else stolen_s / machine_s,
        stolen_ever=None if after.stolen_s is None else after.stolen_s / sum(psutil.cpu_times()),
        files_now=files_now,
        files_at_most=files_at_most,
        clock_step_us=step_us,
        sleeps=SLEEPS,
        late_p50_us=median(late_us),
        late_p99_us=late_us[math.ceil(0.99 * SLEEPS) - 1],
        memory_free_mb=psutil.virtual_memory().available // MB,
        swap_used_mb=psutil.swap_memory().used // MB,
        slowed_by=tuple(slowed_by()),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """CPU seconds so far: of the machine, of this process, stolen by other machines, and of every other process."""

    at_s: float
    spent_s: float
    own_s: float
    stolen_s: float | None
    processes_s: dict[int, float]

    @classmethod
    def taken(cls) -> "_Reading":
        others = [pid for pid in psutil.pids() if pid != os.getpid()]
        return cls(
            at_s=time.monotonic(),
            spent_s=machine_cpu_s(),
            own_s=time.process_time(),
            stolen_s=getattr(psutil.cpu_times(), "steal", None),
            processes_s={pid: cpu_s(pid) for pid in others},
        )


def governors(cpus: Path) -> tuple[str, ...]:
    """The frequency governors of all cores, each once."""
    named = (first_line(path) for path in cpus.glob("cpu[0-9]*/cpufreq/scaling_governor"))
    return tuple(sorted({name for name in named if name}))


def boost(cpus: Path) -> Boost | None:
    """Whether cores may run faster than their nominal clock rate, where Linux has a switch for that.

    Intel's own driver has a switch that turns it off, the others one that turns it on: Linux, admin-guide/pm,
    intel_pstate.rst and cpufreq.rst.
    """
    for path, on, off in ((cpus / "intel_pstate/no_turbo", "0", "1"), (cpus / "cpufreq/boost", "1", "0")):
        if (said := first_line(path)) in (on, off):
            return Boost(said == on, str(path), off)
    return None


def is_virtual(cpu_info: str) -> bool | None:
    """Whether this is a virtual machine, by the flags of its processor; None where these are not told (not x86)."""
    flags = next((line for line in cpu_info.splitlines() if line.startswith("flags")), None)
    return None if flags is None else "hypervisor" in flags.split()


def quota(mounted: Path, own_groups: str) -> float | None:
    """How many cores' worth of time a process may use by its control group (version 2) and those around it.

    `own_groups` is what /proc/self/cgroup says. Inside a container the group's files may lie at the root.
    """
    own = next((line.removeprefix("0::/") for line in own_groups.splitlines() if line.startswith("0::/")), "")
    folders = [mounted / own, *(mounted / own).parents]
    found = [_quota_of(folder / "cpu.max") for folder in folders if folder.is_relative_to(mounted)]
    return min((each for each in found if each is not None), default=None)


def _quota_of(path: Path) -> float | None:
    match (first_line(path) or "").split():
        case [most_us, period_us] if most_us.isdecimal() and period_us.isdecimal():
            return int(most_us) / int(period_us)
    return None


def slowed_by() -> Iterator[str]:
    """What slows this Python down, and with it the servers."""
    if hasattr(sys, "gettotalrefcount"):
        yield "a debug build"
    if sys.flags.dev_mode:
        yield "development mode"


def _load() -> float | None:
    try:
        return os.getloadavg()[0]
    except OSError:
        return None


def _busiest(before: _Reading, after: _Reading) -> Iterator[Program]:
    watched_s = after.at_s - before.at_s
    used = {pid: (now_s - before.processes_s.get(pid, 0.0)) / watched_s for pid, now_s in after.processes_s.items()}
    for pid in sorted(used, key=lambda pid: used[pid], reverse=True)[:MOST_PROGRAMS]:
        if used[pid] >= BUSY_FROM_CORES and (name := _name(pid)):
            yield Program(name, pid, used[pid])


def _name(pid: int) -> str | None:
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return None


def _clock_step_us() -> float:
    """The smallest step between two readings of the clock; what the system says of it where it never moved."""
    readings = [time.monotonic_ns() for _ in range(CLOCK_READINGS)]
    steps = {later - earlier for earlier, later in pairwise(readings)} - {0}
    return min(steps) / 1e3 if steps else time.get_clock_info("monotonic").resolution * 1e6


def _late_us() -> float:
    """How late one short sleep woke."""
    began_ns = time.monotonic_ns()
    time.sleep(SLEEP_S)
    return (time.monotonic_ns() - began_ns) / 1e3 - SLEEP_S * 1e6


def _limit(most: int) -> float:
    return math.inf if most == resource.RLIM_INFINITY else most
