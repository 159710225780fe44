from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.findings import Percentiles
from harness.analysis.samples import find_percentiles, pack_column, pack_distribution
from tests.builders.journals import times


def tails(requests: int) -> Percentiles | None:
    return find_percentiles([pack_column(range(1000, 1000 * (requests + 1), 1000))])


def test_tails_are_given_only_where_there_are_requests_enough() -> None:
    assert tails(58) == Percentiles(29.5, None, None)
    assert tails(59) == Percentiles(30.0, 57.0, None)
    assert tails(298) == Percentiles(149.5, 284.0, None)
    assert tails(299) == Percentiles(150.0, 285.0, 297.0)


def test_no_time_at_all_has_no_percentiles() -> None:
    assert find_percentiles([]) is None
    assert find_percentiles([pack_column([]), pack_distribution(times())]) is None


def test_distributions_are_merged_by_adding_their_counts() -> None:
    morning = pack_distribution(times((1_000, 200), (9_000, 3)))
    evening = pack_distribution(times((1_000, 90), (2_000, 3), (9_000, 4)))

    # Of 300 requests the 285th took 1 ms and the 297th 9 ms.
    assert find_percentiles([morning, evening]) == Percentiles(1.0, 1.0, 9.0)


@given(st.lists(st.integers(0, 500), min_size=59, max_size=400))
def test_counted_times_say_what_the_same_times_say_one_by_one(values: list[int]) -> None:
    counted = times(*((value, values.count(value)) for value in sorted(set(values))))

    found = find_percentiles([pack_distribution(counted)])

    assert found == find_percentiles([pack_column(values)])
    assert found is not None
    assert found.p50_ms == median(values) / 1000


@given(st.lists(st.integers(0, 10**10), min_size=59, max_size=400))
def test_a_percentile_is_not_exceeded_by_its_share_of_the_requests(values: list[int]) -> None:
    found = find_percentiles([pack_column(values)])

    assert found is not None
    assert found.p95_ms is not None
    assert sum(value / 1000 <= found.p95_ms for value in values) >= 0.95 * len(values)
    assert sum(value / 1000 < found.p95_ms for value in values) < 0.95 * len(values)
