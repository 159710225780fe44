"""The load processes, seen from the harness: it sends them jobs and waits for results, outside their event loops."""

import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Protocol, Self

from harness.measure.client.job import (
    DONE,
    READY,
    CloseConnections,
    Job,
    JobMessage,
    Moment,
    encode_message,
    parse_result,
)
from harness.measure.process import end_process, pin_process
from harness.measure.stop import POLL_S, Stop
from harness.measure.window_result import WindowResult, combine_results

GRACE_S = 30.0
"""What a load process may take beyond the deadline of its job: to cancel, check and reply."""

START_WITHIN_S = 60.0
STOP_WITHIN_S = 2.0

LEAD_NS = 5_000_000
"""From announcing the start to the start: every process has read the announcement by then."""


class LoadError(Exception):
    """A load process gave no result: it exited, or was silent for too long and was ended."""


class LoadWatcher(Protocol):
    """Watches the server while load is offered."""

    def begin(self, start_ns: int) -> None: ...

    def look(self) -> None: ...

    def end(self) -> None: ...


class Clients:
    """All load processes of a run. Each starts when it is first needed, and again if it is lost.

    The engine has `processes` of them, each on a core of its own if `cores` are given.
    """

    def __init__(self, stop: Stop, processes: int = 1, cores: Sequence[int] = ()) -> None:
        self._engine = [LoadProcess("engine", stop, cores[number : number + 1]) for number in range(processes)]
        self._sessions = [LoadProcess("sessions", stop, cores[:1])]
        self.health = LoadProcess("health", stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in (*self._engine, *self._sessions, self.health):
            process.close()

    def start(self, clients: set[str]) -> None:
        """Start the processes of these clients without waiting: they get ready while the first server starts."""
        for client in clients:
            for process in self._processes_of(client):
                process.start()
        self.health.start()

    def run(self, job: Job, watcher: LoadWatcher | None = None) -> WindowResult:
        """Run one job on all processes of its client.

        Raises LoadError if it gives no result, InterruptedRunError if the run was asked to stop.
        """
        processes = self._processes_of(job.client)[: job.concurrency]
        try:
            return self._run(job, processes, watcher)
        except BaseException:
            # Their next line would answer the wrong job.
            for process in processes:
                process.end()
            raise

    def close_connections(self, port: int) -> None:
        """Close the connections that the engine keeps to the server at `port`."""
        for process in self._engine:
            if process.pid is not None:
                with suppress(LoadError):
                    process.send(CloseConnections(port))

    def pids(self, client: str) -> list[int]:
        """Return the processes of a client."""
        return [pid for process in self._processes_of(client) if (pid := process.pid) is not None]

    def _processes_of(self, client: str) -> list["LoadProcess"]:
        return self._engine if client == "engine" else self._sessions

    def _run(self, job: Job, processes: Sequence["LoadProcess"], watcher: LoadWatcher | None) -> WindowResult:
        for process, part in zip(processes, split_job(job, len(processes)), strict=True):
            process.send(part)
        opened_within_s = job.deadline_s + GRACE_S
        early = [process.read_line(opened_within_s) for process in processes]
        if failed := [parse_result(line) for line in early if line != READY]:
            for process, line in zip(processes, early, strict=True):
                if line == READY:
                    process.send(Moment(None))
            return combine_results(job, failed, start_ns=0)
        start_ns = time.monotonic_ns() + LEAD_NS
        for process in processes:
            process.send(Moment(start_ns))
        if watcher:
            watcher.begin(start_ns)
        within_s = job.warmup_s + job.duration_s + job.deadline_s + GRACE_S
        for process in processes:
            if (line := process.read_line(within_s, watcher)) != DONE:
                raise LoadError(f"the load process wrote {line[:80]!r}, expected {DONE!r}")
        if watcher:
            watcher.end()
        return combine_results(job, [parse_result(process.read_line(within_s)) for process in processes], start_ns)


def split_job(job: Job, count: int) -> list[Job]:
    """Split the requests of a job among `count` processes."""
    return [
        replace(job, concurrency=len(range(part, job.concurrency, count)), part=part, parts=count)
        for part in range(count)
    ]


class LoadProcess:
    """One load process, which is started again if it is lost."""

    def __init__(self, name: str, stop: Stop, cores: Sequence[int] = ()) -> None:
        self._name = name
        self._stop = stop
        self._cores = cores
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = b""
        self._is_up = False
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - it is open as long as this is

    @property
    def pid(self) -> int | None:
        """Its process id; None if it is not running."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it, if it is not running."""
        if self._process is not None and self._process.poll() is None:
            return
        self.end()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.measure.client", self._name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=0,
            start_new_session=True,
        )
        pin_process(self._process.pid, self._cores)
        self._unread = b""
        self._is_up = False

    def send(self, message: JobMessage) -> None:
        """Send it a message; a job starts it if need be. Raises LoadError if it is lost."""
        if not isinstance(message, Moment):
            self.start()
        assert self._process is not None
        assert self._process.stdin is not None
        if not self._is_up:
            self.read_line(START_WITHIN_S)
            self._is_up = True
        try:
            self._process.stdin.write(encode_message(message))
        except BrokenPipeError:
            raise LoadError(f"the load process has ended; {self._quote_last_error()}") from None

    def read_line(self, within_s: float, watcher: LoadWatcher | None = None) -> bytes:
        """Return its next line; stop requests and the watcher are served while waiting."""
        assert self._process is not None
        assert self._process.stdout is not None
        deadline_s = time.monotonic() + within_s
        while b"\n" not in self._unread:
            self._stop.check()
            if watcher:
                watcher.look()
            if time.monotonic() > deadline_s:
                raise LoadError(f"the load process was silent for {within_s:g} s")
            if select.select([self._process.stdout], [], [], POLL_S)[0]:
                piece = os.read(self._process.stdout.fileno(), 1 << 20)
                if not piece:
                    code = self._process.wait()
                    raise LoadError(f"the load process has exited with code {code}; {self._quote_last_error()}")
                self._unread += piece
        line, line_end, self._unread = self._unread.partition(b"\n")
        return line + line_end

    def end(self) -> None:
        """End it, if it is running."""
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
        self._errors.close()

    def _quote_last_error(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return f"its last error: {lines[-1]}" if lines else "it wrote no error"
