"""Stop requests: Ctrl-C, SIGTERM and a closed terminal are noted when they come, and acted on where it is safe."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from harness.model.errors import InterruptedRunError

POLL_S = 0.02
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """Whether the run was asked to stop; everything that waits checks it."""

    def __init__(self, on_request: Callable[[], None] = lambda: None) -> None:
        self.requested = False
        self._on_request = on_request

    def request(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Ask to stop; may serve as a signal handler."""
        if not self.requested:
            self.requested = True
            self._on_request()

    def check(self) -> None:
        """Raise InterruptedRunError if the run was asked to stop."""
        if self.requested:
            raise InterruptedRunError

    def pause(self, seconds: float = POLL_S) -> None:
        """Sleep for a moment. Raises InterruptedRunError if the run was asked to stop."""
        self.check()
        time.sleep(seconds)


@contextmanager
def catch_stop_signals(on_request: Callable[[], None] = lambda: None) -> Iterator[Stop]:
    """Note the signals that ask to stop instead of dying from them; `on_request` is called at the first one."""
    stop = Stop(on_request)
    before = {number: signal.signal(number, stop.request) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
