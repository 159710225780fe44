"""What is to be measured: cells, the launches that serve them, and the plan that holds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ThreadLimit = int | Literal["default"]
Status = Literal["ok", "failed", "timeout", "skipped", "unsupported"]


@dataclass(frozen=True, slots=True)
class Launch:
    """What one started server is told; all cells that agree in this are measured on the same start."""

    scenario: str
    server: str
    thread_limit: ThreadLimit
    workers: int
    loop: str
    delay_s: float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of axis values."""

    launch: Launch
    style: str
    executor: str
    client: str
    concurrency: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A cell that is not measured: it cannot be done here (`unsupported`), or would take too long (`skipped`)."""

    cell: Cell
    status: Literal["skipped", "unsupported"]
    reason: str


@dataclass(frozen=True, slots=True)
class Variant:
    """A server under a name of the matrix: one of `servers/`, perhaps with arguments and environment of its own."""

    server: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait before giving up, in seconds: for a server to be ready, for a cell, for a server to stop."""

    ready_s: float
    cell_s: float
    stop_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a run needs to know, and all that it takes to run it again.

    A cell is known by its place in `cells`. `variants` holds every server name of the matrix, `practical_difference`
    is a share (0.05 is 5%), `matrix` the text of the matrix file as it was read, `profile` and `only` what the command
    line made of it.
    """

    title: str
    cells: tuple[Cell, ...]
    refusals: tuple[Refusal, ...]
    blocks: int
    seed: int
    limits: Limits
    variants: Mapping[str, Variant]
    practical_difference: float
    baseline: Mapping[str, str | int]
    thresholds: Mapping[str, str]
    profile: str | None
    only: tuple[str, ...]
    matrix: str
