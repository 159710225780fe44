"""What the models of the scenarios expect of bursts, as curves over the number of simultaneous requests."""

from collections.abc import Iterable, Iterator, Mapping

from harness.analysis.expected import expected_s
from harness.analysis.findings import CellFinding, Curve, LaunchFinding
from harness.model.plan import BURST, Cell, Launch

Point = tuple[int, float]


def curves(cells: Iterable[CellFinding], launches: Mapping[Launch, LaunchFinding]) -> Iterator[Curve]:
    """A curve for each style and kind of launch whose bursts were measured and have a model, up to the largest burst.

    What workers share is taken to be shared evenly, so that the busiest has no more than it must.
    """
    largest: dict[tuple[Launch, str], Cell] = {}
    for finding in cells:
        cell = finding.cell
        if finding.model_s is not None and cell.executor == BURST:
            known = largest.setdefault((cell.launch, cell.style), cell)
            if cell.concurrency > known.concurrency:
                largest[cell.launch, cell.style] = cell
    for (launch, style), cell in largest.items():
        if points := list(_points(cell, launches[launch])):
            yield Curve(launch, style, tuple(_bends(points)))


def _points(cell: Cell, launch: LaunchFinding) -> Iterator[Point]:
    """What is expected at every number of requests up to that of this cell."""
    for requests in range(1, cell.concurrency + 1):
        busiest = -(-requests // cell.launch.workers)
        expected = None if launch.in_force is None else expected_s(cell, launch.in_force, busiest)
        if expected is not None:
            yield requests, expected


def _bends(points: list[Point]) -> Iterator[Point]:
    """The first point, the last, and each at which the curve does not go on as it came, but for rounding."""
    for place, point in enumerate(points):
        if place in (0, len(points) - 1):
            yield point
            continue
        came, goes = point[1] - points[place - 1][1], points[place + 1][1] - point[1]
        if abs(came - goes) > 1e-9 * max(point[1], 1e-9):
            yield point
