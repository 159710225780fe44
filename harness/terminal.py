"""What a person sees of a run: a progress bar on a terminal, plain lines elsewhere, and at the end the answer.

Progress goes to standard error; standard output is for results.
"""

# ruff: noqa: T201 - printing is what this module is for

import shutil
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.measure.progress import Progress, Watch


def duration(seconds: float) -> str:
    """Seconds as people say them: `45 s`, `3 min 20 s`, `1 h 5 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def columns() -> int | None:
    """The columns of the terminal that is printed on; None elsewhere, where a line may be as long as it is."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def wrapped(paragraph: str) -> str:
    """A paragraph as wide as the terminal that it is printed on; elsewhere one line."""
    width = columns()
    return paragraph if width is None else textwrap.fill(paragraph, width)


@contextmanager
def watching(*, quiet: bool) -> Iterator["Watch"]:
    """Something to show the steps of a run with."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bar() as watch:
            yield watch
    else:
        yield _Lines().show


def _left(progress: "Progress") -> str:
    return f"{'at most ' if progress.at_most else ''}{duration(progress.left_s)} left"


def _standing(progress: "Progress") -> str:
    return f"block {progress.block}/{progress.blocks}, launch {progress.launch}/{progress.launches}"


@contextmanager
def _bar() -> Iterator["Watch"]:
    # Only a terminal needs rich.
    from rich.console import Console, Group  # noqa: PLC0415
    from rich.live import Live  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn  # noqa: PLC0415
    from rich.progress import Progress as RichProgress  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    bar = RichProgress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]}"),
        TextColumn("{task.fields[failures]}"),
        expand=True,
    )
    task = bar.add_task("", total=None, left="", failures="", visible=False)
    with Live(bar, console=Console(stderr=True), transient=True) as live:

        def watch(progress: "Progress") -> None:
            failures = f"[red]{progress.failures} failed[/red]" if progress.failures else "[green]0 failed[/green]"
            bar.update(
                task,
                description=_standing(progress),
                total=progress.total,
                completed=progress.done,
                left=_left(progress),
                failures=failures,
                visible=True,
            )
            live.update(Group(bar, Text(progress.doing, style="dim", no_wrap=True, overflow="ellipsis")))

        yield watch


class _Lines:
    """A line for each launch, and one for each failure."""

    def __init__(self) -> None:
        self._last = (0, 0, 0)

    def show(self, progress: "Progress") -> None:
        news = (progress.block, progress.launch, progress.failures)
        if news != self._last:
            self._last = news
            print(
                f"{_standing(progress)}: {progress.doing}; {progress.done} of {progress.total} samples, "
                f"{progress.failures} failed, {_left(progress)}",
                file=sys.stderr,
                flush=True,
            )
