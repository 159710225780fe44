"""What went wrong with the user's app before it could be asked anything: said in the log, and left for the harness.

Servers differ in what they do with an app that fails at its start: some exit, some try again for ever, some serve on.
"""

import os
import sys
from pathlib import Path

from scenarios.inside.launched import launched

SUFFIX = ".trouble"
"""What the name of a file in the folder of a launch ends in that says what went wrong in a worker process."""


def report(problem: str) -> None:
    """Say what went wrong in a sentence; the first that a process says counts."""
    print(f"asgi-matrix: {problem}", file=sys.stderr, flush=True)  # noqa: T201 - the log of the server is where it belongs
    unfinished = Path(launched().folder) / f"{os.getpid()}.unsaid"
    said = unfinished.with_suffix(SUFFIX)
    if not said.exists():
        unfinished.write_text(problem, encoding="utf-8", errors="backslashreplace")
        unfinished.rename(said)


def reported(folder: Path) -> str | None:
    """What a worker process of a launch has reported, None where none has."""
    return next((path.read_text(encoding="utf-8") for path in sorted(folder.glob(f"*{SUFFIX}"))), None)
