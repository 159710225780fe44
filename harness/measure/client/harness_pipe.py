"""The pipe between a load process and the harness, seen from the load process."""

import asyncio
import gc
import os
import sys
from collections.abc import Awaitable, Callable
from time import monotonic_ns

from harness.measure.client.answers import NotOpenedError
from harness.measure.client.job import DONE, READY, HealthTimes, JobResult, encode_message, parse_moment

# A sleep wakes up late, so the last stretch before the start is a busy wait.
SPIN_NS = 1_500_000


class HarnessPipe:
    """Tells the harness how far a job has come, and receives the moment to start."""

    async def wait_for_start(self) -> int | None:
        """Report that all is ready and wait for the start; return its time, or None if the job was cancelled."""
        _write_line(READY)
        start_ns = parse_moment(sys.stdin.buffer.readline())
        if start_ns is not None:
            await asyncio.sleep(max(0, start_ns - SPIN_NS - monotonic_ns()) / 1e9)
            while monotonic_ns() < start_ns:
                pass
        return start_ns

    def report_done(self) -> None:
        """Report that the last answer has arrived."""
        _write_line(DONE)


JobReply = JobResult | HealthTimes
JobHandler = Callable[[bytes, HarnessPipe], Awaitable[JobReply | None]]
"""Carries out the job of one line; gives None if the job was cancelled."""


def serve_jobs(handle_job: JobHandler, runner: asyncio.Runner) -> None:
    """Read jobs from standard input until it ends, and write each reply to standard output."""
    runner.get_loop().set_exception_handler(_exit_on_error)
    _write_line(READY)
    while line := sys.stdin.buffer.readline():
        reply = runner.run(_reply_to(handle_job, line))
        if reply is not None:
            _write_line(encode_message(reply))
        gc.collect()


async def _reply_to(handle_job: JobHandler, line: bytes) -> JobReply | None:
    try:
        return await handle_job(line, HarnessPipe())
    except NotOpenedError as error:
        return JobResult(error.outcomes, str(error))


def _write_line(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def _exit_on_error(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Exit when a callback fails: it has lost an answer, and no result is better than a wrong one."""
    loop.default_exception_handler(context)
    sys.stderr.flush()
    os._exit(1)
