"""What a scenario file is written with: its styles, the evidence of an answer, and the models of what it should take.

A scenario file makes one `Scenario`, calls it `scenario` and hangs its endpoints on it; the file's name is the
scenario's name in `matrix.yaml`. An endpoint does its work inside `with working(style) as evidence` and answers with
that evidence.

The harness reads these files, too: what a scenario needs beside the standard library and Starlette is imported where it
is used, so that a file can be read quickly, and where its needs are missing.
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
    """Simultaneous requests on one worker process, and what they find there.

    `pool_size` is None where the scenario has no pool; `parameters` are its others, by name.
    """

    requests: int
    thread_limit: int
    executor_threads: int
    delay_s: float
    pool_size: int | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)


Model = Callable[[Crowd], float]
"""How long a crowd should take, in seconds, if nothing but the scenario's own work took time.

Its docstring says so in a sentence, which the report quotes.
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
    """Something that a scenario lets `matrix.yaml` set: a whole number of its unit, or where that is `s`, seconds."""

    name: str
    default: float
    unit: str
    says: str


DELAY = "delay"
"""The parameter that has a key of its own in `matrix.yaml`: how long a request waits, in seconds."""

POOL_SIZE = "pool_size"
"""The parameter that is an axis: how many connections a pool has in each worker process."""


def delay(default_s: float, says: str = "How long a request waits.") -> Parameter:
    """The delay of a scenario."""
    return Parameter(DELAY, default_s, "s", says)


def pool_size(default: int, says: str = "How many connections the pool has in each worker process.") -> Parameter:
    """The pool of a scenario."""
    return Parameter(POOL_SIZE, default, "connections", says)


@dataclass(frozen=True, slots=True)
class RequestClass:
    """Some of the requests of a style: `weight` of them in every round, before those of the next class.

    `name` is empty where a style has one class only. `waits` says that the handler spends the delay of the launch, so
    that an answer which came sooner is a mistake. Where `uploads` names a parameter, its requests post a form with one
    file of so many bytes. `made` says that `endpoint` is called in the server to make the endpoint.
    """

    name: str
    endpoint: Endpoint
    weight: int = 1
    waits: bool = True
    uploads: str | None = None
    made: bool = False


@dataclass(frozen=True, slots=True)
class Style:
    """One way to write the endpoint, and the model of what it takes, or None where there is no model.

    `says` is what this style does: the first paragraph of the endpoint's docstring. `requires` are what pip has to
    install for it; `validates` keeps FastAPI's validation of the answer, which is left out otherwise. `using` names the
    library that does the work, where the styles of a scenario differ in that.
    """

    classes: tuple[RequestClass, ...]
    model: Model | None
    says: str
    requires: tuple[str, ...] = ()
    validates: bool = False
    using: str | None = None


Service = Literal["upstream", "postgres"]
"""What the harness starts beside a server: an HTTP service to call, a database."""

Around = Callable[[], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of work, in every style that makes sense for it.

    `shows` is what it shows in two or three sentences, `reports` are addresses of user reports that it answers, by what
    they ask. `parameters` are what may be set, `requires` what pip has to install for any style, `service` what has to
    run beside the server. `around` is entered on the event loop before the first request, and left at the end where
    the server has a lifespan: it opens what endpoints share.
    """

    shows: str
    parameters: tuple[Parameter, ...] = ()
    reports: Mapping[str, str] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    service: Service | None = None
    around: Around | None = None
    styles: dict[str, Style] = field(default_factory=dict)

    def style(  # noqa: PLR0913 - all that may be said of a style is named where it is hung
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
        """Hang the decorated endpoint on this scenario under the name of its style.

        One whose signature takes something of FastAPI's is `made`: what is decorated imports that, and makes the
        endpoint.
        """

        def hang(endpoint: Endpoint) -> Endpoint:
            only = RequestClass("", endpoint, waits=waits, uploads=uploads, made=made)
            self.styles[name] = Style((only,), model, _first_paragraph(endpoint), requires, validates, using)
            return endpoint

        return hang

    def style_of_classes(self, name: str, says: str, *classes: RequestClass) -> None:
        """Add a style whose requests are of several classes, each reported apart; no model foretells such a mixture."""
        self.styles[name] = Style(classes, None, says)

    def default(self, parameter: str) -> float | None:
        """The default of a parameter, None where this scenario has no such parameter."""
        return next((each.default for each in self.parameters if each.name == parameter), None)


def endpoint_path(style: str, class_name: str) -> str:
    """The path of a class of a style, without its slash: what the evidence of its answers calls them, too."""
    return f"{style}/{class_name}" if class_name else style


def _first_paragraph(endpoint: Endpoint) -> str:
    return " ".join((endpoint.__doc__ or "").partition("\n\n")[0].split())


class Gauge:
    """Counts what runs at this moment, and the most that ever ran at once, in this process."""

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
"""The handlers that run."""

left_behind = Gauge()
"""What handlers have left behind for after their answer, from then until it is over."""


@contextmanager
def working(style: str) -> Iterator[Evidence]:
    """Do the work of a handler in here; the evidence says who did it, where, and when (nanoseconds, monotonic).

    A class of a style with several is named `style/class`.
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
    """The header that carries the evidence of an answer whose body is something else."""
    return {EVIDENCE_HEADER: json.dumps(evidence)}


def encode_line(said: Mapping[str, Any]) -> bytes:
    """A line of a stream; the last line of one is its evidence."""
    return json.dumps(said).encode() + b"\n"
