"""Run wrk, parse its output, and remove the latencies that it adds.

When it has ended, wrk adds latencies for requests that it thinks a stall has kept it from sending (`stats_correct` in
its source). For each latency of at least twice the mean, it adds that latency less the mean, less twice the mean and so
on. No request took these times, but they can make up most of the tail that it prints.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.tools import Pace, ToolError, match_line, run_tool
from harness.model.journal import Distribution

# wrk sends on each connection as soon as it is open. A server that is busy from then on accepts the others slowly:
# their first requests wait for up to 0.3 s and would make up the p99. So wrk sleeps before its first request. (It asks
# for the bytes of a request once before, to check them.) Its own `delay()` is no way to wait: it turns every request
# into a timer, and the newest timer fires first, so the last connection to be answered would send first.
SCRIPT = """\
local ffi = require("ffi")
ffi.cdef("int usleep(unsigned int microseconds);")
local calls = 0
local bytes
function request()
    calls = calls + 1
    if calls == 1 then bytes = wrk.format() end
    if calls == 2 then ffi.C.usleep({settle_us}) end
    return bytes
end
function done(summary, latency)
    io.write(string.format("%d requests took %d us\\n", summary.requests, summary.duration))
    for number = 1, #latency do
        io.write(string.format("%d us: %d times\\n", latency(number)))
    end
end
"""


@dataclass(frozen=True, slots=True)
class WrkRun:
    """What a run of wrk measured, and the latencies that it prints the percentiles of."""

    pace: Pace
    printed: Distribution


def run_wrk(wrk: str, url: str, connections: int, seconds: int, cores: Sequence[int]) -> Pace:
    """Offer a closed loop with wrk and parse its output; the CPU time is that of the whole process."""
    return parse_wrk(*run_tool([wrk, "-t1", f"-c{connections}", f"-d{seconds}s", url], cores))


def run_settled_wrk(wrk: str, url: str, connections: int, seconds: int, settle_ms: int, cores: Sequence[int]) -> WrkRun:
    """Offer a closed loop with wrk, which sends nothing until its connections have settled; return all latencies."""
    with TemporaryDirectory(prefix="asgi-matrix-") as folder:
        script = Path(folder) / "script.lua"
        script.write_text(SCRIPT.format(settle_us=1000 * settle_ms))
        options = [f"-c{connections}", f"-d{seconds}s", f"--script={script}"]
        text, _ = run_tool([wrk, "-t1", *options, url], cores)
    return parse_latencies(text, connections, settle_ms)


def parse_wrk(text: str, cpu_s: float) -> Pace:
    """Parse the output of wrk. Raises ToolError if any request failed."""
    _require_success(text)
    answers = int(match_line(r"^ *(\d+) requests in ", text)[1])
    return Pace(rps=float(match_line(r"^Requests/sec: +([\d.]+)$", text)[1]), cpu_us=cpu_s * 1e6 / answers)


def parse_latencies(text: str, connections: int, settle_ms: int) -> WrkRun:
    """Parse what `SCRIPT` prints. Raises ToolError if any request failed."""
    _require_success(text)
    summary = match_line(r"^(\d+) requests took (\d+) us$", text)
    requests, duration_us = int(summary[1]), int(summary[2])
    corrected = {int(us): int(count) for us, count in re.findall(r"^(\d+) us: (\d+) times$", text, re.MULTILINE)}
    measured = undo_correction(corrected, mean_us=duration_us // max(1, requests // connections))
    if sum(measured.values()) != requests:
        raise ToolError(f"wrk has {requests} answers, but {sum(measured.values())} latencies")
    rps = requests / (duration_us - 1000 * settle_ms) * 1e6
    return WrkRun(Pace(rps, latency=_sort_latencies(measured)), _sort_latencies(corrected))


def undo_correction(corrected: Mapping[int, int], mean_us: int) -> dict[int, int]:
    """Return how often wrk measured each latency, from how often it counts it after its correction."""
    left = Counter(corrected)
    # What a latency adds is smaller than itself, so the largest has nothing added to it.
    for us in sorted(corrected, reverse=True):
        if us >= 2 * mean_us:
            for added_us in range(us - mean_us, mean_us, -mean_us):
                left[added_us] -= left[us]
    return {us: count for us, count in left.items() if count}


def _require_success(text: str) -> None:
    if "Socket errors" in text or "Non-2xx" in text or re.search(r"^ *0 requests in ", text, re.MULTILINE):
        raise ToolError(f"some requests of wrk failed:\n{text}")


def _sort_latencies(counts: Mapping[int, int]) -> Distribution:
    return Distribution(*map(list, zip(*sorted(counts.items()), strict=True)))
