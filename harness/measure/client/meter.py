"""The CPU time that the load process itself spends in a window."""

import asyncio
import time
from dataclasses import dataclass
from time import monotonic_ns

from harness.measure.client.job import Job

NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Window:
    """What is measured of a steady executor, in nanoseconds on the monotonic clock."""

    start_ns: int
    end_ns: int

    @property
    def duration_s(self) -> float:
        return (self.end_ns - self.start_ns) / NS


def window_of(job: Job, start_ns: int) -> Window:
    """The window of a job that begins then: it opens after the warm-up."""
    start_ns += round(job.warmup_s * NS)
    return Window(start_ns, start_ns + round(job.duration_s * NS))


class CpuMeter:
    """Reads the CPU time of this process when the running loop comes by the ends of a window."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._marks: list[tuple[int, float]] = []
        loop, now_ns = asyncio.get_running_loop(), monotonic_ns()
        self._timers = [
            loop.call_later(max(0, at_ns - now_ns) / NS, self._mark) for at_ns in (window.start_ns, window.end_ns)
        ]

    def stop(self) -> float:
        """CPU seconds in the window: the share of a core between the marks, for as long as the window is."""
        for timer in self._timers:
            timer.cancel()
        self._mark()
        (from_ns, from_cpu_s), (to_ns, to_cpu_s), *_ = self._marks if len(self._marks) > 1 else self._marks * 2
        return (to_cpu_s - from_cpu_s) * NS / max(1, to_ns - from_ns) * self._window.duration_s

    def _mark(self) -> None:
        self._marks.append((monotonic_ns(), time.process_time()))
