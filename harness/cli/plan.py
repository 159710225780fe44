"""The command `plan`: list the cells of a run."""

# ruff: noqa: T201 - this module prints

import argparse
import json
import sys
from pathlib import Path

from harness.analysis.statistics.estimates import MAY_MISS, blocks_for_an_interval
from harness.cli import GOOD
from harness.cli.terminal import listing
from harness.matrix.planner import make_plan
from harness.model.plan import Plan
from harness.model.words import counted

MATRIX = Path("matrix.yaml")


def plan(arguments: argparse.Namespace) -> int:
    """Print the cells that a run would measure, in order."""
    planned = make_selected_plan(arguments)
    if arguments.json:
        json.dump(listing.as_json(planned), sys.stdout, indent=2)
        print()
    else:
        sys.stdout.writelines(f"{line}\n" for line in (*warn_of_few_blocks(planned), *listing.as_text(planned)))
    return GOOD


def make_selected_plan(arguments: argparse.Namespace) -> Plan:
    """Return the plan of the selected matrix. Raises InputError if the matrix is bad."""
    return make_plan(arguments.matrix or MATRIX, arguments.profile, arguments.only)


def warn_of_few_blocks(plan: Plan) -> list[str]:
    """Return a note if the planned blocks are too few for any verdict."""
    comparisons = len(plan.comparisons)
    needed = blocks_for_an_interval(MAY_MISS / max(1, comparisons), sequential=plan.is_sequential)
    if not comparisons or plan.blocks >= needed:
        return []
    blocks, all_of_them = counted(plan.blocks, "block"), counted(comparisons, "comparison")
    return [f"note: {blocks} cannot give a verdict: {all_of_them} share one error budget, and need {needed} blocks"]
