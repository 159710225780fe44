"""Client and server are kept apart where there are cores enough, and only there."""

import os
import subprocess
import sys

import pytest

from harness.measure.process import CoreSplit, divide_cores, pin_process


@pytest.mark.parametrize(
    ("allowed", "processes", "shares"),
    [
        ([0, 1], 1, CoreSplit()),
        ([0, 1, 2], 1, CoreSplit(client=(2,), server=(0, 1))),
        ([0, 2, 4, 6], 1, CoreSplit(client=(6,), server=(0, 2, 4))),
        ([0, 1, 2], 2, CoreSplit()),
        ([0, 1, 2, 3], 2, CoreSplit(client=(2, 3), server=(0, 1))),
        ([], 1, CoreSplit()),
    ],
)
def test_the_server_keeps_two_cores_at_least(allowed: list[int], processes: int, shares: CoreSplit) -> None:
    assert divide_cores(allowed, processes) == shares


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not keep processes on cores")
def test_a_process_that_is_pinned_stays_on_its_cores() -> None:
    core = max(os.sched_getaffinity(0))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        before = os.sched_getaffinity(process.pid)
        pin_process(process.pid, ())
        assert os.sched_getaffinity(process.pid) == before
        pin_process(process.pid, (core,))
        assert os.sched_getaffinity(process.pid) == {core}
        process.communicate(b"\n")
