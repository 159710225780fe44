"""The verb `doctor`: looks at the machine, measures an A/A on it, and says whether it is fit to measure.

Printing begins before the A/A does, so that there is something to read meanwhile.
"""

# ruff: noqa: T201 - printing is what this module is for

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.analysis import checkup
from harness.analysis.analyse import analyse
from harness.analysis.checkup import Finding
from harness.analysis.findings import Findings
from harness.analysis.machine import of_machine
from harness.cli.exit_codes import GOOD, INTERRUPTED
from harness.cli.outcome import aa_verdict
from harness.cli.terminal.text import columns, wrapped
from harness.cli.terminal.watching import watching
from harness.matrix.aa import BLOCKS, PREFERRED, aa_plan
from harness.matrix.catalog import server_catalog
from harness.measure import run
from harness.measure.machine import look
from harness.measure.stop import Stop, listening
from harness.model import journal
from harness.model.errors import InterruptedRunError
from harness.model.plan import Course, Plan
from harness.report.checkup import advice, as_json, table


def doctor(asked: argparse.Namespace) -> int:
    """Examine the machine; the exit code is that of the A/A."""
    try:
        findings = examine(quick=asked.quick, json=asked.json)
    except InterruptedRunError:
        return INTERRUPTED
    return GOOD if findings is None else aa_verdict(findings)


def examine(*, quick: bool, json: bool, blocks: int = BLOCKS) -> Findings | None:
    """Print what is found; what came of the A/A, None where it is left out (`quick`) or there is no server for it.

    Raises InterruptedRunError where it was asked to stop during the A/A.
    """
    width = columns()
    found = of_machine(look())
    if not json:
        print(*table(found, width), sep="\n", flush=True)
    findings = None
    if not quick:
        last, findings = _examine_by_aa(blocks)
        found.append(last)
        if not json:
            print(*table([last], width), sep="\n")
    control = findings.control if findings else None
    if json:
        print(as_json(found, control))
    else:
        print(*advice(found, width), "", wrapped(checkup.conclusion(found, control)), sep="\n")
    return findings


def _examine_by_aa(blocks: int) -> tuple[Finding, Findings | None]:
    plan = aa_plan(blocks)
    if plan is None:
        return checkup.without_server(server_catalog()[PREFERRED].requires), None
    with listening(on_request=lambda: print("stopping ...", file=sys.stderr)) as stop:
        findings = _measured(plan, stop)
    assert findings.control is not None
    failures = [trouble.reason for trouble in findings.troubles]
    return checkup.of_control(findings.control, plan.practical_difference, failures, findings.warnings), findings


def _measured(plan: Plan, stop: Stop) -> Findings:
    with TemporaryDirectory(prefix="asgi-matrix-") as name, watching(quiet=False) as watch:
        folder = Path(name)
        run.begin(plan, folder, lambda: Course(plan.blocks), stop, watch)
        return analyse(journal.read(folder / journal.FILE_NAME))
