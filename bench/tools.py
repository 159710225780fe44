"""The tools that the engine is compared with, wrk and h2load: found, run, and their output parsed."""

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

from bench.cores import print_note, start_on_cores

PACKAGES = {"wrk": "wrk", "h2load": "nghttp2-client", "nginx": "nginx-light"}
"""The package of each tool on Debian and Ubuntu."""

UNITS_US = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 60e6}

# nginx is in the folder for administrators, which is not on every path.
ADMIN_FOLDER = "/usr/sbin"
ENDS_WITHIN_S = 60.0

# wrk sends on each connection as soon as it is open. A server that is busy from then on accepts the others slowly:
# their first requests wait for up to 0.3 s, and with what wrk adds for those that it thinks it has missed, they alone
# would make up its p99.
SETTLE = """\
local unsettled = {connections}
function delay()
    unsettled = unsettled - 1
    return unsettled < 0 and 0 or {settle_ms}
end
"""


class ToolError(Exception):
    """A tool that failed, or whose output makes its figures worthless."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a client did: answers per second, CPU time per answer and latencies; NaN if unknown."""

    rps: float
    cpu_us: float = math.nan
    p50_us: float = math.nan
    p99_us: float = math.nan

    @property
    def client_cpu(self) -> float:
        """The share of a core that the client used."""
        return self.rps * self.cpu_us / 1e6


def find_tool(tool: str, part: str) -> str | None:
    """Return the path of a tool; if it is not installed, print how to install it and return None."""
    path = shutil.which(tool, path=os.pathsep.join([os.environ.get("PATH", os.defpath), ADMIN_FOLDER]))
    if path is None:
        print_note(part, f"{tool} is not installed; install it with: apt install {PACKAGES[tool]}")
    return path


def run_wrk(wrk: str, url: str, connections: int, seconds: int, cores: Sequence[int]) -> Pace:
    """Offer a closed loop with wrk and parse its output; the CPU time is that of the whole process."""
    return parse_wrk(*_run_tool([wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", url], cores))


def run_settled_wrk(wrk: str, url: str, connections: int, seconds: int, settle_ms: int, cores: Sequence[int]) -> Pace:
    """Do the same, but let every connection wait before its first request until all are settled."""
    with TemporaryDirectory(prefix="asgi-matrix-") as folder:
        script = Path(folder) / "settle.lua"
        script.write_text(SETTLE.format(connections=connections, settle_ms=settle_ms))
        options = [f"-c{connections}", f"-d{seconds}s", "--latency", f"--script={script}"]
        return parse_wrk(*_run_tool([wrk, "-t1", *options, url], cores), idle_s=settle_ms / 1e3)


def run_h2load(h2load: str, url: str, connections: int, seconds: int, warmup_ms: int, cores: Sequence[int]) -> Pace:
    """Offer a closed loop with h2load and parse its output, which excludes the warm-up."""
    times = [f"--duration={seconds}", f"--warm-up-time={warmup_ms}ms"]
    return parse_h2load(_run_tool([h2load, "--h1", "-t1", f"-c{connections}", *times, url], cores)[0])


def parse_wrk(text: str, cpu_s: float, idle_s: float = 0.0) -> Pace:
    """Parse the output of wrk, which sent nothing for the first `idle_s` seconds.

    Raises ToolError if any request failed.
    """
    if "Socket errors" in text or "Non-2xx" in text or re.search(r"^ *0 requests in ", text, re.MULTILINE):
        raise ToolError(f"some requests of wrk failed:\n{text}")
    answers = int(_match_line(r"^ *(\d+) requests in ", text)[1])
    rps = float(_match_line(r"^Requests/sec: +([\d.]+)$", text)[1])
    return Pace(
        rps=answers / (answers / rps - idle_s),
        cpu_us=cpu_s * 1e6 / answers,
        p50_us=_to_us(_match_line(r"^ +50% +([\d.]+)(us|ms|s|m)$", text)),
        p99_us=_to_us(_match_line(r"^ +99% +([\d.]+)(us|ms|s|m)$", text)),
    )


def parse_h2load(text: str) -> Pace:
    """Parse the output of h2load. Raises ToolError if any request failed."""
    if not re.search(r" 0 failed, 0 errored, 0 timeout$", text, re.MULTILINE):
        raise ToolError(f"some requests of h2load failed:\n{text}")
    return Pace(rps=float(_match_line(r"^finished in [\d.]+(?:us|ms|s|m), ([\d.]+) req/s", text)[1]))


def _match_line(pattern: str, text: str) -> re.Match[str]:
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise ToolError(f"expected a line like {pattern!r}, found:\n{text}")
    return match


def _to_us(time: re.Match[str]) -> float:
    return float(time[1]) * UNITS_US[time[2]]


def _run_tool(command: list[str], cores: Sequence[int]) -> tuple[str, float]:
    """Run a command on these cores; return its output and its CPU seconds."""
    # No other child ends in between, so the added time of children is that of this one.
    before_s = _children_cpu_s()
    with start_on_cores(cores):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=ENDS_WITHIN_S)
    if done.returncode:
        raise ToolError(f"{command[0]} has exited with code {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout, _children_cpu_s() - before_s


def _children_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
