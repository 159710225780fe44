"""The cells that a question is about: they get several windows a block, all others one.

Questions are the declared comparisons with their A/A control, thresholds on percentiles, and where `def` falls behind
`async`: of a knee, the loads on both sides of the place where it has to lie. Errors and health checks are counted, and
one window shows them as well as several.
"""

from collections.abc import Iterable, Iterator, Sequence

from harness.matrix.catalog import read_facts
from harness.model.axes import DEFAULT_THREADS
from harness.model.executors import executor_of
from harness.model.groups import group_by
from harness.model.plan import Cell, Launch, Pair, Threshold
from harness.model.scenarios import Shape


def find_focus(cells: Sequence[Cell], pairs: Iterable[Pair], thresholds: Sequence[Threshold]) -> frozenset[int]:
    """Return the cells in focus by their indices; `pairs` are all comparisons and controls."""
    found = {index for pair in pairs for index in (pair.cell, pair.against)}
    with_knee: set[Launch] = set()
    for threshold in thresholds:
        if threshold.metric == "knee":
            found.update(_list_around(cells, threshold.cells, *threshold.bounds))
            with_knee.update(cells[index].launch for index in threshold.cells)
        elif threshold.metric == "p99":
            found.update(threshold.cells)
    found.update(_list_knees_without_threshold(cells, with_knee))
    return frozenset(found)


def _list_knees_without_threshold(cells: Sequence[Cell], known: set[Launch]) -> Iterator[int]:
    models = read_facts().models
    shapes = {key: model.shape for key, model in models.items()}
    bends = [
        index
        for index, cell in enumerate(cells)
        if executor_of(cell).is_burst
        and cell.launch not in known
        and shapes.get((cell.launch.scenario, "def")) is Shape.LIMIT_WAVES
        and shapes.get((cell.launch.scenario, "async")) is Shape.AT_ONCE
    ]
    for launch, own in group_by(bends, lambda index: cells[index].launch).items():
        limit = DEFAULT_THREADS if launch.thread_limit == "default" else launch.thread_limit
        expected = limit * launch.workers
        yield from _list_around(cells, own, expected, expected + 1)


def _list_around(cells: Sequence[Cell], among: Iterable[int], low: float, high: float) -> Iterator[int]:
    """Yield the cells at the nearest loads up to `low` and from `high` on, where both styles are measured."""
    both = [index for index in among if cells[index].style in ("def", "async")]
    for own in group_by(both, lambda index: (cells[index].launch, cells[index].client)).values():
        if len({cells[index].style for index in own}) == 1:
            continue
        loads = {cells[index].concurrency for index in own}
        below = max((load for load in loads if load <= low), default=None)
        beyond = min((load for load in loads if load >= high), default=None)
        yield from (index for index in own if cells[index].concurrency in (below, beyond))
