"""The times of many requests, whether they were written down one by one or counted, and what may be said of them."""

import math
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, repeat

from harness.analysis.findings import Percentiles
from harness.analysis.statistics.estimates import needed_for
from harness.model.journal import Distribution

_US_PER_MS = 1000


@dataclass(frozen=True, slots=True)
class Times:
    """Times in microseconds, in any order, and how often each was seen; `count` is None where that was once."""

    us: "array[int]"
    count: "array[int] | None" = None

    def __len__(self) -> int:
        """How many times these are."""
        return len(self.us) if self.count is None else sum(self.count)


def of_column(us: Iterable[int]) -> Times:
    """The times of a column that has a place a request."""
    column = list(us)
    try:
        return Times(array("i", column))
    except OverflowError:  # some took more than half an hour: few have to pay for that with twice the memory
        return Times(array("q", column))


def of_distribution(times: Distribution) -> Times:
    """The times of a distribution."""
    return Times(array("q", times.us), array("q", times.count))


def percentiles(every: Iterable[Times]) -> Percentiles | None:
    """The median and the tails of all these times together, or None where there is not one."""
    ordered, up_to = _in_order(list(every))
    requests = up_to[-1] if up_to else 0
    if not requests:
        return None

    def at_us(rank: int) -> int:
        return ordered[bisect_left(up_to, rank)]

    def tail_ms(share: float) -> float | None:
        return None if requests < needed_for(share) else at_us(math.ceil(share * requests)) / _US_PER_MS

    middle_us = (at_us((requests + 1) // 2) + at_us(requests // 2 + 1)) / 2
    return Percentiles(middle_us / _US_PER_MS, tail_ms(0.95), tail_ms(0.99))


def slowest_ms(every: Iterable[Times]) -> float:
    """The longest of all these times, of which there is one at least, in milliseconds."""
    return max(max(times.us) for times in every if times.us) / _US_PER_MS


def _in_order(every: Sequence[Times]) -> tuple[Sequence[int], Sequence[int]]:
    """All these times in order, and how many there are up to each of them."""
    if all(times.count is None for times in every):
        ordered = sorted(chain.from_iterable(times.us for times in every))
        return ordered, range(1, len(ordered) + 1)
    counts: Counter[int] = Counter()
    for times in every:
        for us, count in zip(times.us, repeat(1) if times.count is None else times.count, strict=False):
            counts[us] += count
    ordered = sorted(counts)
    return ordered, list(accumulate(counts[us] for us in ordered))
