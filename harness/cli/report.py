"""The command `report`: write, print or check the report of a run folder."""

# ruff: noqa: T201 - this module prints

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from harness.cli import FAILED, GOOD, run_exit_code
from harness.matrix.catalog import read_facts
from harness.measure.journal_writer import pack_journal
from harness.model.errors import InputError
from harness.report import folder as report_folder
from harness.report.formats import render_format


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
        pack_journal(folder)
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
