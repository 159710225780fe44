"""That the formula of a model is what comes of the rules that it stands for."""

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.kit import Crowd
from scenarios.stream import in_turns

DELAY_S = 0.1


def turns_taken(streams: int, threads: int, chunks: int) -> int:
    """Turns until the last chunk, where as many as there are threads take one at a time and then queue at the end."""
    waiting = deque([chunks] * streams)
    turns = 0
    while waiting:
        served = [waiting.popleft() for _ in range(min(threads, len(waiting)))]
        waiting.extend(left - 1 for left in served if left > 1)
        turns += 1
    return turns


@given(streams=st.integers(1, 200), threads=st.integers(1, 50), chunks=st.integers(1, 20))
def test_streams_that_take_turns_take_as_long_as_their_model_says(streams: int, threads: int, chunks: int) -> None:
    crowd = Crowd(streams, threads, 6, DELAY_S, parameters={"chunks": chunks})

    assert in_turns(crowd) == pytest.approx(turns_taken(streams, threads, chunks) * DELAY_S / chunks)
