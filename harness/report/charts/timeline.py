"""One burst as a timeline: a row a request, waiting pale, working full, the way of its answer thin, by thread.

The view is the same for every burst: whoever shows it puts the rows of one into its data.
"""

from collections import Counter
from typing import Any

from harness.analysis.bursts import Burst
from harness.model.journal import Requests
from harness.report.charts.palette import gradient
from harness.report.charts.rows import Row, figure, row

MOST_ROWS = 200
"""More rows are thinned out: a row would be less than two pixels high."""

_MARKS = (
    # What is drawn, from and to which moment, how much of the height of its row it takes, how opaque it is.
    ("sent_ms", "started_ms", (0.0, 0.9), 0.36),
    ("started_ms", "ended_ms", (0.0, 0.9), 1.0),
    ("ended_ms", "answered_ms", (0.3, 0.6), 0.7),
)
_TIMES = (("sent_ms", "sent"), ("started_ms", "started"), ("ended_ms", "ended"), ("answered_ms", "answered"))


def requests(burst: Burst, most: int = MOST_ROWS) -> list[Row]:
    """Return the rows of a burst in the order in which its handlers started, thinned out to at most `most`.

    A row knows the colour of its thread: the threads of a burst are spread over one gradient in the order in which they
    first took up work, so that each wave of the same threads repeats it.
    """
    columns = burst.requests
    order = in_order_of_start(columns)
    numbers = number_threads(columns)
    colours = gradient(max(numbers))
    step = thinning_step(len(order), most)
    rows = []
    for at in range(0, len(order), step):
        place, thread = order[at], numbers[at]
        times = {
            "sent_ms": columns.sent_us[place] / 1000,
            "started_ms": columns.started_us[place] / 1000,
            "ended_ms": columns.ended_us[place] / 1000,
            "answered_ms": columns.answered_us[place] / 1000,
        }
        of_thread = {"thread": thread, "colour": colours[thread - 1]}
        rows.append({**row(burst.cell, times), "request": at + 1, "height": step, **of_thread})
    return rows


def in_order_of_start(requests: Requests) -> list[int]:
    """Return the positions of the requests in their columns, in the order in which their handlers started."""
    return sorted(range(len(requests.started_us)), key=lambda place: (requests.started_us[place], place))


def number_threads(requests: Requests) -> list[int]:
    """Return the thread of each request in the order of their start.

    Threads are numbered in the order in which they started to work.
    """
    numbers: dict[tuple[int, int], int] = {}
    served_by = ((requests.process[place], requests.thread[place]) for place in in_order_of_start(requests))
    return [numbers.setdefault(thread, len(numbers) + 1) for thread in served_by]


def thinning_step(requests: int, most: int = MOST_ROWS) -> int:
    """Return the step at which this many requests are thinned out to at most `most`."""
    return -(-requests // most)


def timeline(longest_ms: float | None = None) -> dict[str, Any]:
    """Return the view of one burst, for rows as `requests` makes them, without data, size and title.

    `longest_ms` is the end of its time axis if that is not the end of the data.
    """
    x = {
        "type": "quantitative",
        "title": "ms since the burst began",
        "scale": {"nice": False, **({} if longest_ms is None else {"domain": [0, figure(longest_ms)]})},
        "axis": {"tickCount": 5},
    }
    y = {
        "type": "quantitative",
        "title": "request, in the order of their start",
        "scale": {"reverse": True, "zero": False, "nice": False},
        "axis": {"grid": False, "tickMinStep": 1, "format": "d"},
    }
    return {
        "layer": [
            {
                "transform": [
                    {"calculate": f"datum.request - 0.5 + {above} * datum.height", "as": "from"},
                    {"calculate": f"datum.request - 0.5 + {below} * datum.height", "as": "to"},
                ],
                "mark": {"type": "rect", "opacity": opacity},
                "encoding": {
                    "x": {"field": begins, **x},
                    "x2": {"field": ends},
                    "y": {"field": "from", **y},
                    "y2": {"field": "to"},
                    "color": {"field": "colour", "type": "nominal", "scale": None},
                    "tooltip": [
                        {"field": "request", "type": "quantitative"},
                        {"field": "thread", "type": "quantitative"},
                        *({"field": at, "type": "quantitative", "title": f"{name}, ms"} for at, name in _TIMES),
                    ],
                },
            }
            for begins, ends, (above, below), opacity in _MARKS
        ],
    }


def requests_by_thread(burst: Burst) -> Counter[tuple[int, int]]:
    """Return how many requests each thread served, by its process and number."""
    return Counter(zip(burst.requests.process, burst.requests.thread, strict=True))


def last_ms(burst: Burst) -> float:
    """Return the time until the last answer."""
    return max(burst.requests.answered_us) / 1000
