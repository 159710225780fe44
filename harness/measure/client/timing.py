"""An alarm that rings at a moment of the monotonic clock, finer than the milliseconds that event loops count in."""

import asyncio
import ctypes
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic_ns

from harness.measure.client.job import Job

TFD_TIMER_ABSTIME = 1
TFD_NONBLOCK = os.O_NONBLOCK
CLOCK_MONOTONIC = 1


class Timespec(ctypes.Structure):
    """`struct timespec`: seconds and nanoseconds."""

    _fields_ = (("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long))


class Itimerspec(ctypes.Structure):
    """`struct itimerspec`: the interval, which we do not use, and the moment."""

    _fields_ = (("it_interval", Timespec), ("it_value", Timespec))


class Alarm:
    """Calls back when it rings; each setting replaces the one before.

    On Linux a timerfd, to some ten microseconds (Python itself has them from 3.13 on only); elsewhere the loop's own
    timer, to a millisecond, and the lag that is reported says so.
    """

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._descriptor: int | None = None
        if sys.platform == "linux":
            self._libc = ctypes.CDLL(None, use_errno=True)
            self._descriptor = self._libc.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK)
            if self._descriptor < 0:
                raise OSError(ctypes.get_errno(), "cannot make a timer")
            self._loop.add_reader(self._descriptor, self._rung)

    def set(self, at_ns: int) -> None:
        """Ring then, or at once where that is past."""
        if self._descriptor is None:
            if self._timer:
                self._timer.cancel()
            self._timer = self._loop.call_later(max(0.0, (at_ns - monotonic_ns()) / NS), self._ring)
            return
        moment = Itimerspec(Timespec(0, 0), Timespec(at_ns // NS, at_ns % NS))
        self._libc.timerfd_settime(self._descriptor, TFD_TIMER_ABSTIME, ctypes.byref(moment), None)

    def close(self) -> None:
        """Never ring again."""
        if self._timer:
            self._timer.cancel()
        if self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)

    def _rung(self) -> None:
        assert self._descriptor is not None
        try:
            os.read(self._descriptor, 8)
        except BlockingIOError:
            # Set anew since it rang.
            return
        self._ring()


NS = 1_000_000_000
US_NS = 1_000


@dataclass(frozen=True, slots=True)
class Window:
    """What is measured of a steady executor, in nanoseconds on the monotonic clock."""

    start_ns: int
    end_ns: int

    @property
    def duration_s(self) -> float:
        return (self.end_ns - self.start_ns) / NS


def measured_window(job: Job, start_ns: int) -> Window:
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
