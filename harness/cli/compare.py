"""The command `compare`: print two runs side by side."""

# ruff: noqa: T201 - printing is what this module is for

import argparse
from pathlib import Path

from harness.analysis.side_by_side import side_by_side
from harness.analysis.tally import Tally, tally_of
from harness.cli.outcome import GOOD, NOT_VALID
from harness.model import journal
from harness.model.errors import InputError
from harness.report.two_runs import side_by_side as report
from harness.report.two_runs import side_by_side_json


def compare(asked: argparse.Namespace) -> int:
    """Print two runs side by side."""
    folders = (asked.run_a.resolve(), asked.run_b.resolve())
    if folders[0] == folders[1]:
        raise InputError(f"RUN_A and RUN_B are both {asked.run_a}; name the folders of two runs")
    names = (folders[0].name, folders[1].name)
    tallies = (_tally("RUN_A", asked.run_a), _tally("RUN_B", asked.run_b))
    found = side_by_side(names, tallies, across_hosts=asked.across_hosts)
    print(side_by_side_json.render(found) if asked.json else report.render(found), end="")
    return GOOD if found.is_valid else NOT_VALID


def _tally(argument: str, folder: Path) -> Tally:
    """Return the tally of a run folder. Raises InputError that names the argument."""
    try:
        return tally_of(journal.read(folder / journal.FILE_NAME))
    except InputError as error:
        raise InputError(f"{argument}: {error}") from error
