"""Child processes that leave nothing behind, and what they need: cores, ports and open files.

Each is started in a session of its own, and its whole group is ended. The workers of some servers outlive a killed
parent and go on answering on its port, so ending the process that was started is not enough.
"""

import contextlib
import itertools
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

POLL_S = 0.005

HURRIED_GRACE_S = 1.0
"""The most that a group may take to end once the run was asked to stop: nothing is measured any more."""

EXTRA_FILES = 64
"""Files that a load process or a server has open in addition to its connections."""

FEWEST_SERVER_CORES = 2
"""With fewer cores for the server, the shortage would be what is measured."""

LOG_LINES = 12

FIRST_PORT, PORTS = 10_000, 20_000
_ports_tried = itertools.count()


@dataclass(frozen=True, slots=True)
class ProcessEnd:
    """How a group ended: the seconds it took, the exit code of its first process, and whether it had to be killed."""

    stop_s: float
    exit_code: int | None
    killed: bool


def start_process(
    command: list[str], env: Mapping[str, str], folder: Path, log: IO[bytes], account: str | None = None
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own; both outputs go to a log file, so no pipe has to be drained.

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


def end_process(
    process: subprocess.Popen[bytes], grace_s: float, stop: Stop, first: signal.Signals = signal.SIGTERM
) -> ProcessEnd:
    """End the whole group of a process: send a signal, and SIGKILL to what is left after the grace time."""
    began_s = time.monotonic()
    _signal_group(process, first)
    killed = not _wait_until_gone(process, grace_s, stop)
    if killed:
        _signal_group(process, signal.SIGKILL)
        _wait_until_gone(process, grace_s, stop)
    return ProcessEnd(time.monotonic() - began_s, process.poll(), killed)


def _wait_until_gone(process: subprocess.Popen[bytes], grace_s: float, stop: Stop) -> bool:
    began_s = time.monotonic()
    while process.poll() is None or group_members(process.pid):
        waited_s = time.monotonic() - began_s
        if waited_s > grace_s or (stop.requested and waited_s > HURRIED_GRACE_S):
            return False
        time.sleep(POLL_S)
    return True


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def group_members(group: int) -> list[int]:
    """Return the living processes of a group, without zombies."""
    return [pid for pid in psutil.pids() if _belongs(pid, group)]


def _belongs(pid: int, group: int) -> bool:
    try:
        return os.getpgid(pid) == group and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, PermissionError, psutil.Error):
        return False


def describe_exit(process: subprocess.Popen[bytes], name: str, log: Path, within_s: float = 0.0) -> str | None:
    """Return how a process died, with the end of its log; None if it is alive.

    Its sockets close before its exit is seen, so it is given `within_s` seconds to die.
    """
    try:
        exit_code = process.wait(within_s)
    except subprocess.TimeoutExpired:
        return None
    return f"{name} has exited with code {exit_code}; {quote_log_end(log)}"


def quote_log_end(log: Path) -> str:
    """Return the last lines of a log, introduced."""
    lines = log.read_text(errors="replace").strip().splitlines()[-LOG_LINES:]
    return "the end of its log:\n" + "\n".join(lines) if lines else "its log is empty"


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process, including threads that have ended; 0 if it is gone."""
    with contextlib.suppress(OSError, psutil.Error):
        if platform.system() == "Linux":
            # Each process has a clock in nanoseconds, where /proc counts hundredths of a second. Its number is made
            # as by clock_getcpuclockid(3) (include/linux/posix-timers.h: ~pid << 3 | CPUCLOCK_SCHED).
            return time.clock_gettime(~pid << 3 | 2)
        times = psutil.Process(pid).cpu_times()
        return times.user + times.system
    return 0.0


def machine_cpu_s() -> float:
    """Return the CPU seconds of the machine since its start, including those stolen from it."""
    times = psutil.cpu_times()
    # The time of guests is part of the user's already.
    spent_s: float = times.user + times.nice + times.system
    return spent_s + sum(getattr(times, name, 0.0) for name in ("irq", "softirq", "steal"))


@dataclass(frozen=True, slots=True)
class CoreSplit:
    """The cores of the client and those of the server; both empty if they share all cores."""

    client: tuple[int, ...] = ()
    server: tuple[int, ...] = ()


def list_allowed_cores() -> list[int] | None:
    """Return the cores that this process may use; None if the system cannot pin processes."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


def split_cores(processes: int) -> CoreSplit:
    """Give each load process a core and the server the rest, if there are enough."""
    return divide_cores(list_allowed_cores() or [], processes)


def divide_cores(cores: Sequence[int], processes: int) -> CoreSplit:
    """Give the last cores to the client, because systems prefer to use the first themselves."""
    if len(cores) < processes + FEWEST_SERVER_CORES:
        return CoreSplit()
    return CoreSplit(client=tuple(cores[-processes:]), server=tuple(cores[:-processes]))


def pin_process(pid: int, cores: Sequence[int]) -> None:
    """Keep a new process, and all that it starts, on these cores; on any if none are given."""
    if cores:
        os.sched_setaffinity(pid, cores)


def raise_descriptor_limit() -> None:
    """Let this process, and all that it starts from now on, open as many files as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def require_descriptors(count: int) -> None:
    """Raise InputError if a process may not have `count` files and sockets open."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < count:
        raise InputError(
            f"this needs {count} open files in one process, and the limit is {most}; raise it "
            f"with `sudo prlimit --pid $$ --nofile={count}:{count}` in this shell, or lower the concurrency"
        )


def find_free_port() -> int:
    """Return a port that nobody uses at the moment, and that no other process of ours is given meanwhile.

    Systems take the ports of outgoing connections from above these, so no connection of the load can take it either.
    """
    for _ in range(PORTS):
        port = FIRST_PORT + (os.getpid() * 101 + next(_ports_tried)) % PORTS
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise InputError(f"none of the ports {FIRST_PORT} to {FIRST_PORT + PORTS - 1} is free; end what listens on them")


def wait_until_port_is_free(port: int, within_s: float, stop: Stop) -> bool:
    """Wait until nobody listens on a port; return False if that takes too long or the run is to stop."""
    deadline_s = time.monotonic() + within_s
    while not _is_port_free(port):
        if stop.requested or time.monotonic() > deadline_s:
            return False
        time.sleep(POLL_S)
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
