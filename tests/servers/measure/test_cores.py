"""Client and server are kept apart where there are cores enough, and only there."""

import os
import subprocess
import sys

import pytest

from harness.measure.cores import Shares, pin, shared_out


@pytest.mark.parametrize(
    ("allowed", "processes", "shares"),
    [
        ([0, 1], 1, Shares()),
        ([0, 1, 2], 1, Shares(client=(2,), server=(0, 1))),
        ([0, 2, 4, 6], 1, Shares(client=(6,), server=(0, 2, 4))),
        ([0, 1, 2], 2, Shares()),
        ([0, 1, 2, 3], 2, Shares(client=(2, 3), server=(0, 1))),
        ([], 1, Shares()),
    ],
)
def test_the_server_keeps_two_cores_at_least(allowed: list[int], processes: int, shares: Shares) -> None:
    assert shared_out(allowed, processes) == shares


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not keep processes on cores")
def test_a_process_that_is_pinned_stays_on_its_cores() -> None:
    core = max(os.sched_getaffinity(0))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        before = os.sched_getaffinity(process.pid)
        pin(process.pid, ())
        assert os.sched_getaffinity(process.pid) == before
        pin(process.pid, (core,))
        assert os.sched_getaffinity(process.pid) == {core}
        process.communicate(b"\n")
