import pytest

from harness.analysis.findings import Percentiles
from harness.report.numbers import (
    between,
    change,
    lasting,
    listed,
    measured,
    middle_and_tail,
    milliseconds,
    per_second,
    percent,
    seconds,
    short_s,
    spell_number,
    times,
    whole,
)


@pytest.mark.parametrize(
    ("value_s", "shown"),
    [
        (0.00123, "0.00123"), (0.0123, "0.0123"), (0.2044, "0.204"), (9.9999, "10.000"), (12.345, "12.35"),
        (123.45, "123.5"),
    ],
)  # fmt: skip
def test_seconds_have_the_digits_that_they_are_worth(value_s: float, shown: str) -> None:
    assert seconds(value_s) == shown


@pytest.mark.parametrize(
    ("value_ms", "shown"), [(0.0, "0.00"), (1.5, "1.50"), (100.04, "100.0"), (-1.0, "-1.00"), (1985.6, "1986")]
)
def test_milliseconds_have_the_digits_that_they_are_worth(value_ms: float, shown: str) -> None:
    assert milliseconds(value_ms) == shown


@pytest.mark.parametrize(
    ("value_ms", "shown"), [(2010.0, "2.01 s"), (999.9, "1.00 s"), (205.4, "205 ms"), (0.5, "0.50 ms")]
)
def test_a_time_in_a_sentence_has_its_unit(value_ms: float, shown: str) -> None:
    assert lasting(value_ms) == shown


@pytest.mark.parametrize(("value_rps", "shown"), [(7.123, "7.12"), (640.04, "640.0"), (12345.6, "12346")])
def test_rates_have_the_digits_that_they_are_worth(value_rps: float, shown: str) -> None:
    assert per_second(value_rps) == shown


def test_a_dash_stands_for_a_tail_or_a_figure_that_is_not_there() -> None:
    assert middle_and_tail(Percentiles(1.5, 2.0, 12.34)) == "1.50 / 12.3"
    assert middle_and_tail(Percentiles(1.5, 2.0, None)) == "1.50 / —"
    assert (middle_and_tail(None), whole(None), whole(812.4)) == ("—", "—", "812")


def test_a_range_is_one_figure_where_there_is_one_only() -> None:
    assert (between(["2.00", "2.00"]), between(["10.00", "9.00"])) == ("2.00", "9.00 to 10.00")


def test_ratios_are_told_from_the_least_to_the_most() -> None:
    assert (times([2.0, 1.004, 10.0]), times([2.001, 2.0])) == ("1.00 to 10.00", "2.00")


def test_words_around_numbers() -> None:
    assert (spell_number(3), spell_number(11)) == ("three", "11")
    assert (listed(["a"]), listed(["a", "b", "c"])) == ("a", "a, b and c")
    assert (percent(0.05), percent(0.025)) == ("5%", "2.5%")


@pytest.mark.parametrize(
    ("value_s", "shown"), [(40.0, "40.0"), (6.115, "6.12"), (1.007, "1.01"), (0.1, "0.10"), (0.0123, "0.012")]
)
def test_seconds_in_a_sentence_have_no_more_digits_than_can_be_remembered(value_s: float, shown: str) -> None:
    assert short_s(value_s) == shown


def test_a_change_that_rounds_to_nothing_has_no_minus() -> None:
    assert [change(0.9996), change(1.0), change(0.9994)] == ["+0.0%", "+0.0%", "-0.1%"]


def test_shares_that_were_set_are_written_as_set_and_measured_ones_with_one_decimal() -> None:
    assert [percent(0.05), percent(0.025), measured(0.0203), measured(0.2), change(0.986), change(1.369)] == [
        "5%",
        "2.5%",
        "2.0%",
        "20.0%",
        "-1.4%",
        "+36.9%",
    ]
