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
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from harness.measure.load import Clients, LoadError
from harness.measure.process import group_members
from harness.measure.readiness import LaunchError
from harness.measure.stop import Stop, catch_stop_signals
from harness.model.errors import InterruptedRunError
from harness.model.flags import percentile_us
from simulations.noise import make_random
from simulations.recording import (
    RECORDED,
    Facts,
    RecordedWindow,
    Recording,
    RecordingError,
    read_recording,
    write_recording,
)
from simulations.targets import CLIENT, SERVER, Meter, measure_window, order_round, start_targets

BLOCKS = 200
ROUNDS = 10
MOST_LOST = 5
"""Blocks in a row."""

FIXED = ("cores", "system", "python", "server", "uvloop")
"""The facts that must stay the same until a recording is complete."""


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
