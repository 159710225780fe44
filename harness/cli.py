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
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.matrix import listing, schema
from harness.matrix.forecast import least_s, total_s
from harness.matrix.planner import make_plan, requirements
from harness.model.errors import InputError, InterruptedRunError
from harness.model.words import counted
from harness.terminal import duration, watching, wrapped

if TYPE_CHECKING:
    from harness.analysis.findings import Findings
    from harness.measure.run import Judge
    from harness.measure.stop import Stop
    from harness.model.plan import Course, Plan

MATRIX = Path("matrix.yaml")
GOOD, FAILED, BAD_INPUT, NOT_VALID, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments ask for; the exit code."""
    asked = _parser().parse_args(arguments)
    verb: Callable[[argparse.Namespace], int] = asked.verb
    try:
        return verb(asked)
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
        print(f"{asked.matrix or MATRIX} is good: {_size(plan)}")
    return GOOD


def _plan(asked: argparse.Namespace) -> int:
    plan = _plan_of(asked)
    if asked.json:
        json.dump(listing.as_json(plan), sys.stdout, indent=2)
        print()
    else:
        sys.stdout.writelines(f"{line}\n" for line in listing.as_text(plan))
    return GOOD


def _schema(_: argparse.Namespace) -> int:
    sys.stdout.write(schema.text())
    return GOOD


def _run(asked: argparse.Namespace) -> int:
    if asked.resume and (asked.matrix or asked.profile or asked.only or asked.name):
        raise InputError("--resume: a run folder holds its own matrix; leave out the matrix, --profile, --only, --name")
    if asked.requirements:
        asked.requirements.write_text("".join(f"{each}\n" for each in requirements(_plan_to_run(asked))))
        return GOOD

    from harness.measure.stop import listening

    # Being told to stop once more must not cost the report.
    with listening(on_request=lambda: print("stopping ...", file=sys.stderr)) as stop:
        folder, interrupted = _measure(asked, stop)
        findings = _write_report(folder)

    from harness.report import answer

    if interrupted:
        print(f"interrupted; to measure the rest: python -m harness run --resume {folder}", file=sys.stderr)
    print(wrapped(answer.plain(findings)), folder, sep="\n\n")
    return INTERRUPTED if interrupted else _verdict(findings)


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
    """Says at the end of a block how the run of a folder goes on, from its journal so far."""

    def judge() -> "Course":
        from harness.analysis.stopping import course
        from harness.model import journal

        return course(journal.read(folder / journal.FILE_NAME))

    return judge


def _report(asked: argparse.Namespace) -> int:
    findings = _write_report(asked.folder)
    if asked.json:
        from harness.report import results

        print(results.render(findings), end="")
    else:
        print(asked.folder / "README.md")
    return _verdict(findings)


def _write_report(folder: Path) -> "Findings":
    """Render the report of a run folder from its journal alone."""
    from harness.analysis.analyse import analyse
    from harness.model import journal
    from harness.report import folder as report_folder

    findings = analyse(journal.read(folder / journal.FILE_NAME))
    report_folder.write(folder, findings)
    return findings


def _verdict(findings: "Findings") -> int:
    """Unsupported and skipped cells were announced by the plan; only what was tried and failed is a failure.

    Other clients are there to be held against the engine: that one of them is the bottleneck spoils nothing.
    """
    if any(trouble.status in ("failed", "timeout") for trouble in findings.troubles):
        return FAILED
    if any(threshold.outcome == "broken" for threshold in findings.thresholds):
        return FAILED
    if findings.control is not None and findings.control.within is False:
        return NOT_VALID
    from harness.model.flags import CLIENT_BOUND

    bound = (found.cell.client == "engine" and CLIENT_BOUND in found.flags for found in findings.cells)
    return NOT_VALID if any(bound) else GOOD


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


def _size(plan: "Plan") -> str:
    refused = f"; {counted(len(plan.refusals), 'cell')} cannot be measured (`plan` says why)" if plan.refusals else ""
    fewest, least = (f"{plan.min_blocks} to ", f"{duration(least_s(plan))} to ") if plan.is_sequential else ("", "")
    measured = f"{counted(len(plan.cells), 'cell')} in {fewest}{counted(plan.blocks, 'block')}"
    return f"{measured}, about {least}{duration(total_s(plan))}{refused}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m harness", description="Measure def against async def on every ASGI server, and report it."
    )
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")

    validate = verbs.add_parser("validate", help="say whether a matrix file is good, and all that is wrong with it")
    _add_selection(validate)
    validate.add_argument("--json", action="store_true", help="print the problems as JSON")
    validate.set_defaults(verb=_validate)

    plan = verbs.add_parser("plan", help="list what a run would measure, in its order, and how long it would take")
    _add_selection(plan)
    plan.add_argument("--json", action="store_true", help="print the plan as JSON")
    plan.set_defaults(verb=_plan)

    run = verbs.add_parser("run", help="measure a matrix and write its report")
    _add_selection(run)
    run.add_argument(
        "--output", type=Path, default=Path("reports"), metavar="DIR", help="where run folders go (reports)"
    )
    run.add_argument("--name", help="name of the run folder, after its time stamp (the profile's, or 'default')")
    run.add_argument("--resume", type=Path, metavar="FOLDER", help="measure only what this run folder still misses")
    run.add_argument("--quiet", action="store_true", help="show no progress")
    run.add_argument(
        "--requirements", type=Path, metavar="FILE", help="write what pip has to install for this run, and exit"
    )
    run.set_defaults(verb=_run)

    report = verbs.add_parser("report", help="write the report of a run folder anew, from its journal")
    report.add_argument("folder", type=Path, metavar="FOLDER", help="a run folder")
    report.add_argument("--json", action="store_true", help="print results.json instead of the report's path")
    report.set_defaults(verb=_report)

    verbs.add_parser("schema", help="print the JSON Schema of the matrix file").set_defaults(verb=_schema)
    return parser


def _add_selection(parser: argparse.ArgumentParser) -> None:
    """The arguments that say what is to be measured."""
    parser.add_argument("matrix", type=Path, nargs="?", help="matrix file (matrix.yaml)")
    parser.add_argument("--profile", help="overlay this profile of the matrix file")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="AXIS=VALUE[,VALUE]",
        help="keep only cells with these values; repeatable",
    )
