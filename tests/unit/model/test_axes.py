import pytest

from harness.model.axes import format_delay


@pytest.mark.parametrize(("value_s", "shown"), [(2.0, "2 s"), (0.1, "100 ms"), (0.00025, "250 us"), (0.0, "0 us")])
def test_delays_are_written_as_in_the_matrix(value_s: float, shown: str) -> None:
    assert format_delay(value_s) == shown
