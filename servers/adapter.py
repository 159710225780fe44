"""What the harness must know of an ASGI server, and the settings that a launch gives it.

A server file makes one `Server` and calls it `server`; the file's name, with `_` for `-`, is the server's name in
`matrix.yaml`. The harness needs nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Settings:
    """What one launch asks of a server: the app as `module:attribute`, its port, its workers and its event loop.

    `axes` has the value of each axis of the launch by its name, those included.
    """

    app: str
    port: int
    workers: int
    loop: str
    axes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Server:
    """One ASGI server: how to install it, how to start it, and what it can do.

    `requires` is what pip installs for it, including every loop. `argv` gives the arguments that follow the Python
    interpreter. `launch_s` is how long a start and a stop take together, in seconds, measured on two cores with CPython
    3.11; it is used only to predict durations. `loops` come in order of preference: the first one is `loop: auto`.
    `lifespan` says whether the server runs the app's start-up, `http` which versions of HTTP it speaks. `parsers` maps
    modules to the HTTP parser that is in use if they are loaded; the first one found counts.
    """

    distribution: str
    requires: tuple[str, ...]
    argv: Callable[[Settings], list[str]]
    launch_s: float
    loops: tuple[str, ...] = ("uvloop", "asyncio")
    many_workers: bool = True
    lifespan: bool = True
    http: tuple[str, ...] = ("1.1",)
    parsers: Mapping[str, str] = field(default_factory=dict)

    def refusal(self, workers: int, loop: str) -> str | None:
        """Return why this server cannot run `workers` workers on this loop; None if it can."""
        if loop not in self.loops:
            return f"{self.distribution} has no {loop} loop; it can run {' or '.join(self.loops)}"
        if workers > 1 and not self.many_workers:
            return f"{self.distribution} runs one process only, not {workers} workers"
        return None
