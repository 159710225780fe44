"""Ports on loopback: finding one that is free, and seeing that it is free again."""

import socket
import time

from harness.measure.stop import Stop
from servers.adapter import HOST

POLL_S = 0.005


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_free(port: int, within_s: float, stop: Stop) -> bool:
    """Whether nobody listens on the port any more, waiting for it if need be, and if nobody is in a hurry."""
    deadline_s = time.monotonic() + within_s
    while not _is_free(port):
        if stop.requested or time.monotonic() > deadline_s:
            return False
        time.sleep(POLL_S)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # Connections of the last launch may linger on the port; only a listener is in the way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
