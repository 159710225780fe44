"""The load processes, seen from the harness: give them a job, wait for the result, never share their loop."""

import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Protocol, Self

from harness.measure.cell_result import CellResult, combine_results
from harness.measure.client.job import DONE, READY, Job, JobMessage, StartAt, encode_message, parse_result
from harness.measure.process import end_process, pin_process
from harness.measure.stop import POLL_S, Stop

# What a load process may take beyond the deadline of its job: cancelling, checking, answering.
GRACE_S = 30.0
START_WITHIN_S = 60.0
STOP_WITHIN_S = 2.0

# From saying when to begin to beginning: all processes have heard of it by then.
LEAD_NS = 5_000_000


class LoadError(Exception):
    """A load process gave no result: it has exited, or it was silent for too long and was ended."""


class LoadWatcher(Protocol):
    """Whoever watches while the load is on."""

    def begin(self, start_ns: int) -> None: ...

    def look(self) -> None: ...

    def end(self) -> None: ...


class Clients:
    """All load processes of a run, each started when it is first needed; should one be lost, another takes its place.

    The engine has as many processes as it is told to, each on a core of its own where these are given.
    """

    def __init__(self, stop: Stop, processes: int = 1, on_cores: Sequence[int] = ()) -> None:
        self._engine = [LoadProcess("engine", stop, on_cores[number : number + 1]) for number in range(processes)]
        self._sessions = [LoadProcess("sessions", stop, on_cores[:1])]
        self.health = LoadProcess("health", stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in (*self._engine, *self._sessions, self.health):
            process.close()

    def get_ready(self, clients: set[str]) -> None:
        """Start what these clients need, without waiting for it: it gets ready while the first server starts."""
        for client in clients:
            for process in self._of(client):
                process.start()
        self.health.start()

    def run(self, job: Job, watcher: LoadWatcher | None = None) -> CellResult:
        """The result of one job, whose requests all processes of its client share.

        Raises LoadError where there is none, InterruptedRunError where the run was asked to stop meanwhile.
        """
        processes = self._of(job.client)[: job.concurrency]
        try:
            return self._run(job, processes, watcher)
        except BaseException:
            # Whatever they are doing now, their next line would answer the wrong job.
            for process in processes:
                process.end()
            raise

    def pids(self, client: str) -> list[int]:
        """The processes that work for a client."""
        return [pid for process in self._of(client) if (pid := process.pid) is not None]

    def _of(self, client: str) -> list["LoadProcess"]:
        return self._engine if client == "engine" else self._sessions

    def _run(self, job: Job, processes: Sequence["LoadProcess"], watcher: LoadWatcher | None) -> CellResult:
        for process, part in zip(processes, split_job(job, len(processes)), strict=True):
            process.send(part)
        opened_within_s = job.deadline_s + GRACE_S
        early = [process.line(opened_within_s) for process in processes]
        if failed := [parse_result(line) for line in early if line != READY]:
            for process, line in zip(processes, early, strict=True):
                if line == READY:
                    process.send(StartAt(None))
            return combine_results(job, failed, start_ns=0)
        start_ns = time.monotonic_ns() + LEAD_NS
        for process in processes:
            process.send(StartAt(start_ns))
        if watcher:
            watcher.begin(start_ns)
        within_s = job.warmup_s + job.duration_s + job.deadline_s + GRACE_S
        for process in processes:
            if (line := process.line(within_s, watcher)) != DONE:
                raise LoadError(f"the load process said {line[:80]!r} where it should have said that it was done")
        if watcher:
            watcher.end()
        return combine_results(job, [parse_result(process.line(within_s)) for process in processes], start_ns)


def split_job(job: Job, count: int) -> list[Job]:
    """A job for each of so many processes, which share its requests."""
    return [
        replace(job, concurrency=len(range(part, job.concurrency, count)), part=part, parts=count)
        for part in range(count)
    ]


class LoadProcess:
    """One load process, which is started again when it is lost."""

    def __init__(self, name: str, stop: Stop, on_cores: Sequence[int] = ()) -> None:
        self._name = name
        self._stop = stop
        self._on_cores = on_cores
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = b""
        self._is_up = False
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - it is open as long as this is

    @property
    def pid(self) -> int | None:
        """Its process id, None where it is not there."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it, if it is not there."""
        if self._process is not None:
            return
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.measure.client", self._name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            bufsize=0,
            start_new_session=True,
        )
        pin_process(self._process.pid, self._on_cores)
        self._unread = b""
        self._is_up = False

    def send(self, message: JobMessage) -> None:
        """Say something to it. Raises LoadError where it has gone."""
        self.start()
        assert self._process is not None
        assert self._process.stdin is not None
        if not self._is_up:
            self.line(START_WITHIN_S)
            self._is_up = True
        try:
            self._process.stdin.write(encode_message(message))
        except BrokenPipeError:
            raise LoadError(f"the load process has gone; {self._last_words()}") from None

    def line(self, within_s: float, watcher: LoadWatcher | None = None) -> bytes:
        """The next line from it, looking up from time to time: whether to stop, and for whoever watches."""
        assert self._process is not None
        assert self._process.stdout is not None
        deadline_s = time.monotonic() + within_s
        while b"\n" not in self._unread:
            self._stop.check()
            if watcher:
                watcher.look()
            if time.monotonic() > deadline_s:
                raise LoadError(f"the load process said nothing for {within_s:g} s")
            if select.select([self._process.stdout], [], [], POLL_S)[0]:
                piece = os.read(self._process.stdout.fileno(), 1 << 20)
                if not piece:
                    code = self._process.wait()
                    raise LoadError(f"the load process has exited with code {code}; {self._last_words()}")
                self._unread += piece
        line, line_end, self._unread = self._unread.partition(b"\n")
        return line + line_end

    def end(self) -> None:
        """End it, if it is there."""
        if self._process is None:
            return
        end_process(self._process, STOP_WITHIN_S, self._stop)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process = None

    def close(self) -> None:
        """End it for good."""
        self.end()
        self._complaints.close()

    def _last_words(self) -> str:
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors="replace").strip().splitlines()
        return f"it said: {lines[-1]}" if lines else "it said nothing"
