"""What many tests need."""

from collections.abc import Iterator

import pytest

from harness.measure.load import LoadProcess
from harness.measure.stop import Stop


@pytest.fixture(scope="session")
def load() -> Iterator[LoadProcess]:
    """One load process for all tests."""
    with LoadProcess(Stop()) as process:
        yield process
