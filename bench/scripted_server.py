"""A server with a known latency distribution: `python -m bench.scripted_server PORT SEED LOG`.

The delay of each answer is drawn from `MIXTURE`. When the server is told to end (SIGTERM), it writes a log: for each
connection, when each request had been read and when its answer began to be written.
"""

import asyncio
import json
import random
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic_ns
from typing import cast

import uvloop

from harness.measure.noop_server import ANSWER, BACKLOG
from servers.adapter import HOST

MIXTURE = ((0.95, 0.002, 0.004), (0.05, 0.010, 0.020))
"""Each part: its share, its shortest delay in seconds, and the mean of the exponential delay on top."""

Log = list[list[int]]
"""For each connection, when a request was read and its answer written, in turn; nanoseconds on the monotonic clock."""


class ScriptedConnection(asyncio.Protocol):
    """One connection: each piece of data is a request, because clients send theirs in one piece."""

    def __init__(self, delays_s: Iterator[float], log: Log) -> None:
        self._delays_s = delays_s
        self._times: list[int] = []
        self._loop = asyncio.get_running_loop()
        log.append(self._times)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are transports in all but name.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, _data: bytes) -> None:
        read_ns = monotonic_ns()
        self._loop.call_later(next(self._delays_s), self._answer, read_ns)

    def _answer(self, read_ns: int) -> None:
        if not self._transport.is_closing():
            self._times += (read_ns, monotonic_ns())
            self._transport.write(ANSWER)


def read_log(path: Path) -> Log:
    """Return the log that a server has written, without connections that sent no request."""
    return [times for times in json.loads(path.read_text()) if times]


def draw_delays(seed: int) -> Iterator[float]:
    """Yield delays in seconds; endless, and the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - delays need no secrets
    shares = [share for share, _, _ in MIXTURE]
    while True:
        _, shortest_s, added_s = chance.choices(MIXTURE, shares)[0]
        yield shortest_s + chance.expovariate(1 / added_s)


async def serve_script(port: int, seed: int) -> Log:
    """Answer until the process is told to end; return the log."""
    loop = asyncio.get_running_loop()
    log: Log = []
    delays_s = draw_delays(seed)
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    await loop.create_server(lambda: ScriptedConnection(delays_s, log), HOST, port, backlog=BACKLOG)
    await ended.wait()
    return log


if __name__ == "__main__":
    Path(sys.argv[3]).write_text(json.dumps(uvloop.run(serve_script(int(sys.argv[1]), int(sys.argv[2])))))
