"""A server that only answers, to measure the load generator: `python -m harness.measure.noop_server PORT`.

It writes a line to standard output when it listens, and takes every piece of data for one request.
"""

import asyncio
import sys
from typing import cast

import uvloop

from servers.adapter import HOST

BODY = '{"nothing": "was done for this answer"}'
ANSWER = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(BODY)}\r\n\r\n{BODY}".encode()
BACKLOG = 1024


class NoopConnection(asyncio.Protocol):
    """One connection: each piece of data is a request, because clients send theirs in one piece."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are transports in all but name.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, _data: bytes) -> None:
        self._transport.write(ANSWER)


async def serve_noop(port: int) -> None:
    """Listen until the process is ended."""
    server = await asyncio.get_running_loop().create_server(NoopConnection, HOST, port, backlog=BACKLOG)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve_noop(int(sys.argv[1])))
