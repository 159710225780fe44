"""The command line: reads what was asked, lets the rooms do it, prints, and says how it went by its exit code.

0 good; 1 a cell failed or a threshold broke; 2 bad input; 3 the measurement is not valid; 130 interrupted. The rooms
are imported where they are needed: a plan needs nothing that measures, and while a run measures, nothing that renders
is loaded.
"""

# ruff: noqa: T201, PLC0415 - printing is what this module is for; the imports inside functions are explained above

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.arguments import parser
from harness.matrix import listing, schema
from harness.matrix.forecast import least_s, total_s
from harness.matrix.planner import make_plan, requirements
from harness.model.errors import InputError, InterruptedRunError
from harness.model.words import counted
from harness.terminal.text import duration, wrapped
from harness.terminal.watching import watching

if TYPE_CHECKING:
    from harness.analysis.findings import Findings
    from harness.analysis.tally import Tally
    from harness.measure.run import Judge
    from harness.measure.stop import Stop
    from harness.model.plan import Course, Plan

MATRIX = Path("matrix.yaml")
GOOD, FAILED, BAD_INPUT, NOT_VALID, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments ask for; the exit code."""
    asked = parser().parse_args(arguments)
    try:
        return _VERBS[asked.verb](asked)
    except InputError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough; the interpreter must not try to flush the rest of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GOOD


def _validate(asked: argparse.Namespace) -> int:
    try:
        plan = _plan_of(asked)
    except InputError as error:
        if not asked.json:
            raise
        print(json.dumps({"valid": False, "problems": str(error).splitlines()}, indent=2))
        return BAD_INPUT
    if asked.json:
        print(json.dumps({"valid": True, "problems": []}, indent=2))
    else:
        print(f"{asked.matrix or MATRIX} is good: {_size(plan)}", *_too_few_blocks(plan), sep="\n")
    return GOOD


def _plan(asked: argparse.Namespace) -> int:
    plan = _plan_of(asked)
    if asked.json:
        json.dump(listing.as_json(plan), sys.stdout, indent=2)
        print()
    else:
        sys.stdout.writelines(f"{line}\n" for line in (*_too_few_blocks(plan), *listing.as_text(plan)))
    return GOOD


def _schema(_: argparse.Namespace) -> int:
    sys.stdout.write(schema.text())
    return GOOD


def _run(asked: argparse.Namespace) -> int:
    if asked.resume and (asked.matrix or asked.profile or asked.only or asked.name):
        raise InputError("--resume: a run folder holds its own matrix; leave out the matrix, --profile, --only, --name")
    if asked.requirements:
        _write_requirements(asked.requirements, _plan_to_run(asked))
        return GOOD

    from harness.measure.stop import listening

    def remark(words: str) -> None:
        if not asked.quiet:
            print(words, file=sys.stderr)

    # Being told to stop once more must not cost the report.
    with listening(on_request=lambda: remark("stopping ...")) as stop:
        folder, interrupted = _measure(asked, stop)
        findings = _write_report(folder)
    if interrupted:
        remark(f"interrupted; to measure the rest: python -m harness run --resume {folder}")
    code = INTERRUPTED if interrupted else _verdict(findings)
    _tell(asked, folder, findings, code)
    return code


def _tell(asked: argparse.Namespace, folder: Path, findings: "Findings", code: int) -> None:
    """Print what came of a run, in the form that was asked for."""
    from harness.report import answer, results
    from harness.terminal import ending

    if asked.json:
        print(results.short(findings, folder=str(folder), exit_code=code, valid=_is_valid(findings)), end="")
    elif asked.quiet:
        print(wrapped(answer.plain(findings)), folder, sep="\n\n")
    else:
        ending.tell(folder, findings)


def _write_requirements(path: Path, plan: "Plan") -> None:
    try:
        path.write_text("".join(f"{each}\n" for each in requirements(plan)))
    except OSError as error:
        raise InputError(
            f"--requirements: cannot write {path}: {error.strerror}; name a file in a folder that is there"
        ) from error


def _measure(asked: argparse.Namespace, stop: "Stop") -> tuple[Path, bool]:
    """Measure what is asked for; the run folder, and whether the run was interrupted."""
    from harness.measure import run

    with watching(quiet=asked.quiet) as watch:
        try:
            if asked.resume:
                folder: Path = asked.resume
                run.resume(folder, _judge_of(folder), stop, watch)
            else:
                plan = _worth_measuring(_plan_of(asked))
                run.check_limits(plan)
                folder = _new_folder(asked)
                run.begin(plan, folder, _judge_of(folder), stop, watch)
        except InterruptedRunError:
            return folder, True
    return folder, False


def _judge_of(folder: Path) -> "Judge":
    """Says at the end of a block how the run of a folder goes on, from its journal so far; reads each line of it once.

    A long run has a long journal, and its servers stand still while somebody reads.
    """
    tally: Tally | None = None

    def judge() -> "Course":
        from harness.analysis.stopping import course
        from harness.analysis.tally import tally_of
        from harness.model import journal

        nonlocal tally
        path = folder / journal.FILE_NAME
        if tally is None:
            tally = tally_of(journal.read(path))
        else:
            for record in journal.read(path, after=tally.records):
                tally.add(record)
        return course(tally)

    return judge


def _report(asked: argparse.Namespace) -> int:
    if asked.check:
        if asked.format not in (None, "json"):
            raise InputError(f"report: --check prints text, or with --json JSON; leave out --format {asked.format}")
        return _check(asked.folders, as_json=asked.format == "json")
    if len(asked.folders) > 1:
        raise InputError("report: several folders go with --check only; name one to write its report")
    (folder,) = asked.folders
    if asked.format:
        return _print_report(folder, asked.format)
    findings = _write_report(folder)
    print(folder / "README.md")
    return _verdict(findings)


def _print_report(folder: Path, form: str) -> int:
    from harness.report.folder import read
    from harness.report.formats import FORMATS

    findings, bursts = read(folder)
    print(FORMATS[form](findings, bursts, folder), end="")
    return _verdict(findings)


def _check(folders: Sequence[Path], *, as_json: bool) -> int:
    """Derive each report again from its journal; say where what is published is something else."""
    from harness.report import folder as report_folder

    def problems(folder: Path) -> list[str]:
        try:
            return list(report_folder.check(folder, *report_folder.read(folder)))
        except InputError as error:
            return [str(error)]

    astray = {str(folder): problems(folder) for folder in folders}
    if as_json:
        print(
            json.dumps({folder: {"follows": not said, "problems": said} for folder, said in astray.items()}, indent=2)
        )
    for folder, said in ({} if as_json else astray).items():
        print(*(said or [f"{folder}: every figure follows from the journal, byte for byte"]), sep="\n")
    return FAILED if any(astray.values()) else GOOD


def _doctor(asked: argparse.Namespace) -> int:
    from harness import doctor

    try:
        findings = doctor.examine(quick=asked.quick, json=asked.json)
    except InterruptedRunError:
        return INTERRUPTED
    return GOOD if findings is None else aa_verdict(findings)


def aa_verdict(findings: "Findings") -> int:
    """Whatever else was found about the machine is advice."""
    if findings.troubles:
        return FAILED
    return NOT_VALID if findings.control and findings.control.within is False else GOOD


def _write_report(folder: Path) -> "Findings":
    """Render the report of a run folder from its journal alone."""
    from harness.report import folder as report_folder

    findings, bursts = report_folder.read(folder)
    report_folder.write(folder, findings, bursts)
    return findings


def _verdict(findings: "Findings") -> int:
    """A failure comes first, since what failed may be all there was; a threshold last, since it judges what is valid.

    Unsupported and skipped cells were announced by the plan; only what was tried and failed is a failure.
    """
    if any(trouble.status in ("failed", "timeout") for trouble in findings.troubles):
        return FAILED
    if not any(finding.blocks for finding in findings.cells):
        return FAILED
    if not _is_valid(findings):
        return NOT_VALID
    return FAILED if any(threshold.outcome == "broken" for threshold in findings.thresholds) else GOOD


def _is_valid(findings: "Findings") -> bool:
    """Whether the A/A control is clean, and the engine was not the bottleneck.

    Other clients are there to be held against the engine: that one of them is the bottleneck spoils nothing.
    """
    from harness.model.flags import CLIENT_BOUND

    if findings.control is not None and findings.control.within is False:
        return False
    return not any(found.cell.client == "engine" and CLIENT_BOUND in found.flags for found in findings.cells)


def _publish(asked: argparse.Namespace) -> int:
    from harness.publishing import publish

    publish(asked.reports, asked.output, as_json=asked.json)
    return GOOD


def _compare(asked: argparse.Namespace) -> int:
    from harness.analysis.side_by_side import side_by_side
    from harness.report.two_runs import side_by_side as report
    from harness.report.two_runs import side_by_side_json

    folders = (asked.run_a.resolve(), asked.run_b.resolve())
    if folders[0] == folders[1]:
        raise InputError(f"RUN_A and RUN_B are both {asked.run_a}; name the folders of two runs")
    names = (folders[0].name, folders[1].name)
    tallies = (_tally("RUN_A", asked.run_a), _tally("RUN_B", asked.run_b))
    found = side_by_side(names, tallies, across_hosts=asked.across_hosts)
    print(side_by_side_json.render(found) if asked.json else report.render(found), end="")
    return GOOD if found.is_valid else NOT_VALID


def _tally(argument: str, folder: Path) -> "Tally":
    """What the journal of a run folder adds up to. Raises InputError that says which of the arguments is meant."""
    from harness.analysis.tally import tally_of
    from harness.model import journal

    try:
        return tally_of(journal.read(folder / journal.FILE_NAME))
    except InputError as error:
        raise InputError(f"{argument}: {error}") from error


def _plan_of(asked: argparse.Namespace) -> "Plan":
    return make_plan(asked.matrix or MATRIX, asked.profile, asked.only)


def _plan_to_run(asked: argparse.Namespace) -> "Plan":
    if not asked.resume:
        return _plan_of(asked)
    from harness.measure import writer

    return writer.recorded_plan(asked.resume)


def _worth_measuring(plan: "Plan") -> "Plan":
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


def _too_few_blocks(plan: "Plan") -> list[str]:
    """That no verdict can come of the blocks that are planned, if so."""
    if not plan.comparisons:
        return []
    from harness.analysis.statistics.estimates import MAY_MISS, blocks_for_an_interval

    comparisons = len(plan.comparisons)
    needed = blocks_for_an_interval(MAY_MISS / comparisons, sequential=plan.is_sequential)
    if plan.blocks >= needed:
        return []
    blocks, all_of_them = counted(plan.blocks, "block"), counted(comparisons, "comparison")
    return [f"note: no verdict can come of {blocks}: {all_of_them} share what may be missed, and take {needed} blocks"]


def _size(plan: "Plan") -> str:
    refused = f"; {counted(len(plan.refusals), 'cell')} cannot be measured (`plan` says why)" if plan.refusals else ""
    fewest, least = (f"{plan.min_blocks} to ", f"{duration(least_s(plan))} to ") if plan.is_sequential else ("", "")
    measured = f"{counted(len(plan.cells), 'cell')} in {fewest}{counted(plan.blocks, 'block')}"
    return f"{measured}, about {least}{duration(total_s(plan))}{refused}"


_VERBS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "validate": _validate,
    "plan": _plan,
    "run": _run,
    "report": _report,
    "compare": _compare,
    "publish": _publish,
    "doctor": _doctor,
    "schema": _schema,
}
