"""Unit tests start no process and open no connection: what needs one belongs in tests/servers."""

import sys
from collections.abc import Iterator

import pytest

FORBIDDEN = {
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.system",
    "socket.bind",
    "socket.connect",
    "subprocess.Popen",
}
"""Audit events of Python. The pair of sockets through which asyncio wakes its loop raises none of them."""

_unit_test_runs = False


def _forbid(event: str, _arguments: object) -> None:
    if _unit_test_runs and event in FORBIDDEN:
        raise RuntimeError(f"a unit test may not call {event}; move the test to tests/servers")


# An audit hook sees what C code does as well. It cannot be removed, so a flag says when it applies.
sys.addaudithook(_forbid)


@pytest.fixture(autouse=True)
def no_process_and_no_connection() -> Iterator[None]:
    """Fail a unit test that starts a process or opens a connection."""
    global _unit_test_runs  # noqa: PLW0603 - the hook has no other way to know
    _unit_test_runs = True
    yield
    _unit_test_runs = False
