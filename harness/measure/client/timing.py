"""Time in the load process: the measured window, the CPU time in it, and an alarm finer than an event loop's timers."""

import asyncio
import ctypes
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic_ns

from harness.measure.client.job import Job

NS = 1_000_000_000
US_NS = 1_000

TFD_TIMER_ABSTIME = 1
TFD_NONBLOCK = os.O_NONBLOCK
CLOCK_MONOTONIC = 1


@dataclass(frozen=True, slots=True)
class Span:
    """The measured time of an executor that has a window, in nanoseconds on the monotonic clock."""

    start_ns: int
    end_ns: int

    @property
    def duration_s(self) -> float:
        return (self.end_ns - self.start_ns) / NS


def measured_window(job: Job, start_ns: int) -> Span:
    """Return the window of a job that starts at `start_ns`: it opens after the warm-up."""
    start_ns += round(job.warmup_s * NS)
    return Span(start_ns, start_ns + round(job.duration_s * NS))


class CpuMeter:
    """Reads the CPU time of this process at both ends of a window, as soon as the running loop gets there."""

    def __init__(self, window: Span) -> None:
        self._window = window
        self._marks: list[tuple[int, float]] = []
        loop, now_ns = asyncio.get_running_loop(), monotonic_ns()
        self._timers = [
            loop.call_later(max(0, at_ns - now_ns) / NS, self._mark) for at_ns in (window.start_ns, window.end_ns)
        ]

    def stop(self) -> float:
        """Return the CPU seconds of the window: the share of a core between the marks, times the window's length."""
        for timer in self._timers:
            timer.cancel()
        self._mark()
        (from_ns, from_cpu_s), (to_ns, to_cpu_s), *_ = self._marks if len(self._marks) > 1 else self._marks * 2
        return (to_cpu_s - from_cpu_s) * NS / max(1, to_ns - from_ns) * self._window.duration_s

    def _mark(self) -> None:
        self._marks.append((monotonic_ns(), time.process_time()))


class _Timespec(ctypes.Structure):
    """`struct timespec`: seconds and nanoseconds."""

    _fields_ = (("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    """`struct itimerspec`: the interval, which we do not use, and the time."""

    _fields_ = (("it_interval", _Timespec), ("it_value", _Timespec))


class Alarm:
    """Calls back at a time on the monotonic clock; setting it again replaces the time before.

    On Linux it is a timerfd, good to some ten microseconds (Python has its own only from 3.13 on). Elsewhere it is the
    loop's own timer, good to a millisecond, and the reported lag shows that.
    """

    def __init__(self, call_back: Callable[[], None]) -> None:
        self._call_back = call_back
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._descriptor: int | None = None
        if sys.platform == "linux":
            self._libc = ctypes.CDLL(None, use_errno=True)
            self._descriptor = self._libc.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK)
            if self._descriptor < 0:
                raise OSError(ctypes.get_errno(), "cannot make a timer")
            self._loop.add_reader(self._descriptor, self._read_timer)

    def set(self, at_ns: int) -> None:
        """Call back at that time, or at once if it is past."""
        if self._descriptor is None:
            if self._timer:
                self._timer.cancel()
            self._timer = self._loop.call_later(max(0.0, (at_ns - monotonic_ns()) / NS), self._call_back)
            return
        spec = _Itimerspec(_Timespec(0, 0), _Timespec(at_ns // NS, at_ns % NS))
        self._libc.timerfd_settime(self._descriptor, TFD_TIMER_ABSTIME, ctypes.byref(spec), None)

    def close(self) -> None:
        """Never call back again."""
        if self._timer:
            self._timer.cancel()
        if self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)

    def _read_timer(self) -> None:
        assert self._descriptor is not None
        try:
            os.read(self._descriptor, 8)
        except BlockingIOError:
            # It was set again after it went off.
            return
        self._call_back()
