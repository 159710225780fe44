"""Client and target on cores of their own, so that neither takes time from the other."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from harness.measure.process import CoreSplit


def split_client_and_target(part: str, processes: int = 1) -> CoreSplit:
    """Give the last cores to the client processes and the others to the target, or print that there are too few.

    The harness leaves a server two cores or pins nothing. Here one is enough: most targets have one process.
    """
    allowed = list_usable_cores()
    if not hasattr(os, "sched_setaffinity") or len(allowed) <= processes:
        print_note(part, "too few cores, or no way to pin: client and target share all cores, so expect noise")
        return CoreSplit()
    return CoreSplit(client=tuple(allowed[-processes:]), server=tuple(allowed[:-processes]))


def list_usable_cores() -> list[int]:
    """Return the cores that this process may use."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))


@contextmanager
def start_on_cores(cores: Sequence[int]) -> Iterator[None]:
    """Start everything on these cores while inside the context."""
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def print_note(part: str, note: str) -> None:
    """Print a note about a part of the benchmark."""
    sys.stderr.write(f"{part}: {note}\n")
