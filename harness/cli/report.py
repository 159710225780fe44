"""The verb `report`: the report of a run folder, written anew, printed in some form, or checked."""

# ruff: noqa: T201 - printing is what this module is for

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from harness.cli.exit_codes import FAILED, GOOD
from harness.cli.outcome import verdict
from harness.model.errors import InputError
from harness.report import folder as report_folder
from harness.report.formats import render_format


def report(asked: argparse.Namespace) -> int:
    """Do what is asked for with one run folder, or check several."""
    if asked.check:
        if asked.format not in (None, "json"):
            raise InputError(f"report: --check prints text, or with --json JSON; leave out --format {asked.format}")
        return _check(asked.folders, as_json=asked.format == "json")
    if len(asked.folders) > 1:
        raise InputError("report: several folders go with --check only; name one to write its report")
    (folder,) = asked.folders
    if asked.format:
        return _print(folder, asked.format)
    findings, bursts = report_folder.read(folder)
    report_folder.write(folder, findings, bursts)
    print(folder / report_folder.REPORT)
    return verdict(findings)


def _print(folder: Path, form: str) -> int:
    findings, bursts = report_folder.read(folder)
    print(render_format(form, findings, bursts, folder), end="")
    return verdict(findings)


def _check(folders: Sequence[Path], *, as_json: bool) -> int:
    """Derive each report again from its journal; say where what is published is something else."""

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
