"""The columns of the table of all cells: the place of each figure in results.json, and its format."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from harness.model.axes import BY_NAME, LOAD_AXES, Axis, Whole
from harness.model.words import one_line
from harness.report.conditions import ALWAYS_SHOWN, FILTER_AXES, Axes, write_axis_value
from harness.report.numbers import NONE, milliseconds, per_second, ratio, seconds, whole

Figures = Mapping[str, Any]
"""A cell as results.json has it."""

TIME, LATENCY, WHERE, STARVES, COSTS, TRUST = GROUPS = ("time", "latency", "where", "starves", "costs", "trust")
TITLES = {
    TIME: "How long it took",
    LATENCY: "Latencies of requests",
    WHERE: "Where the time went",
    STARVES: "Who starves",
    COSTS: "What it cost",
    TRUST: "Whether to believe it",
}
EXPLAINED = {
    TIME: "Of a burst, the time until its last answer: the median over blocks with its 95% interval, beside what the "
    "model of its style expects. For a steady load, requests/s.",
    LATENCY: "Percentiles over the requests of all blocks: in a burst since its start, in a closed loop since a "
    "request was sent, in an open loop since it was due.",
    WHERE: "Each latency in three parts: waiting to be handled (for a thread, or for the loop), working, and all "
    "outside the application, which is the server, the wire and the client. An app that is measured as it is does not "
    "say when its handlers begin: without waiting, working is all the time in the application.",
    STARVES: "While a cell was measured, a health check went to an <code>async def</code> route 20 times per second, "
    "and another to a <code>def</code> route. The first waits for the event loop, the second for a thread, too.",
    COSTS: "What the whole process tree of the server spent, and the processes of the client. Cores are CPU seconds a "
    "second; a burst was sent within the time until its last request was out.",
    TRUST: "How many blocks and answers the figures rest on, what was in force inside the server, and the reasons to "
    "doubt a cell.",
}
"""What each group shows, as HTML."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `path` leads to its figure in a cell, `group` is shown or hidden together, None is always shown."""

    path: str
    title: str
    group: str | None
    write: Callable[[Any], str] = str
    is_figure: bool = True

    def figure(self, cell: Figures) -> Any:
        """Return the figure of a cell, None if results.json has none."""
        value: Any = cell
        for key in self.path.split("."):
            value = None if value is None else value[key]
        return value

    def written(self, cell: Figures) -> str:
        """Return the figure of a cell as text."""
        figure = self.figure(cell)
        return NONE if figure is None else self.write(figure)


def _flags(flags: Sequence[str]) -> str:
    return ", ".join(flags) or NONE


_TITLES_OF_AXES = {"delay_s": "delay, s", "rate": "requests/s offered", "concurrency": "concurrent"}
"""Titles that are not the labels of the axes: columns are narrow, and name the unit of their figures."""


def _axis_column(axis: Axis) -> Column:
    title = _TITLES_OF_AXES.get(axis.name, axis.label)
    is_figure = isinstance(axis.kind, Whole) or axis.name.endswith("_s")
    return Column(axis.name, title, None, partial(write_axis_value, axis), is_figure=is_figure)


_ALWAYS = tuple(_axis_column(BY_NAME[name]) for name in ALWAYS_SHOWN)
_WHERE_VARIED = tuple(_axis_column(axis) for axis in FILTER_AXES if axis.name not in ALWAYS_SHOWN)
_LOAD = tuple(_axis_column(axis) for axis in reversed(LOAD_AXES))
_STATUS = Column("status", "status", None, is_figure=False)
_FIGURES = (
    Column("median_s", "median, s", TIME, seconds),
    Column("low_s", "95% from, s", TIME, seconds),
    Column("high_s", "95% to, s", TIME, seconds),
    Column("model_s", "model, s", TIME, seconds),
    Column("vs_model", "measured / model", TIME, ratio),
    Column("rps", "requests/s", TIME, per_second),
    Column("rps_low", "95% from, /s", TIME, per_second),
    Column("rps_high", "95% to, /s", TIME, per_second),
    Column("p50_ms", "p50, ms", LATENCY, milliseconds),
    Column("p95_ms", "p95, ms", LATENCY, milliseconds),
    Column("p99_ms", "p99, ms", LATENCY, milliseconds),
    Column("wait_ms.p50", "waiting p50, ms", WHERE, milliseconds),
    Column("wait_ms.p99", "waiting p99, ms", WHERE, milliseconds),
    Column("work_ms.p50", "working p50, ms", WHERE, milliseconds),
    Column("work_ms.p99", "working p99, ms", WHERE, milliseconds),
    Column("wire_ms.p50", "outside p50, ms", WHERE, milliseconds),
    Column("wire_ms.p99", "outside p99, ms", WHERE, milliseconds),
    Column("health_async_ms.p50", "async def check p50, ms", STARVES, milliseconds),
    Column("health_async_ms.max", "async def check worst, ms", STARVES, milliseconds),
    Column("health_def_ms.p50", "def check p50, ms", STARVES, milliseconds),
    Column("health_def_ms.max", "def check worst, ms", STARVES, milliseconds),
    Column("health_unanswered", "unanswered", STARVES),
    Column("server_cpu", "server, cores", COSTS, ratio),
    Column("server_cpu_us_per_request", "server, µs a request", COSTS, whole),
    Column("server_peak_memory_mb", "memory, MB", COSTS, whole),
    Column("server_threads", "threads", COSTS),
    Column("client_cpu", "client, cores", COSTS, ratio),
    Column("client_cpu_us_per_request", "client, µs a request", COSTS, whole),
    Column("send_span_ms", "sent within, ms", COSTS, milliseconds),
    Column("blocks", "blocks", TRUST),
    Column("ok", "answers", TRUST),
    Column("gave_up", "gave up", TRUST),
    Column("errors", "errors", TRUST),
    Column("peak_handlers", "peak handlers", TRUST),
    Column("unevenness", "busiest worker / even share", TRUST, ratio),
    Column("limiter_tokens", "threads in force", TRUST),
    Column("lag_p99_ms", "client's lag p99, ms", TRUST, milliseconds),
    Column("late", "late", TRUST),
    Column("dropped", "dropped", TRUST),
    Column("measured_again", "measured again", TRUST),
    Column("flags", "flags", TRUST, _flags, is_figure=False),
)

_ALWAYS_FILTERED = (*ALWAYS_SHOWN, "executor")
"""Axes that cells can always be filtered by; other axes only if they vary."""

MOST_FIGURES = 40_000
"""More figures make a page large and slow, so some groups of columns are left out."""

_MISSED_LEAST = (COSTS, LATENCY, STARVES, TRUST)
"""The groups that a large page leaves out, in this order."""


def columns(cells: Sequence[Figures]) -> list[Column]:
    """Return the columns that have figures and fit into the page, in order."""
    gone = left_out(cells)
    return [column for column in _known(cells) if column.group not in gone]


def left_out(cells: Sequence[Figures]) -> list[str]:
    """Return the groups of columns that do not fit into the page of so many cells."""
    known = _known(cells)
    gone: list[str] = []
    for group in _MISSED_LEAST:
        if sum(column.group not in gone for column in known) * len(cells) > MOST_FIGURES:
            gone.append(group)
    return gone


def _known(cells: Sequence[Figures]) -> list[Column]:
    """Return the columns that have figures."""
    told_apart = [column for column in _WHERE_VARIED if len(_values(column, cells)) > 1]
    load = [column for column in _LOAD if _has_any(column, cells)]
    return [*_ALWAYS, *told_apart, *load, _STATUS, *(column for column in _FIGURES if _has_any(column, cells))]


def filters(cells: Sequence[Figures]) -> list[tuple[Column, list[str]]]:
    """Return the columns that cells can be filtered by, each with its values as text, in the order of the cells."""
    offered = [
        column
        for column in (*_ALWAYS, *_WHERE_VARIED)
        if column.path in _ALWAYS_FILTERED or (column in _WHERE_VARIED and len(_values(column, cells)) > 1)
    ]
    return [(column, list(dict.fromkeys(one_line(column.written(cell)) for cell in cells))) for column in offered]


def constants(cells: Sequence[Figures]) -> Axes:
    """Return the axes without a column, since all cells agree in them."""
    return frozenset(column.path for column in _WHERE_VARIED if len(_values(column, cells)) == 1)


def _values(column: Column, cells: Iterable[Figures]) -> list[Any]:
    return list(dict.fromkeys(column.figure(cell) for cell in cells))


def _has_any(column: Column, cells: Iterable[Figures]) -> bool:
    return any(column.figure(cell) is not None for cell in cells)
