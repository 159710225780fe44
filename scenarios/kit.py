"""What a scenario file is written with: its styles, the evidence of an answer, and the models of what it should take.

A scenario file makes one `Scenario`, calls it `scenario` and hangs its endpoints on it; the file's name is the
scenario's name in `matrix.yaml`. An endpoint does its work inside `with working(style) as evidence` and answers with
that evidence.
"""

import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from scenarios.inside.launched import launched

Evidence = dict[str, Any]
Endpoint = Callable[[], Any]

entered_ns: ContextVar[int] = ContextVar("entered_ns")
"""When the request entered the app, on the monotonic clock; the layer around the app sets it."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Simultaneous requests on one worker process, and what they find there."""

    requests: int
    thread_limit: int
    executor_threads: int
    delay_s: float


Model = Callable[[Crowd], float]
"""How long a crowd should take, in seconds, if nothing but the scenario's own work took time."""


def at_once(crowd: Crowd) -> float:
    """Everybody waits at the same time."""
    return crowd.delay_s


def one_by_one(crowd: Crowd) -> float:
    """Nobody starts before the one in front has ended."""
    return crowd.requests * crowd.delay_s


def in_waves(crowd: Crowd) -> float:
    """As many at a time as there are thread tokens: a staircase, not a line."""
    return math.ceil(crowd.requests / crowd.thread_limit) * crowd.delay_s


def in_executor_waves(crowd: Crowd) -> float:
    """As many at a time as asyncio's own thread pool holds, which no thread limit sizes."""
    return math.ceil(crowd.requests / crowd.executor_threads) * crowd.delay_s


@dataclass(frozen=True, slots=True)
class Style:
    """One way to write the endpoint, and the model of what it takes, or None where there is no model."""

    endpoint: Endpoint
    model: Model | None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of work, in every style that makes sense for it.

    `default_delay_s` is the delay where `matrix.yaml` gives none; None says that this work takes no delay.
    """

    shows: str
    default_delay_s: float | None = None
    styles: dict[str, Style] = field(default_factory=dict)

    def style(self, name: str, model: Model | None = None) -> Callable[[Endpoint], Endpoint]:
        """Hang the decorated endpoint on this scenario under the name of its style."""

        def hang(endpoint: Endpoint) -> Endpoint:
            self.styles[name] = Style(endpoint, model)
            return endpoint

        return hang


class Gauge:
    """Counts the handlers that run at this moment, and the most that ever ran at once, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self.peak = 0

    def enter(self) -> int:
        with self._lock:
            self._running += 1
            self.peak = max(self.peak, self._running)
            return self._running

    def leave(self) -> None:
        with self._lock:
            self._running -= 1


gauge = Gauge()


@contextmanager
def working(style: str) -> Iterator[Evidence]:
    """Do the work of a handler in here; the evidence says who did it, where, and when (nanoseconds, monotonic)."""
    evidence: Evidence = {
        "style": style,
        "token": launched().token,
        "pid": os.getpid(),
        "thread": threading.get_native_id(),
        "running": gauge.enter(),
        "entered_ns": entered_ns.get(),
        "started_ns": time.monotonic_ns(),
    }
    try:
        yield evidence
    finally:
        evidence["ended_ns"] = time.monotonic_ns()
        gauge.leave()
