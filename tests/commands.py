"""The command line, called as a user calls it: in a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from harness.model import journal
from harness.model.journal import Window

ROOT = Path(__file__).parents[1]
ENDS_WITHIN_S = 300.0
"""What a command may take on a machine that does much else; a command that hangs takes longer."""

MATRIX = """\
title: a small run
scenario: sleep
delay: 200ms
matrix:
  server: [uvicorn, granian]
  thread_limit: 3
  style: [def, async]
  concurrency: [3, 4]
rounds: 1
blocks: 2
ready_timeout: 120s # a machine that does much else starts servers slowly
"""


def start(*arguments: object, cwd: Path = ROOT) -> "subprocess.Popen[str]":
    """Start `python -m harness` with these arguments, in a process group of its own."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        [sys.executable, "-m", "harness", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def call(*arguments: object, cwd: Path = ROOT) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `python -m harness` with these arguments."""
    process = start(*arguments, cwd=cwd)
    output, errors = process.communicate(timeout=ENDS_WITHIN_S)
    return process.returncode, output, errors


def children(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    """All processes below one that was started."""
    return psutil.Process(process.pid).children(recursive=True)


def command_lines(process: "subprocess.Popen[str]") -> list[str]:
    """The command lines of all processes below one that was started, but for those that have just gone."""
    found = []
    for child in children(process):
        with suppress(psutil.Error):
            found.append(" ".join(child.cmdline()))
    return found


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those of some processes that are still there."""
    return [it for it in processes if it.is_running() and it.status() != psutil.STATUS_ZOMBIE]


def small_matrix(folder: Path, rounds: int = 1) -> Path:
    """A matrix of eight cells in two blocks, a few seconds in all; in several rounds if asked to."""
    path = folder / "small.yaml"
    path.write_text(MATRIX.replace("rounds: 1", f"rounds: {rounds}"))
    return path


def samples(folder: Path) -> list[Window]:
    """The last window of each whole sample in a run folder so far."""
    path = journal.find(folder)
    records = journal.read(path) if path.exists() else iter(())
    found = [record for record in records if isinstance(record, Window) and record.is_last]
    return list({(sample.block, sample.cell): sample for sample in found}.values())


def read_journal(folder: Path) -> bytes:
    """The lines of the journal of a run folder, plain or compressed."""
    with journal.open_lines(journal.find(folder)) as lines:
        return lines.read()


def rewrite_journal(folder: Path, content: bytes) -> None:
    """Put other lines in the place of the journal of a run folder."""
    (folder / journal.PACKED_NAME).unlink(missing_ok=True)
    (folder / journal.FILE_NAME).write_bytes(content)


def wait_until(condition: Callable[[], bool], within_s: float = 120.0) -> None:
    """Wait for something to become true; fail if it does not."""
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, "it did not come to that"
        time.sleep(0.02)
