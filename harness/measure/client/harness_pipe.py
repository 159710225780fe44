"""The load process's side of the conversation about one job."""

import asyncio
import gc
import os
import sys
from collections.abc import Awaitable, Callable
from time import monotonic_ns

from harness.measure.client.answers import NotOpenedError
from harness.measure.client.job import DONE, READY, HealthTimes, JobResult, encode_message, parse_start

# Sleeping wakes up late, and more so the sooner; the last stretch is spun through.
SPIN_NS = 1_500_000


class HarnessPipe:
    """What a client says and hears while it works on a job."""

    async def begin(self) -> int | None:
        """Say that all is ready, and wait for the moment to begin; None where the job is called off."""
        _write_line(READY)
        start_ns = parse_start(sys.stdin.buffer.readline()).start_ns
        if start_ns is not None:
            await asyncio.sleep(max(0, start_ns - SPIN_NS - monotonic_ns()) / 1e9)
            while monotonic_ns() < start_ns:
                pass
        return start_ns

    def done(self) -> None:
        """Say that the last answer is there."""
        _write_line(DONE)


JobReply = JobResult | HealthTimes
JobHandler = Callable[[bytes, HarnessPipe], Awaitable[JobReply | None]]
"""Does what a line asks for; None where it was called off."""


def serve_jobs(work: JobHandler, runner: asyncio.Runner) -> None:
    """Take jobs from standard input until it ends, and answer each on standard output."""
    runner.get_loop().set_exception_handler(_exit_on_error)
    _write_line(READY)
    while line := sys.stdin.buffer.readline():
        answer = runner.run(_handle_job(work, line))
        if answer is not None:
            _write_line(encode_message(answer))
        gc.collect()


async def _handle_job(work: JobHandler, line: bytes) -> JobReply | None:
    try:
        return await work(line, HarnessPipe())
    except NotOpenedError as error:
        return JobResult(error.outcomes, str(error))


def _write_line(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def _exit_on_error(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """A callback that fails has lost an answer: better no result than a wrong one."""
    loop.default_exception_handler(context)
    sys.stderr.flush()
    os._exit(1)
