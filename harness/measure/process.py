"""Child processes that leave nothing behind: each is started in a session of its own, and the whole group is ended.

A server's workers outlive it when it is killed, and go on answering on its port; ending the process that was started
is not enough.
"""

import contextlib
import os
import platform
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from pwd import getpwnam
from typing import IO

import psutil

from harness.measure.stop import Stop
from harness.model.errors import InputError
from servers.adapter import HOST

PORT_POLL_S = 0.005

EXTRA_FILES = 64
"""Files that a load process or a server has open besides its connections."""

# Once the run was asked to stop, nothing is measured any more, and nobody wants to wait for a slow farewell.
HURRIED_GRACE_S = 1.0


@dataclass(frozen=True, slots=True)
class ProcessEnd:
    """How a group ended: seconds it took, exit code of the process that was started, whether it had to be killed."""

    stop_s: float
    exit_code: int | None
    killed: bool


def start_process(
    command: list[str], env: Mapping[str, str], folder: Path, log: IO[bytes], account: str | None = None
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, with both its outputs in a log file that nobody has to drain.

    Only root can start it as another `account`.
    """
    return subprocess.Popen(
        command,
        env=env,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=account,
        group=None if account is None else getpwnam(account).pw_gid,
        extra_groups=None if account is None else (),
    )


def raise_descriptor_limit() -> None:
    """Let this process, and all that it starts from now on, open as many files and sockets as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def end_process(
    process: subprocess.Popen[bytes], grace_s: float, stop: Stop, first: signal.Signals = signal.SIGTERM
) -> ProcessEnd:
    """End the whole group of a process: a signal, and SIGKILL for whoever is still there after the grace time."""
    began_s = time.monotonic()
    _signal_group(process, first)
    killed = not _wait_until_gone(process, grace_s, stop)
    if killed:
        _signal_group(process, signal.SIGKILL)
        _wait_until_gone(process, grace_s, stop)
    return ProcessEnd(time.monotonic() - began_s, process.poll(), killed)


def group_members(group: int) -> list[int]:
    """The living processes of a group; a zombie is not living, only not yet buried."""
    return [pid for pid in psutil.pids() if _belongs(pid, group)]


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has spent, its threads that have ended included; 0 where it has gone."""
    with contextlib.suppress(OSError, psutil.Error):
        if platform.system() == "Linux":
            # Every process has a clock of its own, in nanoseconds where /proc counts hundredths of a second; its number
            # is made as clock_getcpuclockid(3) makes it (include/linux/posix-timers.h: ~pid << 3 | CPUCLOCK_SCHED).
            return time.clock_gettime(~pid << 3 | 2)
        times = psutil.Process(pid).cpu_times()
        return times.user + times.system
    return 0.0


def machine_cpu_s() -> float:
    """CPU seconds that the machine has spent since its start, those included that were stolen from it."""
    times = psutil.cpu_times()
    # The time of guests is part of the user's already.
    spent_s: float = times.user + times.nice + times.system
    return spent_s + sum(getattr(times, name, 0.0) for name in ("irq", "softirq", "steal"))


def require_descriptors(count: int) -> None:
    """Raise InputError where a process may not have so many files and sockets open."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < count:
        raise InputError(
            f"this needs {count} open files in one process, and no more than {most} are allowed here; raise the limit "
            f"with `sudo prlimit --pid $$ --nofile={count}:{count}` in this shell, or lower the concurrency"
        )


def _wait_until_gone(process: subprocess.Popen[bytes], grace_s: float, stop: Stop) -> bool:
    began_s = time.monotonic()
    while process.poll() is None or group_members(process.pid):
        waited_s = time.monotonic() - began_s
        if waited_s > grace_s or (stop.requested and waited_s > HURRIED_GRACE_S):
            return False
        time.sleep(PORT_POLL_S)
    return True


def _belongs(pid: int, group: int) -> bool:
    try:
        return os.getpgid(pid) == group and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, PermissionError, psutil.Error):
        return False


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


FEWEST_SERVER_CORES = 2
"""The fewest cores that a server is left with: fewer would measure the want of cores."""


@dataclass(frozen=True, slots=True)
class CoreSplit:
    """The cores of the client and those of the server; both are empty where they share all there are."""

    client: tuple[int, ...] = ()
    server: tuple[int, ...] = ()


def list_allowed_cores() -> list[int] | None:
    """The cores that this process may use, None where the system does not keep processes on cores."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


def split_cores(processes: int) -> CoreSplit:
    """A core for each process of the client and the rest for the server, if these are enough."""
    return divide_cores(list_allowed_cores() or [], processes)


def divide_cores(on_cores: Sequence[int], processes: int) -> CoreSplit:
    """These cores shared out: the last of them go to the client, since systems like to use the first themselves."""
    if len(on_cores) < processes + FEWEST_SERVER_CORES:
        return CoreSplit()
    return CoreSplit(client=tuple(on_cores[-processes:]), server=tuple(on_cores[:-processes]))


def pin_process(pid: int, on_cores: Sequence[int]) -> None:
    """Keep a process that was just started, and all that it starts, on these cores; on any, where none are given."""
    if on_cores:
        os.sched_setaffinity(pid, on_cores)


PORT_POLL_S = 0.005


def find_free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_port_is_free(port: int, within_s: float, stop: Stop) -> bool:
    """Whether nobody listens on the port any more, waiting for it if need be, and if nobody is in a hurry."""
    deadline_s = time.monotonic() + within_s
    while not _is_port_free(port):
        if stop.requested or time.monotonic() > deadline_s:
            return False
        time.sleep(PORT_POLL_S)
    return True


def _is_port_free(port: int) -> bool:
    with socket.socket() as probe:
        # Connections of the last launch may linger on the port; only a listener is in the way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
