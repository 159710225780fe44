"""What the harness and a server process exchange: settings in an environment variable, failures in a folder."""

import json
import os
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

VARIABLE = "ASGI_MATRIX_LAUNCH"
IN_FORCE_PATH = "/_matrix"
QUIET_PATH = "/_matrix/quiet"
HEALTH_ASYNC_PATH = "/_matrix/health/async"
HEALTH_DEF_PATH = "/_matrix/health/def"
EVIDENCE_HEADER = "matrix-evidence"
ENDPOINT_HEADER = "matrix-endpoint"
"""The request header that names the endpoint of a user's app that is called; the evidence repeats it."""

FAILURE_SUFFIX = ".trouble"
"""The suffix of the files in the folder of a launch in which worker processes report failures."""

noted_versions: dict[str, str] = {}
"""Versions of what is not a Python distribution, such as a database, by name."""


@dataclass(frozen=True, slots=True)
class LaunchSettings:
    """One launch, seen from inside.

    `axes` has the value of each axis of the launch by its name; axes that do not apply are None. Worker processes
    announce themselves in `folder`. `app` and `path` are the import string and the directory of the user's app, if it
    is one. `styles` are the measured ones: what only the others need is not opened. `services` maps names to addresses.
    `parsers` maps modules to the HTTP parser that is in use if they are loaded; the versions of `distributions` are
    reported.
    """

    token: str
    axes: dict[str, Any]
    folder: str
    parsers: dict[str, str]
    distributions: list[str]
    styles: list[str] = field(default_factory=list)
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
    """Return the seconds that an endpoint of this launch has to wait."""
    return float(_value_of("delay_s"))


def pool_size() -> int:
    """Return the connections that a pool of this launch has in each worker process."""
    return int(_value_of("pool_size"))


def parameter(name: str) -> float:
    """Return a parameter of this launch: seconds if its unit is `s`, else a whole number."""
    value: float = dict(launch_settings().axes["parameters"])[name]
    return value


def _value_of(axis: str) -> Any:
    axes = launch_settings().axes
    if axes[axis] is None:
        raise RuntimeError(f"scenario {axes['scenario']} was launched without a {axis}")
    return axes[axis]


def service(name: str) -> str:
    """Return the address of a service."""
    return launch_settings().services[name]


def report_failure(problem: str) -> None:
    """Log what went wrong with the user's app, and leave it for the harness; the first report of a process counts.

    Servers differ in what they do with an app that fails at its start: some exit, some try again for ever, some go on.
    """
    print(f"asgi-matrix: {problem}", file=sys.stderr, flush=True)  # noqa: T201 - it belongs in the log of the server
    unfinished = Path(launch_settings().folder) / f"{os.getpid()}.unfinished-trouble"
    report = unfinished.with_suffix(FAILURE_SUFFIX)
    if not report.exists():
        unfinished.write_text(problem, encoding="utf-8", errors="backslashreplace")
        unfinished.rename(report)


def read_failure(folder: Path) -> str | None:
    """Return what a worker process of a launch has reported; None if none has."""
    return next((path.read_text(encoding="utf-8") for path in sorted(folder.glob(f"*{FAILURE_SUFFIX}"))), None)
