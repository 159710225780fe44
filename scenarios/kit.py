"""What a scenario file is written with: styles, the evidence of an answer, and models of how long it should take.

A scenario file makes one `Scenario`, calls it `scenario` and adds its endpoints to it; the file's name is the
scenario's name in `matrix.yaml`. An endpoint does its work inside `with working(style) as evidence` and answers with
that evidence.

The harness imports these files, too. So a scenario imports what it needs besides the standard library and Starlette
where it is used: then the file loads quickly, even if its requirements are not installed.
"""

import json
import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal

from scenarios.inside.launched import EVIDENCE_HEADER, launch_settings

Evidence = dict[str, Any]
Endpoint = Callable[..., Any]

entered_ns: ContextVar[int] = ContextVar("entered_ns")
"""When the request entered the app, on the monotonic clock; the layer around the app sets it."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Concurrent requests on one worker process, and its limits.

    `pool_size` is None if the scenario has no pool; `parameters` are its other parameters, by name.
    """

    requests: int
    thread_limit: int
    executor_threads: int
    delay_s: float
    pool_size: int | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)


Model = Callable[[Crowd], float]
"""Gives the seconds that a crowd takes if only the scenario's own work takes time.

The report quotes its docstring, one sentence.
"""


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


def in_pool_waves(crowd: Crowd) -> float:
    """As many at a time as the pool has connections; the thread limit plays no part."""
    return math.ceil(crowd.requests / (crowd.pool_size or 1)) * crowd.delay_s


def in_thread_and_pool_waves(crowd: Crowd) -> float:
    """As many at a time as there are thread tokens or connections in the pool, whichever are fewer."""
    return math.ceil(crowd.requests / min(crowd.thread_limit, crowd.pool_size or 1)) * crowd.delay_s


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that `matrix.yaml` may set: seconds if its unit is `s`, else a whole number. `says` describes it."""

    name: str
    default: float
    unit: str
    says: str


DELAY = "delay"
"""The parameter that has a key of its own in `matrix.yaml`: how long a request waits, in seconds."""

POOL_SIZE = "pool_size"
"""The parameter that is an axis: how many connections a pool has in each worker process."""


def delay(default_s: float, says: str = "How long a request waits.") -> Parameter:
    """Make the delay of a scenario."""
    return Parameter(DELAY, default_s, "s", says)


def pool_size(default: int, says: str = "How many connections the pool has in each worker process.") -> Parameter:
    """Make the pool size of a scenario."""
    return Parameter(POOL_SIZE, default, "connections", says)


@dataclass(frozen=True, slots=True)
class RequestClass:
    """Some of the requests of a style: `weight` of them in every round, before those of the next class.

    `name` is empty if a style has one class only. `waits` says that the handler takes the delay of the launch, so that
    an earlier answer is a bug. `uploads` names the parameter with the size of the file that its requests post as a
    form. `made` says that `endpoint` is called in the server to make the endpoint.
    """

    name: str
    endpoint: Endpoint
    weight: int = 1
    waits: bool = True
    uploads: str | None = None
    made: bool = False


@dataclass(frozen=True, slots=True)
class Style:
    """One way to write the endpoint, and the model of how long it takes, if there is one.

    `says` describes it: the first paragraph of the endpoint's docstring. `requires` is what pip installs for it.
    `validates` keeps FastAPI's validation of the answer, which is otherwise off. `using` names the library that does
    the work, if the styles of a scenario differ in that.
    """

    classes: tuple[RequestClass, ...]
    model: Model | None
    says: str
    requires: tuple[str, ...] = ()
    validates: bool = False
    using: str | None = None


Service = Literal["upstream", "postgres"]
"""What the harness starts next to a server: an HTTP service to call, or a database."""

Around = Callable[[], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of work, in every style that makes sense for it.

    `shows` says in two or three sentences what it shows; `reports` maps questions of users to the addresses where they
    asked them. `parameters` may be set in the matrix, `requires` is what pip installs for any style, `service` runs
    next to the server. `around` opens what endpoints share: it is entered on the event loop before the first request,
    and left at the end if the server has a lifespan.
    """

    shows: str
    parameters: tuple[Parameter, ...] = ()
    reports: Mapping[str, str] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    service: Service | None = None
    around: Around | None = None
    styles: dict[str, Style] = field(default_factory=dict)

    def style(  # noqa: PLR0913 - all properties of a style are named where it is added
        self,
        name: str,
        model: Model | None = None,
        *,
        using: str | None = None,
        requires: tuple[str, ...] = (),
        waits: bool = True,
        validates: bool = False,
        uploads: str | None = None,
        made: bool = False,
    ) -> Callable[[Endpoint], Endpoint]:
        """Add the decorated endpoint to this scenario under the name of its style.

        If the signature of the endpoint needs something of FastAPI's, decorate a function that imports it and returns
        the endpoint, and say that it is `made`.
        """

        def add(endpoint: Endpoint) -> Endpoint:
            only = RequestClass("", endpoint, waits=waits, uploads=uploads, made=made)
            self.styles[name] = Style((only,), model, first_paragraph(endpoint), requires, validates, using)
            return endpoint

        return add

    def style_of_classes(self, name: str, says: str, *classes: RequestClass) -> None:
        """Add a style with several classes of requests, each reported separately; such a mixture has no model."""
        self.styles[name] = Style(classes, None, says)

    def default(self, parameter: str) -> float | None:
        """Return the default of a parameter; None if this scenario does not have it."""
        return next((each.default for each in self.parameters if each.name == parameter), None)


def endpoint_path(style: str, class_name: str) -> str:
    """Return the path of a class of requests, without its slash; its evidence has the same name."""
    return f"{style}/{class_name}" if class_name else style


def first_paragraph(function: Callable[..., Any]) -> str:
    """Return the first paragraph of a docstring, on one line."""
    return " ".join((function.__doc__ or "").partition("\n\n")[0].split())


class Gauge:
    """Counts what runs now, and the most that ever ran at the same time, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.running = 0
        self.peak = 0

    def enter(self) -> int:
        with self._lock:
            self.running += 1
            self.peak = max(self.peak, self.running)
            return self.running

    def leave(self) -> None:
        with self._lock:
            self.running -= 1


gauge = Gauge()
"""The handlers that are running."""

left_behind = Gauge()
"""The tasks that handlers left to run after their answer."""


@contextmanager
def working(style: str) -> Iterator[Evidence]:
    """Run the work of a handler; the evidence says which process and thread did it, and when (monotonic nanoseconds).

    If a style has several classes, `style` is `style/class`.
    """
    evidence: Evidence = {
        "style": style,
        "token": launch_settings().token,
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


def evidence_header(evidence: Evidence) -> dict[str, str]:
    """Return the header that carries the evidence of an answer with another body."""
    return {EVIDENCE_HEADER: json.dumps(evidence)}


def encode_line(data: Mapping[str, Any]) -> bytes:
    """Return a line of a stream; the last line of a stream is its evidence."""
    return json.dumps(data).encode() + b"\n"
