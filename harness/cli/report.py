"""The commands on run folders: `report` writes, prints or checks a report; `compare` prints two runs side by side."""

# ruff: noqa: T201 - printing is what this module is for

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from harness.analysis.tally import Tally, read_tally
from harness.analysis.two_runs import compare_runs
from harness.cli import FAILED, GOOD, NOT_VALID, run_exit_code
from harness.matrix.catalog import read_facts
from harness.model import journal
from harness.model.errors import InputError
from harness.report import folder as report_folder
from harness.report.formats import render_format
from harness.report.two_runs import refuse, render_comparison
from harness.report.two_runs_json import render_json


def report(arguments: argparse.Namespace) -> int:
    """Write, print or check reports, and return the exit code."""
    if arguments.check:
        if arguments.format not in (None, "json"):
            raise InputError(f"report: --check prints text, or with --json JSON; leave out --format {arguments.format}")
        return _check_reports(arguments.folders, as_json=arguments.format == "json")
    if len(arguments.folders) > 1:
        raise InputError("report: several folders go with --check only; name one to write its report")
    (folder,) = arguments.folders
    findings, bursts = report_folder.read(folder, read_facts())
    if arguments.format:
        print(render_format(arguments.format, findings, bursts, folder), end="")
    else:
        report_folder.write(folder, findings, bursts)
        print(folder / report_folder.REPORT)
    return run_exit_code(findings)


def _check_reports(folders: Sequence[Path], *, as_json: bool) -> int:
    """Render each report again from its journal, and print where it differs from the published one."""
    problems = {str(folder): _list_problems(folder) for folder in folders}
    if as_json:
        checked = {folder: {"follows": not found, "problems": found} for folder, found in problems.items()}
        print(json.dumps(checked, indent=2))
    else:
        for folder, found in problems.items():
            print(*(found or [f"{folder}: every figure follows from the journal, byte for byte"]), sep="\n")
    return FAILED if any(problems.values()) else GOOD


def _list_problems(folder: Path) -> list[str]:
    try:
        return list(report_folder.check(folder, *report_folder.read(folder, read_facts())))
    except InputError as error:
        return [str(error)]


def compare(asked: argparse.Namespace) -> int:
    """Print the second of two runs compared with the first."""
    folders = (asked.run_a.resolve(), asked.run_b.resolve())
    if folders[0] == folders[1]:
        raise InputError(f"RUN_A and RUN_B are both {asked.run_a}; name the folders of two runs")
    names = (folders[0].name, folders[1].name)
    tallies = (_read_tally("RUN_A", asked.run_a), _read_tally("RUN_B", asked.run_b))
    found = compare_runs(names, tallies)
    if refusal := refuse(found, across_hosts=asked.across_hosts):
        raise InputError(refusal)
    print(render_json(found) if asked.json else render_comparison(found), end="")
    return GOOD if found.is_valid else NOT_VALID


def _read_tally(argument: str, folder: Path) -> Tally:
    """Return the tally of a run folder's journal. Raises InputError that names the argument."""
    try:
        return read_tally(journal.read(folder / journal.FILE_NAME), read_facts())
    except InputError as error:
        raise InputError(f"{argument}: {error}") from error
