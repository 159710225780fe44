"""Shows the steps of a run while it measures: in place on a terminal, as lines elsewhere, or not at all.

Nothing of this may load what renders reports: it shares a process with what measures.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.cli.terminal.lines import Lines

if TYPE_CHECKING:
    from harness.measure.progress import Watch


@contextmanager
def watching(*, quiet: bool) -> Iterator["Watch"]:
    """Something to show the steps of a run with."""
    if quiet:
        yield lambda _: None
        return
    if sys.stderr.isatty():
        # Only a terminal needs rich, and only rich knows which terminals cannot be drawn on.
        from rich.console import Console  # noqa: PLC0415

        from harness.cli.terminal.live import drawing  # noqa: PLC0415

        console = Console(stderr=True)
        if console.is_interactive:
            with drawing(console) as watch:
                yield watch
            return
    lines = Lines()
    try:
        yield lines.show
    finally:
        lines.tell_results()
