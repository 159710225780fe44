"""The command `run`: measure a matrix into a run folder, write its report, and print the outcome.

The rooms are imported where they are needed: while a run measures, nothing that renders is loaded.
"""

# ruff: noqa: T201, PLC0415 - this module prints; the imports inside functions are explained above

import argparse
import os
import re
import sys
import webbrowser
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import GOOD, INTERRUPTED, run_exit_code
from harness.cli.plan import make_selected_plan
from harness.cli.terminal import wrap
from harness.cli.terminal.progress import show_progress
from harness.matrix.catalog import read_facts
from harness.matrix.support import requirements
from harness.measure import journal_writer
from harness.measure import run as measuring
from harness.measure.run import Judge
from harness.measure.stop import Stop, catch_stop_signals
from harness.model import journal
from harness.model.errors import InputError, InterruptedRunError
from harness.model.plan import Course

if TYPE_CHECKING:
    from harness.analysis.findings import Findings
    from harness.analysis.tally import Tally

_PAGE = "index.html"


def run(arguments: argparse.Namespace) -> int:
    """Measure a matrix, or the rest of an interrupted run, and return the exit code."""
    if arguments.resume and (arguments.matrix or arguments.profile or arguments.only or arguments.name):
        raise InputError("--resume: a run folder holds its own matrix; leave out the matrix, --profile, --only, --name")
    if arguments.requirements:
        _write_requirements(arguments)
        return GOOD

    def remark(text: str) -> None:
        if not arguments.quiet:
            print(text, file=sys.stderr)

    # A second request to stop must not cost the report.
    with catch_stop_signals(on_request=lambda: remark("stopping ...")) as stop:
        folder, interrupted = _measure(arguments, stop)

        from harness.report import folder as report_folder

        findings, bursts = report_folder.read(folder, read_facts())
        report_folder.write(folder, findings, bursts)
    code = INTERRUPTED if interrupted else run_exit_code(findings)
    _print_outcome(arguments, folder, findings, code)
    if arguments.open and not webbrowser.open((folder / _PAGE).resolve().as_uri()):
        remark(f"no browser to open {folder / _PAGE} with")
    if interrupted:
        sys.stdout.flush()
        # What nox has installed is there for nox only.
        by_nox = os.environ.get("NOX_CURRENT_SESSION") == "matrix"
        command = "python -m nox -s matrix --" if by_nox else "python -m harness run"
        remark(f"interrupted; to measure the rest: {command} --resume {folder}")
    return code


def _write_requirements(arguments: argparse.Namespace) -> None:
    plan = journal_writer.read_plan(arguments.resume) if arguments.resume else make_selected_plan(arguments)
    path: Path = arguments.requirements
    try:
        path.write_text("".join(f"{requirement}\n" for requirement in requirements(plan)))
    except OSError as error:
        raise InputError(
            f"--requirements: cannot write {path}: {error.strerror}; name a file in a folder that is there"
        ) from error


def _measure(arguments: argparse.Namespace, stop: Stop) -> tuple[Path, bool]:
    """Measure, and return the run folder and whether the run was interrupted."""
    with show_progress(quiet=arguments.quiet) as watch:
        try:
            if arguments.resume:
                folder: Path = arguments.resume
                measuring.resume(folder, _make_judge(folder), stop, watch)
            else:
                plan = make_selected_plan(arguments)
                if not plan.cells:
                    reasons = sorted({f"{refusal.status}: {refusal.reason}" for refusal in plan.refusals})
                    raise InputError("\n".join(["there is nothing to measure; every cell is ruled out:", *reasons]))
                measuring.check_limits(plan)
                folder = _make_folder(arguments)
                measuring.begin(plan, folder, _make_judge(folder), stop, watch)
        except InterruptedRunError:
            return folder, True
    return folder, False


def _make_folder(arguments: argparse.Namespace) -> Path:
    """Make a run folder `<UTC stamp>-<name>`; without a name it has that of the profile."""
    if arguments.name and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", arguments.name):
        raise InputError(f"--name: {arguments.name!r} cannot name a folder; use letters, digits, '.', '_' and '-'")
    name = arguments.name or re.sub(r"[^A-Za-z0-9._-]+", "-", arguments.profile or "default")
    folder: Path = arguments.output / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{name}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"--output: cannot make the run folder {folder}: {error.strerror}") from error
    return folder


def _make_judge(folder: Path) -> Judge:
    """Return the function that decides after each block whether a run continues.

    It reads each line of the journal once: a long run has a long journal, and its servers idle while it is read.
    """
    tally: Tally | None = None

    def judge() -> Course:
        from harness.analysis.stopping import decide_course
        from harness.analysis.tally import read_tally

        nonlocal tally
        path = folder / journal.FILE_NAME
        if tally is None:
            tally = read_tally(journal.read(path), read_facts())
        else:
            for record in journal.read(path, after=tally.records):
                tally.add(record)
        return decide_course(tally)

    return judge


def _print_outcome(arguments: argparse.Namespace, folder: Path, findings: "Findings", code: int) -> None:
    from harness.cli.terminal.summary import print_summary
    from harness.report import results
    from harness.report.report import summarize

    if arguments.json:
        print(results.render_short(findings, folder=str(folder), exit_code=code), end="")
    elif arguments.quiet:
        print(wrap(summarize(findings)), folder, sep="\n\n")
    else:
        print_summary(folder, findings)
