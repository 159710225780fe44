"""The command `doctor`: read the machine, measure an A/A on it, and print whether it is fit to measure."""

# ruff: noqa: T201 - this module prints

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.analysis.analyse import analyse
from harness.analysis.findings import Findings
from harness.cli import FAILED, GOOD, INTERRUPTED, NOT_VALID
from harness.cli.terminal import terminal_width, wrap
from harness.cli.terminal.progress import show_progress
from harness.doctor.aa import BLOCKS, PREFERRED, plan_aa
from harness.doctor.checks import conclude, describe_aa, describe_machine, describe_missing_server
from harness.doctor.machine import read_machine
from harness.doctor.output import render_advice, render_json, render_table
from harness.matrix.catalog import read_facts, server_catalog
from harness.measure import run
from harness.measure.stop import catch_stop_signals
from harness.model import journal
from harness.model.errors import InterruptedRunError
from harness.model.plan import Course, Plan
from harness.report.naming import Names
from harness.report.wording import describe_warning, explain_trouble


def doctor(asked: argparse.Namespace) -> int:
    """Examine the machine; the exit code is that of the A/A."""
    try:
        findings = examine(quick=asked.quick, json=asked.json)
    except InterruptedRunError:
        return INTERRUPTED
    return GOOD if findings is None else aa_exit_code(findings)


def aa_exit_code(findings: Findings) -> int:
    """Return the exit code of an A/A by itself: everything else about the machine is advice."""
    if findings.troubles:
        return FAILED
    return NOT_VALID if findings.control and findings.control.differs else GOOD


def examine(*, quick: bool, json: bool, blocks: int = BLOCKS) -> Findings | None:
    """Print all findings and return those of the A/A; None if it is omitted or no server is installed.

    Raises InterruptedRunError if a signal asks to stop during the A/A.
    """
    width = terminal_width()
    found = describe_machine(read_machine())
    if not json:
        # The A/A takes half a minute: there is something to read meanwhile.
        print(*render_table(found, width), sep="\n", flush=True)
    plan = None if quick else plan_aa(blocks)
    findings = None if plan is None else _measure_aa(plan)
    control = findings.control if findings else None
    if findings and control:
        names = Names(findings.header.plan)
        failures = [explain_trouble(trouble) for trouble in findings.troubles]
        warnings = [describe_warning(warning, names) for warning in findings.warnings]
        found.append(describe_aa(control, failures, warnings))
    elif not quick:
        found.append(describe_missing_server(server_catalog()[PREFERRED].requires))
    if json:
        print(render_json(found, control))
        return findings
    if not quick:
        print(*render_table(found[-1:], width), sep="\n")
    print(*render_advice(found, width), "", wrap(conclude(found, control)), sep="\n")
    return findings


def _measure_aa(plan: Plan) -> Findings:
    with (
        catch_stop_signals(on_request=lambda: print("stopping ...", file=sys.stderr)) as stop,
        TemporaryDirectory(prefix="asgi-matrix-") as name,
        show_progress(quiet=False) as watch,
    ):
        folder = Path(name)
        run.begin(plan, folder, lambda: Course(plan.blocks), stop, watch)
        return analyse(journal.read(journal.find(folder)), read_facts())
