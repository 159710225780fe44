from hypothesis import given
from hypothesis import strategies as st

from harness.report.charts.scales import MOST_APART, Scale, scales

PEAKS = st.dictionaries(st.sampled_from(["def", "async", "async-blocking", "mine"]), st.floats(0, 1e6), min_size=1)


def test_panels_that_can_be_compared_share_a_scale() -> None:
    common = Scale(0.6)

    assert list(scales([{"def": 0.6, "async": 0.2}, {"def": 0.5, "async": 0.25}])) == [
        {"def": common, "async": common},
        {"def": common, "async": common},
    ]


def test_a_style_far_above_those_that_are_compared_has_a_scale_of_its_own() -> None:
    assert list(scales([{"def": 0.6, "async": 0.2, "async-blocking": 8.0, "async-to-thread": 1.0}])) == [
        {
            "def": Scale(1.0),
            "async": Scale(1.0),
            "async-blocking": Scale(8.0, is_own=True),
            "async-to-thread": Scale(1.0),
        }
    ]


def test_a_setting_far_below_the_others_has_a_scale_of_its_own() -> None:
    low, high = scales([{"def": 0.2}, {"def": 2.0}])

    assert (low, high) == ({"def": Scale(0.2, is_own=True)}, {"def": Scale(2.0)})


def test_an_axis_begins_at_nothing_and_says_when_it_is_not_that_of_the_others() -> None:
    assert Scale(2.0).axis("seconds")["scale"]["domain"] == [0, 2.1]
    assert Scale(2.0).axis("seconds")["title"] == "seconds"
    assert Scale(2.0, is_own=True).axis("seconds")["title"] == "seconds (own scale)"


@given(st.lists(PEAKS, min_size=1, max_size=4))
def test_every_figure_has_room_and_none_of_def_is_pressed_flat_by_another_panel(peaks: list[dict[str, float]]) -> None:
    for by_style, found in zip(peaks, scales(peaks), strict=True):
        assert found.keys() == by_style.keys()
        assert all(found[style].most >= peak for style, peak in by_style.items())
        compared = [peak for style, peak in by_style.items() if style in ("def", "async")]
        if compared:
            assert found["def" if "def" in found else "async"].most <= MOST_APART**2 * max(compared)
