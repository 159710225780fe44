"""The verb `run`: measures a matrix into a run folder, writes its report, and says what came of it.

The rooms are imported where they are needed: while a run measures, nothing that renders is loaded.
"""

# ruff: noqa: T201, PLC0415 - printing is what this module is for; the imports inside functions are explained above

import argparse
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.exit_codes import GOOD, INTERRUPTED
from harness.cli.outcome import is_valid, verdict
from harness.cli.plan import plan_of
from harness.cli.terminal.text import wrapped
from harness.cli.terminal.watching import watching
from harness.matrix.planner import requirements
from harness.measure import journal_writer
from harness.measure import run as measuring
from harness.measure.run import Judge
from harness.measure.stop import Stop, catch_stop_signals
from harness.model import journal
from harness.model.errors import InputError, InterruptedRunError
from harness.model.plan import Course, Plan

if TYPE_CHECKING:
    from harness.analysis.findings import Findings
    from harness.analysis.tally import Tally


def run(asked: argparse.Namespace) -> int:
    """Measure what is asked for; the exit code says how that went."""
    if asked.resume and (asked.matrix or asked.profile or asked.only or asked.name):
        raise InputError("--resume: a run folder holds its own matrix; leave out the matrix, --profile, --only, --name")
    if asked.requirements:
        _write_requirements(asked.requirements, _plan_to_run(asked))
        return GOOD

    def remark(words: str) -> None:
        if not asked.quiet:
            print(words, file=sys.stderr)

    # Being told to stop once more must not cost the report.
    with catch_stop_signals(on_request=lambda: remark("stopping ...")) as stop:
        folder, interrupted = _measure(asked, stop)
        findings = _write_report(folder)
    code = INTERRUPTED if interrupted else verdict(findings)
    _tell(asked, folder, findings, code)
    if interrupted:
        sys.stdout.flush()
        remark(f"interrupted; to measure the rest: {_command()} --resume {folder}")
    return code


def _command() -> str:
    """How a run is started where this one was: what nox has installed is there for nox only."""
    by_nox = os.environ.get("NOX_CURRENT_SESSION") == "matrix"
    return "python -m nox -s matrix --" if by_nox else "python -m harness run"


def _tell(asked: argparse.Namespace, folder: Path, findings: "Findings", code: int) -> None:
    """Print what came of a run, in the form that was asked for."""
    from harness.cli.terminal import ending
    from harness.report import answer, results

    if asked.json:
        print(results.short(findings, folder=str(folder), exit_code=code, valid=is_valid(findings)), end="")
    elif asked.quiet:
        print(wrapped(answer.plain(findings)), folder, sep="\n\n")
    else:
        ending.tell(folder, findings)


def _write_requirements(path: Path, plan: Plan) -> None:
    try:
        path.write_text("".join(f"{each}\n" for each in requirements(plan)))
    except OSError as error:
        raise InputError(
            f"--requirements: cannot write {path}: {error.strerror}; name a file in a folder that is there"
        ) from error


def _measure(asked: argparse.Namespace, stop: Stop) -> tuple[Path, bool]:
    """Measure what is asked for; the run folder, and whether the run was interrupted."""
    with watching(quiet=asked.quiet) as watch:
        try:
            if asked.resume:
                folder: Path = asked.resume
                measuring.resume(folder, _judge_of(folder), stop, watch)
            else:
                plan = _worth_measuring(plan_of(asked))
                measuring.check_limits(plan)
                folder = _new_folder(asked)
                measuring.begin(plan, folder, _judge_of(folder), stop, watch)
        except InterruptedRunError:
            return folder, True
    return folder, False


def _judge_of(folder: Path) -> Judge:
    """Says at the end of a block how the run of a folder goes on, from its journal so far; reads each line of it once.

    A long run has a long journal, and its servers stand still while somebody reads.
    """
    tally: Tally | None = None

    def judge() -> Course:
        from harness.analysis.stopping import course
        from harness.analysis.tally import tally_of

        nonlocal tally
        path = folder / journal.FILE_NAME
        if tally is None:
            tally = tally_of(journal.read(path))
        else:
            for record in journal.read(path, after=tally.records):
                tally.add(record)
        return course(tally)

    return judge


def _write_report(folder: Path) -> "Findings":
    """Render the report of a run folder from its journal alone."""
    from harness.report import folder as report_folder

    findings, bursts = report_folder.read(folder)
    report_folder.write(folder, findings, bursts)
    return findings


def _plan_to_run(asked: argparse.Namespace) -> Plan:
    if not asked.resume:
        return plan_of(asked)
    return journal_writer.read_plan(asked.resume)


def _worth_measuring(plan: Plan) -> Plan:
    if not plan.cells:
        reasons = sorted({f"{refusal.status}: {refusal.reason}" for refusal in plan.refusals})
        raise InputError("\n".join(["there is nothing to measure; every cell is ruled out:", *reasons]))
    return plan


def _new_folder(asked: argparse.Namespace) -> Path:
    """Make a run folder: `<UTC stamp>-<name>`, the name being the profile's where none is given."""
    if asked.name and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", asked.name):
        raise InputError(f"--name: {asked.name!r} cannot name a folder; use letters, digits, '.', '_' and '-'")
    name = asked.name or re.sub(r"[^A-Za-z0-9._-]+", "-", asked.profile or "default")
    folder: Path = asked.output / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{name}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"--output: cannot make the run folder {folder}: {error.strerror}") from error
    return folder
