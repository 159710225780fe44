"""One colour and one shape for each server, the same in every chart, in both themes and for every run.

All colours have a contrast of at least 3:1 to white and to GitHub's dark page, and stay apart for those who cannot tell
red from green. The first three are the blue, the vermilion and the bluish green of Okabe and Ito ("Color Universal
Design", 2008), whose other colours are too pale for white; the rest was searched for under the same conditions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle

from harness.model.plan import Cell
from harness.model.words import one_line

SERVERS = {
    "uvicorn": "#0072b2",
    "hypercorn": "#d55e00",
    "granian": "#009e73",
    "gunicorn": "#815468",
    "h2corn": "#9275ff",
    "daphne": "#5b9ac1",
    "fastpysgi": "#8201ff",
}
"""The colours of the servers that the harness knows."""

OTHERS = ("#b2390d", "#c12599", "#f95b86")
"""Colours for servers under a name of the matrix, in the order in which a run has them; then those of absent ones."""

STYLES = {
    "def": "#d55e00",
    "async": "#0072b2",
    "async-blocking": "#815468",
    "async-to-thread": "#009e73",
    "async-threadpool": "#9275ff",
}
"""The colours of styles, where lines are styles and not servers."""

NEUTRAL = "#7d8590"
"""The colour of a model or a reference line. It is visible in both themes."""

SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right")
"""The shapes of the servers that the harness knows, in their order."""

_THREADS = ("#0072b2", "#8a5cf5", "#d63a7e", "#d55e00")
"""Where the gradient of the threads begins, bends and ends."""


@dataclass(frozen=True, slots=True)
class Look:
    """The colour and shape of one server."""

    server: str
    colour: str
    shape: str


def looks(cells: Iterable[Cell]) -> tuple[Look, ...]:
    """Return the look of each server of a run, in the order of the run.

    A server that the harness knows looks the same in every run. Any other takes the next colour and the next shape that
    no server of the run has; where they are more than the colours, they begin anew.
    """
    servers = list(dict.fromkeys(one_line(cell.launch.server) for cell in cells))
    known = dict(zip(SERVERS, zip(SERVERS.values(), SHAPES, strict=True), strict=True))
    others = [server for server in servers if server not in known]
    taken = [known[server] for server in servers if server in known]
    colours = _free((*OTHERS, *SERVERS.values()), [colour for colour, _ in taken])
    shapes = _free(SHAPES, [shape for _, shape in taken]) or SHAPES
    for server, colour, shape in zip(others, cycle(colours), cycle(shapes), strict=False):
        known[server] = colour, shape
    return tuple(Look(server, *known[server]) for server in servers)


def _free(things: Sequence[str], taken: Sequence[str]) -> list[str]:
    return [thing for thing in things if thing not in taken]


def gradient(colours: int) -> list[str]:
    """Return this many colours from one end of the thread gradient to the other; a single one is its start."""
    stops = [[int(stop[at : at + 2], 16) for at in (1, 3, 5)] for stop in _THREADS]
    mixed = []
    for place in range(colours):
        # In whole numbers, so that no machine rounds otherwise.
        at, past = divmod(place * (len(stops) - 1), max(1, colours - 1))
        ends = zip(stops[at], stops[min(at + 1, len(stops) - 1)], strict=True)
        red, green, blue = (low + (high - low) * past // max(1, colours - 1) for low, high in ends)
        mixed.append(f"#{red:02x}{green:02x}{blue:02x}")
    return mixed
