"""What a server process is launched with: the harness says it in one environment variable, the app reads it there."""

import json
import os
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

VARIABLE = "ASGI_MATRIX_LAUNCH"
IN_FORCE_PATH = "/_matrix"
QUIET_PATH = "/_matrix/quiet"
HEALTH_ASYNC_PATH = "/_matrix/health/async"
HEALTH_DEF_PATH = "/_matrix/health/def"
EVIDENCE_HEADER = "matrix-evidence"
ENDPOINT_HEADER = "matrix-endpoint"
"""The request header that says which endpoint of an app of the user's is asked; the evidence repeats it."""


@dataclass(frozen=True, slots=True)
class LaunchSettings:
    """One launch, seen from inside: `folder` is where each worker process says that it is there.

    `app` and `path` are the import string and the directory of the user's app, where the scenario is one. `styles` are
    those that are measured on it: what the others need is not opened. `delay_s` and `pool_size` are None
    where the scenario has none, `parameters` are its others; `services` are the addresses of what runs beside the
    server. `parsers` and `distributions` are what to look for when asked what is in force: loaded modules that mean an
    HTTP parser, and distributions whose versions count.
    """

    token: str
    scenario: str
    thread_limit: int | Literal["default"]
    delay_s: float | None
    folder: str
    parsers: dict[str, str]
    distributions: list[str]
    styles: list[str] = field(default_factory=list)
    pool_size: int | None = None
    parameters: dict[str, float] = field(default_factory=dict)
    services: dict[str, str] = field(default_factory=dict)
    app: str | None = None
    path: str | None = None


@cache
def launch_settings() -> LaunchSettings:
    """Read the settings once; without them the app refuses to start."""
    try:
        return LaunchSettings(**json.loads(os.environ[VARIABLE]))
    except KeyError:
        raise SystemExit(f"{VARIABLE} is not set: this app is started by the harness, not by hand") from None


def delay_s() -> float:
    """Seconds that an endpoint of this launch has to wait."""
    delay_s = launch_settings().delay_s
    if delay_s is None:
        raise RuntimeError(f"scenario {launch_settings().scenario} was launched without a delay")
    return delay_s


def pool_size() -> int:
    """Connections that a pool of this launch has in each worker process."""
    pool_size = launch_settings().pool_size
    if pool_size is None:
        raise RuntimeError(f"scenario {launch_settings().scenario} was launched without a pool")
    return pool_size


def parameter(name: str) -> float:
    """A parameter of this launch: seconds where its unit is `s`, a whole number otherwise."""
    return launch_settings().parameters[name]


def service(name: str) -> str:
    """The address of what runs beside the server."""
    return launch_settings().services[name]


FAILURE_SUFFIX = ".trouble"
"""What the name of a file in the folder of a launch ends in that says what went wrong in a worker process."""


def report_failure(problem: str) -> None:
    """Say what went wrong in a sentence; the first that a process says counts."""
    print(f"asgi-matrix: {problem}", file=sys.stderr, flush=True)  # noqa: T201 - the log of the server is where it belongs
    unfinished = Path(launch_settings().folder) / f"{os.getpid()}.unsaid"
    said = unfinished.with_suffix(FAILURE_SUFFIX)
    if not said.exists():
        unfinished.write_text(problem, encoding="utf-8", errors="backslashreplace")
        unfinished.rename(said)


def read_failure(folder: Path) -> str | None:
    """What a worker process of a launch has reported, None where none has."""
    return next((path.read_text(encoding="utf-8") for path in sorted(folder.glob(f"*{FAILURE_SUFFIX}"))), None)


noted_versions: dict[str, str] = {}
"""Versions of what is no distribution of this Python, such as a database, by name."""
