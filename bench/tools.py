"""Other tools: found, run, and the output of h2load parsed."""

import math
import os
import re
import resource
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from bench.cores import print_note, start_on_cores
from harness.model.flags import percentile_us
from harness.model.journal import Distribution

PACKAGES = {"wrk": "wrk", "h2load": "nghttp2-client", "nginx": "nginx-light", "gcc": "gcc libc6-dev"}
"""The packages of each tool on Debian and Ubuntu."""

# nginx is in the folder for administrators, which is not on every path.
ADMIN_FOLDER = "/usr/sbin"
ENDS_WITHIN_S = 60.0


class ToolError(Exception):
    """A tool that failed, or whose output makes its figures worthless."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a client did: answers per second, CPU time per answer (NaN if unknown) and latencies (None if unknown)."""

    rps: float
    cpu_us: float = math.nan
    latency: Distribution | None = None

    def percentile_us(self, share: float) -> int:
        """Return a percentile of the latencies."""
        assert self.latency is not None
        return percentile_us(self.latency, share)


def find_tool(tool: str, part: str) -> str | None:
    """Return the path of a tool; if it is not installed, print how to install it and return None."""
    path = shutil.which(tool, path=os.pathsep.join([os.environ.get("PATH", os.defpath), ADMIN_FOLDER]))
    if path is None:
        print_note(part, f"{tool} is not installed; install it with: apt install {PACKAGES[tool]}")
    return path


def run_h2load(h2load: str, url: str, connections: int, seconds: int, cores: Sequence[int]) -> Pace:
    """Offer a closed loop with h2load and parse its output; the CPU time is that of the whole process."""
    return parse_h2load(*run_tool([h2load, "--h1", "-t1", f"-c{connections}", f"--duration={seconds}", url], cores))


def parse_h2load(text: str, cpu_s: float) -> Pace:
    """Parse the output of h2load. Raises ToolError if any request failed."""
    if not re.search(r" 0 failed, 0 errored, 0 timeout$", text, re.MULTILINE):
        raise ToolError(f"some requests of h2load failed:\n{text}")
    answers = int(match_line(r"^requests: .* ([1-9]\d*) succeeded,", text)[1])
    rps = float(match_line(r"^finished in [\d.]+(?:us|ms|s|m), ([\d.]+) req/s", text)[1])
    return Pace(rps, cpu_us=cpu_s * 1e6 / answers)


def match_line(pattern: str, text: str) -> re.Match[str]:
    """Return the first line that matches. Raises ToolError if none does."""
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise ToolError(f"expected a line like {pattern!r}, found:\n{text}")
    return match


def run_tool(command: list[str], cores: Sequence[int] = ()) -> tuple[str, float]:
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
