"""What analysing costs grows with the journal, and no faster; calls and bytes are counted, since time is anybody's."""

import tracemalloc
from collections.abc import Callable
from functools import partial

import pytest

from bench.journals import make_records, plan_matrix
from harness.analysis.bursts import find_typical_bursts
from harness.model.journal import Record
from tests.builders.costs import calls
from tests.builders.journals import analyse

MATRIX = """\
scenario: sleep
delay: 10ms
matrix:
  server: uvicorn
  thread_limit: [{limits}]
  style: [def, async]
  concurrency: [2, 4, 9, 20]
baseline: {{server: uvicorn, thread_limit: 5, style: async}}
compare:
  - {{style: [def, async]}}
blocks: {blocks}
"""


def analysed(written: list[Record]) -> None:
    find_typical_bursts(written, analyse(iter(written)))


def bytes_of(written: list[Record]) -> int:
    """The most memory that analysing these records takes beside them."""
    tracemalloc.start()
    try:
        analysed(written)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def calls_of(written: list[Record]) -> int:
    """How many functions are called for analysing these records."""
    return calls(partial(analysed, written))


LIMITS = [str(limit) for limit in range(5, 21)]


@pytest.mark.parametrize("cost_of", [bytes_of, calls_of])
@pytest.mark.parametrize(
    "sizes",
    [[(2, 10), (2, 20), (2, 40)], [(4, 6), (8, 6), (16, 6)]],
    ids=["in blocks", "in cells"],
)
def test_what_is_added_to_a_journal_costs_as_much_however_long_it_is(
    sizes: list[tuple[int, int]], cost_of: Callable[[list[Record]], int]
) -> None:
    journals = [
        list(make_records(plan_matrix(MATRIX.format(limits=", ".join(LIMITS[:limits]), blocks=blocks))))
        for limits, blocks in sizes
    ]
    analysed(journals[0])  # what a process finds once and keeps is no cost of any journal
    short, twice, four_times = map(cost_of, journals)

    assert four_times - twice < 2.5 * (twice - short)
