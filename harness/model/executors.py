"""The executors, one record each: how load is offered, and the words and units for what that measures.

To add an executor, add a record here, and the class that offers its load to `LOADS` in measure/client/executors.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from harness.model.plan import Cell


class Cost(StrEnum):
    """The time that cells are compared by: less is better."""

    LAST_ANSWER = "last-answer"
    TIME_PER_ANSWER = "time-per-answer"
    MEAN_LATENCY = "mean-latency"


@dataclass(frozen=True, slots=True)
class Executor:
    """One way to offer load.

    `has_window` says that a window of `duration` is measured after a `warmup`; `is_open_loop` that requests go out on a
    schedule, at the `rate` of the cell, without waiting for answers; `has_random_arrivals` that the schedule is
    random. `load_words` follow the load of a cell in a sentence: 80 concurrent, 32 connections, 250/s.
    """

    name: str
    description: str
    headline_label: str
    cost: Cost
    load_label: str
    load_words: str
    has_window: bool
    is_open_loop: bool
    has_random_arrivals: bool = False

    @property
    def is_burst(self) -> bool:
        """Return whether all requests are sent at once and timed until the last answer."""
        return not self.has_window

    @property
    def is_closed_loop(self) -> bool:
        """Return whether, in a window, each answer lets the next request go out."""
        return self.has_window and not self.is_open_loop


BURST = Executor(
    "burst",
    "sends all requests at once",
    headline_label="seconds until the last answer",
    cost=Cost.LAST_ANSWER,
    load_label="concurrent requests",
    load_words=" concurrent",
    has_window=False,
    is_open_loop=False,
)
CLOSED_LOOP = Executor(
    "closed-loop",
    "keeps a fixed number of connections busy",
    headline_label="requests/s",
    cost=Cost.TIME_PER_ANSWER,
    load_label="connections",
    load_words=" connections",
    has_window=True,
    is_open_loop=False,
)
CONSTANT_RATE = replace(
    CLOSED_LOOP,
    name="constant-arrival-rate",
    description="sends a number of requests per second, evenly spaced, and waits for no answer",
    cost=Cost.MEAN_LATENCY,
    load_label="rate",
    load_words="/s",
    is_open_loop=True,
)
POISSON_RATE = replace(
    CONSTANT_RATE,
    name="poisson-arrival-rate",
    description="sends a number of requests per second at random times, and waits for no answer",
    has_random_arrivals=True,
)

EXECUTORS: Mapping[str, Executor] = {
    executor.name: executor for executor in (BURST, CLOSED_LOOP, CONSTANT_RATE, POISSON_RATE)
}
"""Every executor by its name in a matrix."""


def executor_of(cell: Cell) -> Executor:
    """Return how the load of a cell is offered."""
    return EXECUTORS[cell.executor]


def load_of(cell: Cell) -> int:
    """Return how much load a cell offers: concurrent requests, or requests per second in an open loop."""
    return cell.concurrency if cell.rate is None else cell.rate


def format_load(cell: Cell) -> str:
    """Return the load of a cell as a table has it: `81`, or `250/s` in an open loop."""
    return describe_load(cell) if executor_of(cell).is_open_loop else str(load_of(cell))


def describe_load(cell: Cell) -> str:
    """Return the load of a cell with its words: `81 concurrent`, `32 connections`, `250/s`."""
    return f"{load_of(cell)}{executor_of(cell).load_words}"
