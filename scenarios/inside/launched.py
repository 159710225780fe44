"""What a server process is launched with: the harness says it in one environment variable, the app reads it there."""

import json
import os
from dataclasses import dataclass
from functools import cache
from typing import Literal

VARIABLE = "ASGI_MATRIX_LAUNCH"
IN_FORCE_PATH = "/_matrix"
HEALTH_ASYNC_PATH = "/_matrix/health/async"
HEALTH_DEF_PATH = "/_matrix/health/def"


@dataclass(frozen=True, slots=True)
class LaunchSettings:
    """One launch, seen from inside: `folder` is where each worker process says that it is there.

    `parsers` and `distributions` are what to look for when asked what is in force: loaded modules that mean an HTTP
    parser, and distributions whose versions count.
    """

    token: str
    scenario: str
    thread_limit: int | Literal["default"]
    delay_s: float | None
    folder: str
    parsers: dict[str, str]
    distributions: list[str]


@cache
def launched() -> LaunchSettings:
    """Read the settings once; without them the app refuses to start."""
    try:
        return LaunchSettings(**json.loads(os.environ[VARIABLE]))
    except KeyError:
        raise SystemExit(f"{VARIABLE} is not set: this app is started by the harness, not by hand") from None


def delay_s() -> float:
    """Seconds that an endpoint of this launch has to wait."""
    delay_s = launched().delay_s
    if delay_s is None:
        raise RuntimeError(f"scenario {launched().scenario} was launched without a delay")
    return delay_s
