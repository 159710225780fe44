"""What is expected of JSON is a part of it."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.apps import find_missing

DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(DATA)
def test_all_data_holds_itself(data: Any) -> None:
    assert find_missing(data, copy.deepcopy(data)) is None


@given(st.dictionaries(st.text(max_size=5), DATA, max_size=3), st.dictionaries(st.text(max_size=5), DATA, max_size=3))
def test_an_object_may_hold_more(expected: dict[str, Any], more: dict[str, Any]) -> None:
    assert find_missing(expected, {**more, **expected}) is None
    assert find_missing({"a": [expected]}, {"a": [{**more, **expected}], "b": 1}) is None


@given(DATA, DATA)
def test_data_that_hold_each_other_are_equal(one: Any, other: Any) -> None:
    if find_missing(one, other) is None and find_missing(other, one) is None:
        assert one == other


@pytest.mark.parametrize(
    ("expected", "found", "problem"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, 'the JSON["a"]["b"] is 2, 1 was expected'),
        ({"a": 1}, {}, 'the JSON has no "a"'),
        ({"a": None}, {}, 'the JSON has no "a"'),
        ([1, 2], [1, 2, 3], "the JSON has 3 items, 2 were expected"),
        ([{"a": 1}], [{"a": True}], 'the JSON[0]["a"] is true, 1 was expected'),
        (0, False, "the JSON is false, 0 was expected"),
        ({"a": 1}, [], "the JSON is a list, an object was expected"),
        ("ä", None, 'the JSON is null, "ä" was expected'),
    ],
)
def test_what_is_missing_is_said(expected: Any, found: Any, problem: str) -> None:
    assert find_missing(expected, found) == problem
