"""The verbs `validate`, `plan` and `schema`: what would be measured, before anything is."""

# ruff: noqa: T201 - printing is what this module is for

import argparse
import json
import sys
from pathlib import Path

from harness.analysis.statistics.estimates import MAY_MISS, blocks_for_an_interval
from harness.cli.exit_codes import BAD_INPUT, GOOD
from harness.cli.terminal.text import duration
from harness.matrix import listing
from harness.matrix import schema as matrix_schema
from harness.matrix.forecast import least_s, total_s
from harness.matrix.planner import make_plan
from harness.model.errors import InputError
from harness.model.plan import Plan
from harness.model.words import counted

MATRIX = Path("matrix.yaml")


def validate(asked: argparse.Namespace) -> int:
    """Say whether a matrix file is good, or all that is wrong with it."""
    try:
        plan = plan_of(asked)
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


def plan(asked: argparse.Namespace) -> int:
    """List what a run would measure."""
    planned = plan_of(asked)
    if asked.json:
        json.dump(listing.as_json(planned), sys.stdout, indent=2)
        print()
    else:
        sys.stdout.writelines(f"{line}\n" for line in (*_too_few_blocks(planned), *listing.as_text(planned)))
    return GOOD


def schema(_: argparse.Namespace) -> int:
    """Print the JSON Schema of the matrix file."""
    sys.stdout.write(matrix_schema.text())
    return GOOD


def plan_of(asked: argparse.Namespace) -> Plan:
    """The plan of the matrix that is asked for. Raises InputError where that is not good."""
    return make_plan(asked.matrix or MATRIX, asked.profile, asked.only)


def _too_few_blocks(plan: Plan) -> list[str]:
    """That no verdict can come of the blocks that are planned, if so."""
    if not plan.comparisons:
        return []
    comparisons = len(plan.comparisons)
    needed = blocks_for_an_interval(MAY_MISS / comparisons, sequential=plan.is_sequential)
    if plan.blocks >= needed:
        return []
    blocks, all_of_them = counted(plan.blocks, "block"), counted(comparisons, "comparison")
    return [f"note: no verdict can come of {blocks}: {all_of_them} share what may be missed, and take {needed} blocks"]


def _size(plan: Plan) -> str:
    refused = f"; {counted(len(plan.refusals), 'cell')} cannot be measured (`plan` says why)" if plan.refusals else ""
    fewest, least = (f"{plan.min_blocks} to ", f"{duration(least_s(plan))} to ") if plan.is_sequential else ("", "")
    measured = f"{counted(len(plan.cells), 'cell')} in {fewest}{counted(plan.blocks, 'block')}"
    return f"{measured}, about {least}{duration(total_s(plan))}{refused}"
