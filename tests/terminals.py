"""The command line as somebody at a terminal sees it: started on a pseudo-terminal of its own."""

import codecs
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
from contextlib import suppress

from tests.commands import ENDS_WITHIN_S, ROOT

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """What a program has written to a terminal so far, and what somebody at it can do meanwhile."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        # What is read ends anywhere, inside a sign too.
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.written = ""

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press_ctrl_c(self) -> None:
        os.write(self._descriptor, b"\x03")

    def read(self) -> bool:
        """Wait for something to be written; False once nobody will write any more."""
        # Linux says so by an error.
        with suppress(OSError):
            read = os.read(self._descriptor, 65536)
            self.written += self._decoder.decode(read)
            return bool(read)
        return False


def at_terminal(
    *arguments: object,
    environment: Mapping[str, str] | None = None,
    meanwhile: Callable[[Terminal], None] = lambda _: None,
) -> tuple[int, str]:
    """Exit code of Python with these arguments, and all that it wrote to a terminal of 80 columns.

    `meanwhile` is called whenever something was written.
    """
    ours, theirs = pty.openpty()
    terminal = Terminal(ours)
    terminal.resize(80, 24)
    unset = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
    inherited = {name: value for name, value in os.environ.items() if name not in unset}
    process = None
    try:
        process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            cwd=ROOT,
            env={**inherited, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **(environment or {})},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            # Ctrl-C goes to those whose terminal it is.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - nothing here has threads
        )
        os.close(theirs)
        while terminal.read():
            meanwhile(terminal)
        return process.wait(timeout=ENDS_WITHIN_S), terminal.written
    finally:
        os.close(ours)
        if process is not None and process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=60)


def without_control(written: str) -> str:
    """What was written, without colours and the moving of the cursor."""
    return CONTROL.sub("", written).replace("\r", "")
