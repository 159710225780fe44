"""Record an A/A, the same server against itself in interleaved windows: `python -m simulations.record`.

In each block, two fresh launches of uvicorn per kind of load are alive together. In each round every launch is given
one short window: those of the two sides follow each other, in random order. A recording that exists is continued, so
it can be made in several sittings.
"""

# ruff: noqa: T201 - printing is what this module is for

import argparse
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import product
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import psutil

from harness.matrix.catalog import server_catalog
from harness.measure.client.job import Job, RequestSpec
from harness.measure.load import Clients, LoadError
from harness.measure.process import cpu_s, group_members, machine_cpu_s
from harness.measure.readiness import LaunchError, wait_until_ready
from harness.measure.server import LaunchContext, RunningServer, start_server
from harness.measure.stop import Stop, catch_stop_signals
from harness.model.axes import DEFAULT_THREADS
from harness.model.errors import InterruptedRunError
from harness.model.executors import BURST, CLOSED_LOOP
from harness.model.flags import percentile_us
from harness.model.journal import Distribution
from harness.model.plan import Launch, Limits, Variant
from scenarios.inside.launched import QUIET_PATH
from simulations.noise import make_random
from simulations.recording import (
    RECORDED,
    SIDES,
    Facts,
    RecordedWindow,
    Recording,
    RecordingError,
    read_recording,
    write_recording,
)

SERVER = "uvicorn"
STYLE = "async"
CLIENT = "engine"
BLOCKS = 200
ROUNDS = 10
MOST_LOST = 5
"""Blocks in a row."""

FIXED = ("cores", "system", "python", "server", "uvloop")
"""The facts that must stay the same until a recording is complete."""

LIMITS = Limits(ready_s=30.0, cell_s=20.0, stop_s=10.0)


@dataclass(frozen=True, slots=True)
class Load:
    """One kind of load, and what the server does for it."""

    name: str
    executor: str
    scenario: str
    delay_s: float | None
    concurrency: int
    window_s: float

    @property
    def launch(self) -> Launch:
        """The launch that serves it."""
        return Launch(self.scenario, SERVER, DEFAULT_THREADS, 1, server_catalog()[SERVER].loops[0], self.delay_s)


LOADS = (
    Load("loop", CLOSED_LOOP.name, "noop", delay_s=None, concurrency=32, window_s=0.15),
    Load("burst", BURST.name, "sleep", delay_s=0.1, concurrency=80, window_s=0.0),
)


@dataclass(frozen=True, slots=True)
class Target:
    """A server that is ready for one kind of load: which of both sides it is, and when it started in its block."""

    load: Load
    side: str
    started: int
    server: RunningServer


@dataclass(slots=True)
class Meter:
    """Watches how much of the machine others use during a window; `ours` are the servers and the load generator."""

    ours: Sequence[int]
    began_s: float = 0.0
    used: float = 0.0
    _cpu_s: float = field(default=0.0, init=False)

    def begin(self, _start_ns: int) -> None:
        """Note that the load begins."""
        self.began_s, self._cpu_s = time.monotonic(), self._read_others_s()

    def look(self) -> None:
        """Do nothing: what is needed is read at both ends."""

    def end(self) -> None:
        """Note that the last answer has arrived."""
        cores_s = (time.monotonic() - self.began_s) * (psutil.cpu_count() or 1)
        self.used = max(0.0, self._read_others_s() - self._cpu_s) / cores_s

    def _read_others_s(self) -> float:
        return machine_cpu_s() - sum(map(cpu_s, self.ours)) - time.process_time()


def main() -> int:
    """Record until there are enough blocks or the time is up; the servers are ended in any case."""
    asked = _parse_arguments()
    try:
        record(asked.out, asked.blocks, asked.rounds, asked.seconds)
    except RecordingError as error:
        print(error, file=sys.stderr)
        return 1
    except InterruptedRunError:
        return 130
    return 0


def record(path: Path, blocks: int, rounds: int, seconds: float) -> None:
    """Record until a file has this many blocks, and begin no block after this many seconds.

    A block with a window that fails is lost: its number is missing in the file. Raises RecordingError if too many are
    lost in a row, InterruptedRunError if asked to stop.
    """
    before = continue_recording(path)
    windows = list(before.windows)
    block, recorded_s = (windows[-1].block, windows[-1].at_s) if windows else (0, 0.0)
    began_s = time.monotonic() - recorded_s
    lost = 0
    with catch_stop_signals() as stop, Clients(stop) as clients:
        while block < blocks and time.monotonic() < began_s + recorded_s + seconds:
            block += 1
            try:
                windows += list(record_block(block, rounds, began_s, clients, stop))
            except (LaunchError, LoadError, RecordingError) as error:
                lost += 1
                print(f"block {block} is lost: {error}", flush=True)
                if lost == MOST_LOST:
                    raise RecordingError(f"{lost} blocks in a row were lost; is the machine fit for this?") from error
                continue
            lost = 0
            write_recording(path, Recording(before.facts, tuple(windows)))
            print(f"block {block} of {blocks}, {time.monotonic() - began_s:.0f} s", flush=True)


def continue_recording(path: Path) -> Recording:
    """Return what is recorded in a file so far; raise RecordingError if it was not recorded as it would be now."""
    facts = describe_machine()
    if not path.exists():
        return Recording(facts, ())
    before = read_recording(path)
    require_same(before.facts, facts)
    return before


def describe_machine() -> Facts:
    """Return the facts that figures of one recording share, and when it was begun."""
    return {
        "began": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": psutil.cpu_count() or 1,
        "system": platform.system(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "server": f"{SERVER} {version(SERVER)}",
        "uvloop": version("uvloop"),
    }


def record_block(block: int, rounds: int, began_s: float, clients: Clients, stop: Stop) -> Iterator[RecordedWindow]:
    """Yield the windows of a block on fresh launches, after one window of each that is not recorded."""
    rolls = make_random(f"record: block {block}")
    with start_targets(rolls, stop) as targets:
        servers = [pid for target in targets for pid in group_members(target.server.process.pid)]
        for target in targets:
            measure_window(target, clients, Meter([]))
        for number in range(1, rounds + 1):
            for target in order_round(targets, rolls):
                meter = Meter([*servers, *clients.pids(CLIENT)])
                cost_us, latency = measure_window(target, clients, meter)
                yield RecordedWindow(
                    block=block,
                    kind=target.load.name,
                    round_number=number,
                    side=target.side,
                    started=target.started,
                    at_s=round(meter.began_s - began_s, 2),
                    cost_us=round(cost_us, 2),
                    p50_us=percentile_us(latency, 0.5),
                    p90_us=percentile_us(latency, 0.9),
                    foreign=round(meter.used, 3),
                )


@contextmanager
def start_targets(rolls: Random, stop: Stop) -> Iterator[list[Target]]:
    """Start both sides of each kind of load, in random order, wait until all are ready, and end them."""
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory(prefix="asgi-matrix-")))
        targets = []
        for (started, side), load in product(enumerate(rolls.sample(SIDES, len(SIDES)), start=1), LOADS):
            log, context = folder / f"{load.name}-{side}.log", LaunchContext(styles=(STYLE,))
            starting = start_server(load.launch, Variant(SERVER), LIMITS, log, stop, context)
            targets.append(Target(load, side, started, running.enter_context(starting)))
        for target in targets:
            wait_until_ready(target.server, target.load.launch, LIMITS, stop)
        yield targets


def order_round(targets: Sequence[Target], rolls: Random) -> list[Target]:
    """Return all targets in random order; both sides of a kind of load follow each other."""
    loads = rolls.sample(LOADS, len(LOADS))
    shuffled = rolls.sample(targets, len(targets))
    return sorted(shuffled, key=lambda target: loads.index(target.load))


def measure_window(target: Target, clients: Clients, meter: Meter) -> tuple[float, Distribution]:
    """Return the cost of one window in microseconds, and its latencies.

    Raises LoadError or RecordingError if it gives none.
    """
    result = clients.run(_make_job(target), meter)
    if result.duration_s is not None and result.steady is not None and result.steady.answered:
        return result.steady.window_s / result.steady.answered * 1e6, result.steady.latency
    if result.duration_s is not None and result.requests is not None:
        answered_us = sorted(result.requests.answered_us)
        return result.duration_s * 1e6, Distribution(answered_us, [1] * len(answered_us))
    raise RecordingError(f"a window of the {target.load.name} gave no figure: {result.reason}")


def _make_job(target: Target) -> Job:
    load = target.load
    return Job(
        port=target.server.port,
        requests=[RequestSpec(f"/{STYLE}", expected_style=STYLE, min_work_s=load.delay_s or 0.0)],
        prime_path=QUIET_PATH,
        client=CLIENT,
        concurrency=load.concurrency,
        deadline_s=LIMITS.cell_s,
        token=target.server.token,
        executor=load.executor,
        duration_s=load.window_s,
    )


def require_same(before: Facts, now: Facts) -> None:
    """Raise RecordingError if a recording was begun on another machine or with other software."""
    changed = [f"{name} was {before.get(name)}, is {now[name]}" for name in FIXED if before.get(name) != now[name]]
    if changed:
        raise RecordingError(f"the recording cannot be continued: {', '.join(changed)}; record to another file")


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m simulations.record", description="Record the same server against itself, in short windows."
    )
    parser.add_argument(
        "--blocks", type=int, default=BLOCKS, metavar="N", help="how many blocks there are to be in all"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help="how many windows a launch has")
    parser.add_argument("--seconds", type=float, default=3600.0, metavar="S", help="begin no block after this time")
    parser.add_argument("--out", type=Path, default=RECORDED, metavar="FILE", help="where to, and what to continue")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
