"""The commands `validate`, `plan` and `schema`: what a run would measure."""

# ruff: noqa: T201 - printing is what this module is for

import argparse
import json
import sys
from pathlib import Path

from harness.analysis.statistics.estimates import MAY_MISS, blocks_for_an_interval
from harness.cli import BAD_INPUT, GOOD
from harness.cli.terminal import format_duration
from harness.matrix import listing
from harness.matrix.forecast import least_s, total_s
from harness.matrix.planner import make_plan
from harness.matrix.reference import write_matrix_reference, write_scenario_reference
from harness.matrix.schema import schema_text
from harness.model.errors import InputError
from harness.model.plan import Plan
from harness.model.words import counted

MATRIX = Path("matrix.yaml")


def validate(arguments: argparse.Namespace) -> int:
    """Print whether a matrix file is good, or all its problems."""
    try:
        plan = make_selected_plan(arguments)
    except InputError as error:
        if not arguments.json:
            raise
        print(json.dumps({"valid": False, "problems": str(error).splitlines()}, indent=2))
        return BAD_INPUT
    if arguments.json:
        print(json.dumps({"valid": True, "problems": []}, indent=2))
    else:
        print(f"{arguments.matrix or MATRIX} is good: {_describe_size(plan)}", *_warn_of_few_blocks(plan), sep="\n")
    return GOOD


def plan(arguments: argparse.Namespace) -> int:
    """Print what a run would measure, in order."""
    planned = make_selected_plan(arguments)
    if arguments.json:
        json.dump(listing.as_json(planned), sys.stdout, indent=2)
        print()
    else:
        sys.stdout.writelines(f"{line}\n" for line in (*_warn_of_few_blocks(planned), *listing.as_text(planned)))
    return GOOD


def schema(arguments: argparse.Namespace) -> int:
    """Print the JSON Schema of the matrix file, or a page of docs/ that is made from it."""
    write = {"json": schema_text, "reference": write_matrix_reference, "scenarios": write_scenario_reference}
    sys.stdout.write(write[arguments.format]())
    return GOOD


def make_selected_plan(arguments: argparse.Namespace) -> Plan:
    """Return the plan of the selected matrix. Raises InputError if the matrix is bad."""
    return make_plan(arguments.matrix or MATRIX, arguments.profile, arguments.only)


def _warn_of_few_blocks(plan: Plan) -> list[str]:
    """Return a note if the planned blocks are too few for any verdict."""
    comparisons = len(plan.comparisons)
    needed = blocks_for_an_interval(MAY_MISS / max(1, comparisons), sequential=plan.is_sequential)
    if not comparisons or plan.blocks >= needed:
        return []
    blocks, all_of_them = counted(plan.blocks, "block"), counted(comparisons, "comparison")
    return [f"note: {blocks} cannot give a verdict: {all_of_them} share one error budget, and need {needed} blocks"]


def _describe_size(plan: Plan) -> str:
    refused = f"; {counted(len(plan.refusals), 'cell')} cannot be measured (`plan` says why)" if plan.refusals else ""
    blocks, duration = counted(plan.blocks, "block"), format_duration(total_s(plan))
    if plan.is_sequential:
        blocks, duration = f"{plan.min_blocks} to {blocks}", f"{format_duration(least_s(plan))} to {duration}"
    return f"{counted(len(plan.cells), 'cell')} in {blocks}, about {duration}{refused}"
