"""Read what cells are compared by: the figure of each metric in each block, and the reasons to withhold its verdicts.

Rule 1: a block has a figure only if its sample is good; the time to ready only takes a server that got ready.
Rule 2: a reason withholds the verdicts on the metrics that it distorts:
- If the client or the upstream was the limit, times are theirs rather than the server's. What the server spent per
  request, and the memory that it took, are its own all the same.
- If throughput, latency and concurrency contradict each other, so may anything per request.
- If requests gave up, the two sides did not do the same work. Nothing of a load bears on the time to ready.
- A lost block, or an A/A control that differs from itself, counts against every metric.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.analysis.findings import Withheld
from harness.analysis.samples import find_percentiles
from harness.analysis.tally import KeptSample, SamplesByBlock
from harness.model.journal import ServerCost
from harness.model.metrics import CPU, MEMORY, P99, READY, TIME

Read = Callable[[KeptSample], float | None]


@dataclass(frozen=True, slots=True)
class Reader:
    """How a metric is read from a sample, and the reasons in its load for which its verdicts are withheld.

    `without` is why there is no verdict if no good sample has a figure, None if that means lost blocks.
    """

    read: Read
    withheld_by: frozenset[Withheld]
    without: Withheld | None = Withheld.NOT_MEASURED


def read_metric(blocks: SamplesByBlock, metric: str) -> dict[int, float]:
    """Return the figure of a cell in each block that gave one, by block."""
    read = READERS[metric].read
    # The logarithm of nothing is no figure.
    return {block: figure for block, kept in sorted(blocks.items()) if (figure := read(kept))}


def _read_time_s(kept: KeptSample) -> float | None:
    return kept.figures.cost_s if kept.figures else None


def _read_cpu_s(kept: KeptSample) -> float | None:
    costs = _list_server_costs(kept)
    requests = sum(cost.requests for cost in costs)
    return sum(cost.cpu_s for cost in costs) / requests if requests else None


def _read_memory_mb(kept: KeptSample) -> float | None:
    return max((cost.peak_memory_mb for cost in _list_server_costs(kept)), default=None)


def _list_server_costs(kept: KeptSample) -> list[ServerCost]:
    windows = kept.figures.windows if kept.figures else ()
    return [window.server for window in windows if window.server is not None]


def _read_p99_ms(kept: KeptSample) -> float | None:
    latency = find_percentiles([kept.figures.latency]) if kept.figures else None
    return latency.p99_ms if latency else None


def _read_ready_s(kept: KeptSample) -> float | None:
    return kept.ready_s


_GAVE_UP = frozenset({Withheld.GAVE_UP})
_PER_REQUEST = _GAVE_UP | {Withheld.LITTLES_LAW}
_TIMES = _PER_REQUEST | {Withheld.CLIENT_BOUND, Withheld.UPSTREAM_BOUND}

READERS: Mapping[str, Reader] = {
    TIME.name: Reader(_read_time_s, _TIMES, without=None),
    CPU.name: Reader(_read_cpu_s, _PER_REQUEST),
    MEMORY.name: Reader(_read_memory_mb, _GAVE_UP),
    P99.name: Reader(_read_p99_ms, _TIMES, Withheld.TOO_FEW_REQUESTS),
    READY.name: Reader(_read_ready_s, frozenset()),
}
"""The reader of every metric by its name."""
