"""The tools that the engine is held against, wrk and h2load: found, run, and their output read."""

import math
import os
import re
import resource
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.apart import print_note, start_on_cores

PACKAGES = {"wrk": "wrk", "h2load": "nghttp2-client", "nginx": "nginx-light"}
"""What to install for each tool, on Debian and Ubuntu."""

UNITS_US = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 60e6}

# nginx is for administrators, whose folder is not on everybody's path.
FOR_ADMINISTRATORS = "/usr/sbin"
ENDS_WITHIN_S = 60.0

# wrk sends on each connection as soon as it is open. A server that is busy from then on takes in the others slowly:
# their first requests wait for up to 0.3 s, and with what wrk adds for those that it thinks it has missed, they alone
# would be its p99.
SETTLE = """\
local unsettled = {connections}
function delay()
    unsettled = unsettled - 1
    return unsettled < 0 and 0 or {settle_ms}
end
"""


class ToolError(Exception):
    """A tool that failed, or said something that makes its figures worthless."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a client did: answers a second, CPU time an answer and latencies, NaN where these are not known."""

    rps: float
    cpu_us: float = math.nan
    p50_us: float = math.nan
    p99_us: float = math.nan

    @property
    def client_cpu(self) -> float:
        """The share of a core that the client used."""
        return self.rps * self.cpu_us / 1e6


def find_tool(tool: str, part: str) -> str | None:
    """Where a tool is; where it is not installed, None, and how to install it is said."""
    path = shutil.which(tool, path=os.pathsep.join([os.environ.get("PATH", os.defpath), FOR_ADMINISTRATORS]))
    if path is None:
        print_note(part, f"{tool} is not installed; install it with: apt install {PACKAGES[tool]}")
    return path


def run_wrk(wrk: str, url: str, connections: int, seconds: int, cores: Sequence[int]) -> Pace:
    """Offer a closed loop with wrk, whose CPU time is that of the whole process, and read what it says."""
    return parse_wrk(*_run_tool([wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", url], cores))


def run_settled_wrk(wrk: str, url: str, connections: int, seconds: int, settle_ms: int, cores: Sequence[int]) -> Pace:
    """The same, but every connection waits before its first request, until all of them are settled."""
    with TemporaryDirectory(prefix="asgi-matrix-") as folder:
        script = Path(folder) / "settle.lua"
        script.write_text(SETTLE.format(connections=connections, settle_ms=settle_ms))
        options = [f"-c{connections}", f"-d{seconds}s", "--latency", f"--script={script}"]
        return parse_wrk(*_run_tool([wrk, "-t1", *options, url], cores), idle_s=settle_ms / 1e3)


def run_h2load(h2load: str, url: str, connections: int, seconds: int, warmup_ms: int, cores: Sequence[int]) -> Pace:
    """Offer a closed loop with h2load, and read what it says of the time after its warm-up."""
    times = [f"--duration={seconds}", f"--warm-up-time={warmup_ms}ms"]
    return parse_h2load(_run_tool([h2load, "--h1", "-t1", f"-c{connections}", *times, url], cores)[0])


def parse_wrk(text: str, cpu_s: float, idle_s: float = 0.0) -> Pace:
    """What the output of wrk says, which sent nothing for the first `idle_s` seconds.

    Raises ToolError where not all requests went well.
    """
    if "Socket errors" in text or "Non-2xx" in text or re.search(r"^ *0 requests in ", text, re.MULTILINE):
        raise ToolError(f"not all requests of wrk went well:\n{text}")
    answers = int(_match_line(r"^ *(\d+) requests in ", text)[1])
    rps = float(_match_line(r"^Requests/sec: +([\d.]+)$", text)[1])
    return Pace(
        rps=answers / (answers / rps - idle_s),
        cpu_us=cpu_s * 1e6 / answers,
        p50_us=_to_us(_match_line(r"^ +50% +([\d.]+)(us|ms|s|m)$", text)),
        p99_us=_to_us(_match_line(r"^ +99% +([\d.]+)(us|ms|s|m)$", text)),
    )


def parse_h2load(text: str) -> Pace:
    """What the output of h2load says. Raises ToolError where not all requests went well."""
    if not re.search(r" 0 failed, 0 errored, 0 timeout$", text, re.MULTILINE):
        raise ToolError(f"not all requests of h2load went well:\n{text}")
    return Pace(rps=float(_match_line(r"^finished in [\d.]+(?:us|ms|s|m), ([\d.]+) req/s", text)[1]))


def _match_line(pattern: str, text: str) -> re.Match[str]:
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise ToolError(f"expected a line like {pattern!r}, found:\n{text}")
    return match


def _to_us(time: re.Match[str]) -> float:
    return float(time[1]) * UNITS_US[time[2]]


def _run_tool(command: list[str], cores: Sequence[int]) -> tuple[str, float]:
    """What a command says on these cores, and the CPU seconds that it takes."""
    # No other child ends meanwhile, so what is added to the time of children is that of this one.
    before_s = _children_cpu_s()
    with start_on_cores(cores):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=ENDS_WITHIN_S)
    if done.returncode:
        raise ToolError(f"{command[0]} has exited with code {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout, _children_cpu_s() - before_s


def _children_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
