"""The data of a chart: what every row carries, so that whoever shows it can filter by it, and figures cut short."""

from collections.abc import Mapping
from typing import Any

from harness.model.plan import Cell
from harness.model.words import one_line
from harness.report.writing.conditions import thread_limit
from harness.report.writing.numbers import seconds

Row = dict[str, Any]
Figures = Mapping[str, float | None]

_DIGITS = 4
"""Significant digits: more than can be seen, or than the tables of the report show."""


def row(cell: Cell, figures: Figures) -> Row:
    """A row for a cell: what it was measured under, by the words of the report, and some figures of it."""
    carried: dict[str, str | int | None] = {
        "server": one_line(cell.launch.server),
        "style": one_line(cell.style),
        "thread_limit": thread_limit(cell.launch.thread_limit),
        "scenario": one_line(cell.launch.scenario),
        "delay_s": None if cell.launch.delay_s is None else seconds(cell.launch.delay_s),
        "pool_size": cell.launch.pool_size,
        "workers": cell.launch.workers,
        "loop": cell.launch.loop,
        "executor": cell.executor,
        "client": one_line(cell.client),
        "concurrency": cell.concurrency,
        "rate": cell.rate,
    }
    return {**carried, **{name: figure(value) for name, value in figures.items()}}


def figure(value: float | None) -> float | None:
    """A figure to as many significant digits as a chart can show; a whole number stays whole."""
    return value if value is None or isinstance(value, int) else float(f"{value:.{_DIGITS}g}")
