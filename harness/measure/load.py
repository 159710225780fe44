"""The load process, seen from the harness: give it a job, wait for the result, never share its loop."""

import os
import select
import subprocess
import sys
import tempfile
import time
from types import TracebackType
from typing import Self

from harness.measure.client.job import Job, Result, result_from, to_line
from harness.measure.process import end
from harness.measure.stop import POLL_S, Stop

# What the load process may take beyond the deadline of its job: cancelling, checking, answering.
GRACE_S = 10.0
START_WITHIN_S = 60.0
STOP_WITHIN_S = 2.0


class LoadError(Exception):
    """The load process gave no result: it has exited, or it was silent for too long and was ended."""


class LoadProcess:
    """One load process for a whole run; should it be lost, the next job starts another."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = b""
        self._ready = False
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - it is open as long as this is

    def __enter__(self) -> Self:
        # It gets ready while the first server starts.
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self._complaints.close()

    def run(self, job: Job) -> Result:
        """The result of one job.

        Raises LoadError where there is none, InterruptedRunError where the run was asked to stop meanwhile.
        """
        try:
            child = self._process or self._start()
            if not self._ready:
                self._line(child, START_WITHIN_S)
                self._ready = True
            assert child.stdin is not None
            child.stdin.write(to_line(job))
            # Opening the connections has the deadline to itself, before the burst.
            return result_from(self._line(child, job.deadline_s * 2 + GRACE_S))
        except BrokenPipeError:
            self._end()
            raise LoadError(f"the load process has gone; {self._last_words()}") from None
        except BaseException:
            # Whatever it is doing now, its next line would answer the wrong job.
            self._end()
            raise

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.measure.client"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            bufsize=0,
            start_new_session=True,
        )
        self._unread = b""
        self._ready = False
        return self._process

    def _line(self, child: subprocess.Popen[bytes], within_s: float) -> bytes:
        """The next line from the load process, looking up from time to time whether to stop."""
        assert child.stdout is not None
        deadline_s = time.monotonic() + within_s
        while b"\n" not in self._unread:
            self._stop.check()
            if time.monotonic() > deadline_s:
                raise LoadError(f"the load process said nothing for {within_s:g} s")
            if select.select([child.stdout], [], [], POLL_S)[0]:
                piece = os.read(child.stdout.fileno(), 1 << 20)
                if not piece:
                    raise LoadError(f"the load process has exited with code {child.wait()}; {self._last_words()}")
                self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def _last_words(self) -> str:
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors="replace").strip().splitlines()
        return f"it said: {lines[-1]}" if lines else "it said nothing"

    def _end(self) -> None:
        if self._process is None:
            return
        end(self._process, STOP_WITHIN_S, self._stop)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process = None
