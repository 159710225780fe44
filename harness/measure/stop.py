"""Being told to stop: Ctrl-C, SIGTERM and the closing of the terminal are noted when they come, and heeded where it is
safe.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from harness.model.errors import InterruptedRunError

POLL_S = 0.02
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """Whether the run was asked to stop. Everything that waits looks here while it waits."""

    def __init__(self, on_request: Callable[[], None] = lambda: None) -> None:
        self.requested = False
        self._on_request = on_request

    def request(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Ask to stop; fit to be a signal handler."""
        if not self.requested:
            self.requested = True
            self._on_request()

    def check(self) -> None:
        """Raise InterruptedRunError if the run was asked to stop."""
        if self.requested:
            raise InterruptedRunError

    def pause(self, seconds: float = POLL_S) -> None:
        """Wait for a moment, unless the run was asked to stop."""
        self.check()
        time.sleep(seconds)


@contextmanager
def catch_stop_signals(on_request: Callable[[], None] = lambda: None) -> Iterator[Stop]:
    """Note the signals that mean "stop" instead of dying of them; `on_request` is called for the first of them."""
    stop = Stop(on_request)
    before = {number: signal.signal(number, stop.request) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
