"""Client and target kept apart, each on cores of its own, so that neither takes the time of the other."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from harness.measure.process import CoreSplit


def split_client_and_target(part: str, processes: int = 1) -> CoreSplit:
    """The last cores for so many client processes and the others for the target; said on stderr where that cannot be.

    The harness leaves a server two cores or pins nothing. Here one has to do: most targets are of one process.
    """
    allowed = list_usable_cores()
    if not hasattr(os, "sched_setaffinity") or len(allowed) <= processes:
        print_note(part, "too few cores, or no way to pin: client and target share all there are, so mind the noise")
        return CoreSplit()
    return CoreSplit(client=tuple(allowed[-processes:]), server=tuple(allowed[:-processes]))


def list_usable_cores() -> list[int]:
    """The cores that this process may use."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))


@contextmanager
def start_on_cores(cores: Sequence[int]) -> Iterator[None]:
    """What is started meanwhile starts on these cores, and so does all that it starts, be it ever so quick."""
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def print_note(part: str, words: str) -> None:
    """Say something about a part of the benchmark that is no figure."""
    sys.stderr.write(f"{part}: {words}\n")
