"""The command `compare`: print the second of two runs compared with the first."""

# ruff: noqa: T201 - this module prints

import argparse
from pathlib import Path

from harness.analysis.tally import Tally, read_tally
from harness.analysis.two_runs import compare_runs
from harness.cli import GOOD, NOT_VALID
from harness.matrix.catalog import read_facts
from harness.model import journal
from harness.model.errors import InputError
from harness.report.two_runs import refuse, render_comparison
from harness.report.two_runs_json import render_json


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
        return read_tally(journal.read(journal.find(folder)), read_facts())
    except InputError as error:
        raise InputError(f"{argument}: {error}") from error
