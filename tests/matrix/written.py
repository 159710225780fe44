"""What tests of this room share: matrix files written down in a folder, and what comes of planning them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent

import pytest

from harness.matrix.planner import make_plan
from harness.model.errors import InputError
from harness.model.plan import Cell, Plan

GOOD = """\
title: a matrix
scenario: sleep
matrix:
  server: uvicorn
  style: [def, async]
  concurrency: [20, 40]
"""

OPEN_LOOP = f"{GOOD}  rate: [100, 200]\nexecutor: constant-arrival-rate\n"


def everything_is_installed(_: str) -> bool:
    return True


def plan_of(
    folder: Path,
    text: str,
    profile: str | None = None,
    only: Sequence[str] = (),
    installed: Callable[[str], bool] = everything_is_installed,
) -> Plan:
    path = folder / "matrix.yaml"
    path.write_bytes(dedent(text).encode("utf-8", "surrogateescape"))
    return make_plan(path, profile, only, installed)


def problems_of(folder: Path, text: str, profile: str | None = None, only: Sequence[str] = ()) -> list[str]:
    """The lines of the refusal, without the folder."""
    with pytest.raises(InputError) as refusal:
        plan_of(folder, text, profile, only)
    return str(refusal.value).replace(f"{folder}/", "").split("\n")


def combination(cell: Cell) -> tuple[str, str, int | str, int, str, str, str, int, int | None]:
    launch = cell.launch
    return (
        *(launch.scenario, launch.server, launch.thread_limit, launch.workers),
        *(launch.loop, cell.client, cell.style, cell.concurrency, cell.rate),
    )
